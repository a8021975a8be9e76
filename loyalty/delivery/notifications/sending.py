"""Messages are sent: a few are claimed and judged at a time, one judge after the other, and carried outside of any
transaction. A sender that is killed leaves what it had in hand to the next one, after some minutes."""

import logging
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, transaction

from loyalty import clock
from loyalty.delivery.notifications import fcm, twilio  # noqa: F401
from loyalty.delivery.notifications.carrying import Carrier
from loyalty.delivery.notifications.choosing import Voices
from loyalty.delivery.notifications.judging import Judge, put_off_together
from loyalty.delivery.notifications.models import Channel, Notification
from loyalty.delivery.notifications.providers import NotCarried, TryLater, Unsubscribed
from loyalty.delivery.notifications.rendering import Rendered, render
from loyalty.delivery.notifications.wishes import refuse_by_provider
from loyalty.identity.models import Brand

CHUNK = 50
LEASE = timedelta(minutes=5)
BUSY_SECONDS_MAX = 120
"""Of what was claimed the rest goes back after so long: well before another sender may take it for given up."""
PAUSES = [timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 360, 720)]
"""After each try but the last one."""
JUDGES = 7_221_090_411
"""The advisory lock that judges hold, so that what one lets pass the next one has counted."""
Status = Notification.Status
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Claimed:
    """What a sender has in hand, with what the brands say."""

    messages: list[Notification]
    voices: Voices


@dataclass(slots=True)
class Sent:
    """What became of messages, by how many."""

    counts: Counter = field(default_factory=Counter)

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    def __str__(self) -> str:
        names = ("sent", "dropped", "waiting", "failed")
        return ", ".join(f"{self.counts[name]:,} {name}" for name in names)


def send_due(
    *,
    at: datetime | None = None,
    brand: Brand | None = None,
    limit: int | None = None,
    progress: Callable[[int], None] = lambda done: None,
) -> Sent:
    """Sends what is due, of one brand or of all, about `limit` messages at most; tells what became of them. Several at
    once share the work, and bounds hold among them. A message that was handed over just before its sender was killed
    goes out again, under the same Message-ID."""
    sent = Sent()
    carrier = Carrier()
    try:
        while limit is None or sent.total < limit:
            size = CHUNK if limit is None else min(CHUNK, limit - sent.total)
            found = _claim(at or clock.now(), brand, size, sent)
            if found is None:
                break
            _carry(found, carrier, sent, at)
            progress(sent.total)
    finally:
        carrier.close()
    return sent


def due(*, at: datetime, brand: Brand | None = None):
    """What is due at that moment: waiting, or in the hands of a sender that is gone."""
    found = Notification.objects.filter(status__in=[Status.WAITING, Status.SENDING], due_at__lte=at)
    return found.filter(brand=brand) if brand else found


