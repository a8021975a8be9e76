"""Messages are made of the log: for each event that somebody is told of one for every channel that the brand has
switched on and the member can be reached by, once for each event, member and channel."""

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

import msgspec
from django.db import connection
from django.db.models import Q

from loyalty import clock
from loyalty.delivery.notifications.choosing import Voices
from loyalty.delivery.notifications.kinds import Due, Kind, every_kind
from loyalty.delivery.notifications.models import NotificationSettings
from loyalty.events.models import Event
from loyalty.events.reading import reading
from loyalty.ids import uuid7

READER = "notifications"
BATCH = 1_000

# Whether a member wants it, and consents, is asked again before it is sent: that may take days.
MAKE = """
insert into loyalty_notification
  (id, brand_id, member_id, kind, channel, event_id, facts, status, reason, tries, due_at, sent_at, provider_id,
   created_at)
select r.id, r.brand_id, m.id, r.kind, r.channel, r.event_id, r.facts,
       case when r.channel = 'inbox' and r.due_at <= %(at)s then 'sent' else 'waiting' end, '', 0, r.due_at,
       case when r.channel = 'inbox' and r.due_at <= %(at)s then %(at)s end, '', %(at)s
from jsonb_to_recordset(%(rows)s::jsonb) as r (id uuid, brand_id uuid, member_id uuid, kind text, channel text,
                                        event_id uuid, facts jsonb, due_at timestamptz, is_promotional boolean)
join loyalty_member m on m.id = r.member_id and m.is_active and m.erased_at is null
join loyalty_brandmember k on k.brand_id = r.brand_id and k.member_id = m.id
where case r.channel when 'email' then m.email is not null when 'sms' then m.phone is not null
      when 'push' then exists (select from loyalty_pushtoken t where t.member_id = m.id and t.brand_id = r.brand_id)
      else true end
  and (not r.is_promotional
       or coalesce(m.consents ->> ('marketing_' || r.channel), m.consents ->> 'marketing', '') = 'true')
  and coalesce((select c.is_wanted from loyalty_notificationchoice c
                where c.member_id = m.id and c.brand_id = r.brand_id and c.channel = r.channel
                  and c.kind in (r.kind, '') order by c.kind desc limit 1), true)
on conflict do nothing
"""


def make_messages(*, limit: int = BATCH) -> tuple[int, int]:
    """Reads on in the log and makes messages, in one transaction with where the reader stands; answers how far it read,
    in numbers of the log, and how many messages it made. Two at once: one of them reads nothing. A killed one made
    nothing. Members who are switched off, erased or strangers to the brand get none; neither do brands without
    settings, whose events are not even fetched."""
    told = NotificationSettings.objects.values_list("brand_id", flat=True)
    wanted = Q(brand_id__in=list(told), type__in=_types())
    with reading(READER, wanted=wanted, limit=limit) as stretch:
        return stretch.length, messages_of(stretch.events)


def messages_of(events: Sequence[Event]) -> int:
    """Makes the messages of these events, in the caller's transaction; those that are there already stay as they are.
    Answers how many were made, without those of an audience, who are told later."""
    types = _types()
    found = [event for event in events if event.brand_id and event.type in types]
    voices = Voices({event.brand_id for event in found})
    found = [event for event in found if event.brand_id in voices.settings]
    if not found:
        return 0
    return sum(_told(kind, [each for each in found if each.type in kind.events], voices) for kind in every_kind())


def tell_members(kind: Kind, brand_id: UUID, event_id: UUID, due: Due, members: Iterable[UUID]) -> int:
    """Makes the messages by which these members are told of an event, in the caller's transaction; those that are there
    already stay as they are. Answers how many were made."""
    return _write(_rows(kind, brand_id, event_id, due, Voices([brand_id]).channels(brand_id, kind), members))


def _types() -> set[str]:
    return {type for kind in every_kind() for type in kind.events}


def _told(kind: Kind, events: Sequence[Event], voices: Voices) -> int:
    due = kind.told(events) if events else {}
    singles = []
    for event in events:
        channels = voices.channels(event.brand_id, kind)
        if event.event_id not in due or not channels:
            continue
        if kind.audience:
            kind.audience(event, due[event.event_id])
        else:
            singles += _rows(kind, event.brand_id, event.event_id, due[event.event_id], channels, [event.member_id])
    return _write(singles)


def _rows(
    kind: Kind, brand_id: UUID, event_id: UUID, due: Due, channels: Iterable[str], members: Iterable[UUID | None]
) -> list[Mapping]:
    now = clock.now()
    return [
        {
            "id": uuid7(), "brand_id": brand_id, "member_id": member_id, "kind": kind.name, "channel": channel,
            "event_id": event_id, "facts": due.facts, "is_promotional": kind.is_promotional,
            "due_at": max(due.not_before or now, now),
        }
        for member_id in members if member_id for channel in channels
    ]  # fmt: skip


def _write(rows: list[Mapping]) -> int:
    if not rows:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(MAKE, {"rows": msgspec.json.encode(rows).decode(), "at": clock.now()})
        return cursor.rowcount
