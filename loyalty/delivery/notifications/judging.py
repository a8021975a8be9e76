"""Whether a message that is due is sent, waits or is dropped: asked for many at once, just before they are sent, for
what a member wants may have changed since they were made."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection
from django.db.models import Min

from loyalty.delivery.notifications.choosing import Voices
from loyalty.delivery.notifications.kinds import Asked, is_kind, promotional, reasons_to_withhold
from loyalty.delivery.notifications.models import Channel, Notification, NotificationChoice
from loyalty.delivery.notifications.quiet import quiet_ends_at
from loyalty.identity.models import BrandMember
from loyalty.sql import rows

DAY, WEEK = timedelta(days=1), timedelta(days=7)
PAUSE = timedelta(minutes=15)
"""A brand that may send no more just now is asked again no sooner."""
CONSENT = "marketing"
"""The purpose of consent that promotional kinds need; `marketing_email` and so on say it of one channel."""

SENT_TO = """
select n.brand_id, n.member_id, n.channel, count(*) as weekly, count(*) filter (where n.sent_at > %(day)s) as daily
from loyalty_notification n
where n.member_id = any(%(members)s) and n.channel = any(%(channels)s) and n.sent_at > %(week)s
  and n.event_id is not null
group by 1, 2, 3
"""
SENT_BY = """
select n.brand_id, n.channel, count(*) as daily from loyalty_notification n
where n.brand_id = any(%(brands)s) and n.channel = any(%(channels)s) and n.sent_at > %(day)s and n.event_id is not null
group by 1, 2
"""
BOUND = [Channel.EMAIL, Channel.SMS, Channel.PUSH]
"""The channels that have quiet hours and bounds; the inbox disturbs nobody."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """`send`, `drop` for a reason, or `wait` until a moment."""

    act: str
    reason: str = ""
    until: datetime | None = None


SEND = Verdict("send")


class Judge:
    """Judges some messages of which no other judge has any at the same time; counts those that it lets pass."""

    def __init__(self, found: Sequence[Notification], voices: Voices, *, at: datetime):
        self.at, self.voices, self.promotional = at, voices, frozenset(promotional())
        brands, members = {one.brand_id for one in found}, {one.member_id for one in found}
        pairs = BrandMember.objects.filter(brand__in=brands, member__in=members)
        self.known = set(pairs.values_list("brand_id", "member_id"))
        choices = NotificationChoice.objects.filter(brand__in=brands, member__in=members)
        self.choices: Mapping[tuple, bool] = {
            (one.brand_id, one.member_id, one.channel, one.kind): one.is_wanted for one in choices
        }
        asked = {
            "members": list(members), "brands": list(brands), "channels": [str(one) for one in BOUND],
            "day": at - DAY, "week": at - WEEK,
        }  # fmt: skip
        self.daily: Counter = Counter()
        self.weekly: Counter = Counter()
        self.of_brand: Counter = Counter()
        for row in rows(SENT_TO, asked):
            key = row["brand_id"], row["member_id"], row["channel"]
            self.daily[key], self.weekly[key] = row["daily"], row["weekly"]
        for row in rows(SENT_BY, asked):
            self.of_brand[row["brand_id"], row["channel"]] = row["daily"]
        withheld = reasons_to_withhold(
            [Asked(member_id=one.member_id, brand_id=one.brand_id, facts=one.facts) for one in found]
        )
        self.withheld = {one.id: reason for one, reason in zip(found, withheld, strict=True) if reason}

    def judge(self, one: Notification) -> Verdict:
        """What becomes of the message. What was tried before is counted already, and is bound by quiet hours only."""
        if reason := self._reason_to_drop(one):
            return Verdict("drop", reason)
        if one.channel == Channel.INBOX:
            return SEND
        settings = self.voices.settings[one.brand_id]
        ends = quiet_ends_at(
            self.at, timezone=settings.timezone, quiet_from=settings.quiet_from, quiet_until=settings.quiet_until
        )
        if ends:
            return Verdict("wait", "quiet-hours", ends)
        if one.sent_at:
            return SEND
        key = one.brand_id, one.member_id, one.channel
        if self.daily[key] >= settings.member_daily_max or self.weekly[key] >= settings.member_weekly_max:
            return Verdict("drop", "member-cap")
        if self.of_brand[one.brand_id, one.channel] >= settings.brand_daily_max:
            return Verdict("wait", "brand-cap", self._room_at(one.brand_id, one.channel))
        for count in (self.daily, self.weekly):
            count[key] += 1
        self.of_brand[one.brand_id, one.channel] += 1
        return SEND

    def _reason_to_drop(self, one: Notification) -> str:
        settings, member = self.voices.settings.get(one.brand_id), one.member
        if settings is None or not (settings.is_active or one.channel == Channel.INBOX):
            return "switched-off"
        if not is_kind(one.kind):
            return "unknown-kind"
        if not member.is_active or member.erased_at or (one.brand_id, one.member_id) not in self.known:
            return "member-gone"
        if one.id in self.withheld:
            return self.withheld[one.id]
        if not is_wanted(self.choices, one.brand_id, one.member_id, one.channel, one.kind):
            return "not-wanted"
        if one.kind in self.promotional and not consents(member.consents, one.channel):
            return "no-consent"
        return ""

    def _room_at(self, brand_id: UUID, channel: str) -> datetime:
        """When the first of those goes out of the count that were sent in the last 24 hours."""
        sent = Notification.objects.filter(
            brand=brand_id, channel=channel, sent_at__gt=self.at - DAY, event_id__isnull=False
        )
        first = sent.aggregate(first=Min("sent_at"))["first"]
        return max(first + DAY, self.at + PAUSE) if first else self.at + DAY


def is_wanted(choices: Mapping[tuple, bool], brand_id: UUID, member_id: UUID, channel: str, kind: str) -> bool:
    """What the member said of this kind by this channel, else of all of the channel; who said nothing wants it."""
    said = choices.get((brand_id, member_id, channel, kind))
    return choices.get((brand_id, member_id, channel, ""), True) if said is None else said


def consents(said: Mapping, channel: str) -> bool:
    """Whether the member agreed to promotion by the channel: of it alone, else of all."""
    return said.get(f"{CONSENT}_{channel}", said.get(CONSENT)) is True


def put_off_together(waits: Mapping[tuple[UUID, str, str], datetime], *, at: datetime) -> None:
    """All that is due of these brands and channels waits until the same moment, not only what was looked at."""
    statement = (
        "update loyalty_notification set due_at = %s, reason = %s where status = 'waiting' and due_at <= %s"
        " and brand_id = %s and channel = %s and (sent_at is null or %s = 'quiet-hours')"
    )
    with connection.cursor() as cursor:
        for (brand_id, channel, reason), until in sorted(waits.items()):
            cursor.execute(statement, [until, reason, at, brand_id, channel, reason])