@transaction.atomic
def _claim(at: datetime, brand: Brand | None, size: int, sent: Sent) -> _Claimed | None:
    """Takes some messages and judges them; answers those to be sent, or None when nothing is due."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", [JUDGES])
    rows = due(at=at, brand=brand).select_for_update(of=("self",), skip_locked=True, no_key=True)
    found = list(rows.select_related("member").order_by("due_at", "id")[:size])
    if not found:
        return None
    voices = Voices({one.brand_id for one in found})
    judge = Judge(found, voices, at=at)
    passing: list[Notification] = []
    dropped: dict[str, list[UUID]] = {}
    waits: dict[tuple[UUID, str, str], datetime] = {}
    for one in found:
        verdict = judge.judge(one)
        if verdict.act == "send":
            passing.append(one)
        elif verdict.act == "drop":
            dropped.setdefault(verdict.reason, []).append(one.id)
        else:
            waits[one.brand_id, one.channel, verdict.reason] = verdict.until
            Notification.objects.filter(id=one.id).update(
                status=Status.WAITING, reason=verdict.reason, due_at=verdict.until
            )
        sent.counts["dropped"] += verdict.act == "drop"
        sent.counts["waiting"] += verdict.act == "wait"
    for reason, ids in dropped.items():
        _end(ids, Status.DROPPED, reason=reason, sent_at=None)
    put_off_together(waits, at=at)
    return _Claimed(_take(passing, at, sent), voices)


def _take(passing: list[Notification], at: datetime, sent: Sent) -> list[Notification]:
    """Marks them as in hand. What is for the inbox has arrived with that."""
    inbox = [one.id for one in passing if one.channel == Channel.INBOX]
    _end(inbox, Status.SENT, sent_at=at)
    sent.counts["sent"] += len(inbox)
    taken = [one for one in passing if one.channel != Channel.INBOX]
    for one in taken:
        one.tries, one.sent_at = one.tries + 1, one.sent_at or at
    with connection.cursor() as cursor:
        cursor.execute(
            "update loyalty_notification set status = 'sending', tries = tries + 1, due_at = %s,"
            " sent_at = coalesce(sent_at, %s) where id = any(%s)",
            [at + LEASE, at, [one.id for one in taken]],
        )
    return taken


def _carry(claimed: _Claimed, carrier: Carrier, sent: Sent, at: datetime | None) -> None:
    """Sends what was claimed, one after the other, and writes of each at once what became of it."""
    found = claimed.messages
    said = _in_words(claimed)
    began = time.monotonic()
    for index, one in enumerate(found):
        if time.monotonic() - began > BUSY_SECONDS_MAX:
            _give_back([each.id for each in found[index:]])
            return
        try:
            provider_id = _handed_over(one, claimed, said, carrier)
        except Unsubscribed as refusal:
            refuse_by_provider(one)
            _end([one.id], Status.DROPPED, reason=refusal.reason, sent_at=None)
            sent.counts["dropped"] += 1
        except TryLater as refusal:
            _try_again(one, said.get(one.id), refusal, sent, at or clock.now())
        except NotCarried as refusal:
            _end([one.id], Status.FAILED, reason=refusal.reason, sent_at=None)
            sent.counts["failed"] += 1
        else:
            _end([one.id], Status.SENT, sent_at=at or clock.now(), provider_id=provider_id)
            sent.counts["sent"] += 1


def _handed_over(one: Notification, claimed: _Claimed, said: dict[UUID, Rendered], carrier: Carrier) -> str:
    """Whatever breaks with one message, it is tried again and holds no other up. Refusals: those of `Carrier.carry`."""
    try:
        words = said.get(one.id) or _words([one], claimed.voices)[one.id]
        return carrier.carry(one, words, claimed.voices.settings[one.brand_id])
    except NotCarried:
        raise
    except Exception as fault:
        log.exception("message %s could not be carried", one.id)
        raise TryLater("internal-error") from fault


def _in_words(claimed: _Claimed) -> dict[UUID, Rendered]:
    """What is said in each; nothing where one of them breaks: then each is written by itself."""
    try:
        return _words(claimed.messages, claimed.voices)
    except Exception:
        return {}


def _words(messages: list[Notification], voices: Voices) -> dict[UUID, Rendered]:
    """What is said: of those that are tried again what was to be said before."""
    said = render(messages, voices=voices)
    for one in messages:
        if one.body:
            fresh = said[one.id]
            said[one.id] = Rendered(one.subject, one.body, fresh.language, fresh.paragraphs, fresh.unsubscribe)
    return said


def _try_again(one: Notification, said: Rendered | None, refusal: TryLater, sent: Sent, at: datetime) -> None:
    """Waits longer from try to try, and as long as it is asked to; then gives up. The words, where there are any, are
    kept, sealed, until then."""
    if one.tries > len(PAUSES):
        _end([one.id], Status.FAILED, reason=refusal.reason, sent_at=None)
        sent.counts["failed"] += 1
        return
    pause = max(PAUSES[one.tries - 1], timedelta(seconds=refusal.seconds))
    one.status, one.reason, one.due_at = Status.WAITING, refusal.reason, at + pause
    kept = ["status", "reason", "due_at"]
    if said:
        one.subject, one.body = said.subject, said.body
        kept += ["subject", "body"]
    one.save(update_fields=kept)
    sent.counts["waiting"] += 1


def _end(ids: list[UUID], status: str, *, sent_at: datetime | None, reason: str = "", provider_id: str = "") -> None:
    """The messages have come to an end, and their words are forgotten."""
    with connection.cursor() as cursor:
        cursor.execute(
            "update loyalty_notification set status = %s, reason = %s, sent_at = %s, provider_id = %s,"
            " subject = null, body = null, data_key = null where id = any(%s)",
            [status, reason[:60], sent_at, provider_id, ids],
        )


def _give_back(ids: list[UUID]) -> None:
    """What was claimed and not begun is due again."""
    with connection.cursor() as cursor:
        cursor.execute(
            "update loyalty_notification set status = 'waiting', tries = tries - 1, due_at = %s where id = any(%s)",
            [clock.now(), ids],
        )
