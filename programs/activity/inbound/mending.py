"""What people do about events that failed, wait or were ignored: try again, correct, discard, one by one or many."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from django.db import transaction
from django.db.models import QuerySet

from loyalty import clock
from loyalty.errors import Invalid, NotFound
from loyalty.events import log
from loyalty.identity.principals import Principal
from programs.activity.inbound import waiting
from programs.activity.inbound.cloudevents import structured
from programs.activity.inbound.errors import InboundEventEnded
from programs.activity.inbound.intake import OPEN, require_act, told_in, try_now, work_off
from programs.activity.inbound.meanings import meaning_of
from programs.activity.inbound.models import EventMapping, InboundEvent

Status = InboundEvent.Status
CHUNK = 500


@dataclass(frozen=True, slots=True)
class Mended:
    """How many events were taken in hand, and of how many that came about; after which id the others follow."""

    tried: int
    done: int
    next: UUID | None


def retry(principal: Principal, event: InboundEvent) -> InboundEvent:
    """Tries an event once more that waits, failed or was ignored, now and by what it means today; what waited for it is
    done too. Repeating it is refused once it is done. Refusals, in order of precedence: Forbidden, ScopeMissing,
    NotFound (it is gone), InboundEventEnded."""
    principal.require("inbound_events.retry", event.brand_id)
    with transaction.atomic():
        locked = _open(event.pk)
        brought = try_now(locked)
    work_off(waiting.who_waits(locked.brand_id, brought))
    return locked


def correct(principal: Principal, event: InboundEvent, document: Any) -> InboundEvent:
    """Puts another content in the place of what was told, under the same source and id, and tries it. Who corrects must
    be allowed to do what the event means then. Told again as it first was, it is still known. Repeating it is refused
    once it is done. Refusals, in order of precedence: Forbidden, ScopeMissing, NotFound, InboundEventEnded, Invalid
    (every mistake of the content; another source or id)."""
    principal.require("inbound_events.correct", event.brand_id)
    with transaction.atomic():
        locked = _open(event.pk)
        told = structured(document)
        _refuse_another_name(locked, told)
        meaning = meaning_of(locked.brand_id, told.type, sender=locked.sender, program=told.program)
        require_act(principal, locked.brand_id, meaning)
        locked.content, locked.content_changed = msgspec.json.encode(told.document()).decode(), True
        locked.type, locked.occurred_at = told.type, told.time
        locked.save(update_fields=["content", "content_changed", "type", "occurred_at"])
        _record("inbound.corrected", locked, principal.actor)
        brought = try_now(locked)
    work_off(waiting.who_waits(locked.brand_id, brought))
    return locked


def discard(principal: Principal, event: InboundEvent) -> InboundEvent:
    """Lays an event aside that nothing is to come of. Repeating it changes nothing. Refusals, in order of precedence:
    Forbidden, ScopeMissing, NotFound, InboundEventEnded (it was done)."""
    principal.require("inbound_events.discard", event.brand_id)
    with transaction.atomic():
        locked = _lock(event.pk)
        if locked.status == Status.DISCARDED:
            return locked
        _refuse_ended(locked)
        locked.status, locked.waits_for, locked.ended_at = Status.DISCARDED, "", clock.now()
        locked.save(update_fields=["status", "waits_for", "ended_at"])
        _record("inbound.discarded", locked, principal.actor)
    return locked


def retry_many(principal: Principal, ids: Iterable[UUID]) -> int:
    """Tries all of these once more that are still open, each for itself; answers how many are done now. Events of
    brands where the principal may not are passed over. Repeating it does nothing again."""
    return sum(one.status == Status.DONE for one in _each(principal, ids, "inbound_events.retry", retry))


def discard_many(principal: Principal, ids: Iterable[UUID]) -> int:
    """Lays all of these aside that are still open; answers how many. Events of brands where the principal may not are
    passed over. Repeating it changes nothing."""
    return len(_each(principal, ids, "inbound_events.discard", discard))


def mend_many(
    principal: Principal, found: QuerySet[InboundEvent], *, act: str, after: UUID | None = None, limit: int = CHUNK
) -> Mended:
    """Tries again ("retry") or lays aside ("discard") those of the events found that are still open, the oldest first,
    beginning after that id and `limit` of them at most, each for itself. Repeating it takes those again that are still
    open. Refusals: Forbidden, ScopeMissing."""
    permission = f"inbound_events.{act}"
    if principal.brands_where(permission) == []:
        principal.require(permission, next(iter(principal.brands), None))
    rows = found.filter(status__in=OPEN).order_by("id")
    rows = rows.filter(id__gt=after) if after else rows
    ids = list(rows.values_list("id", flat=True)[: limit + 1])
    chosen = ids[:limit]
    done = {"retry": retry_many, "discard": discard_many}[act](principal, chosen)
    return Mended(tried=len(chosen), done=done, next=chosen[-1] if len(ids) > limit else None)


def take_up(principal: Principal, mapping: EventMapping, *, limit: int = CHUNK) -> int:
    """Tries events that were ignored and that the mapping is about, the oldest first, `limit` of them at most; answers
    how many were tried. Repeating it goes on with the others. Refusals: Forbidden, ScopeMissing."""
    principal.require("inbound_events.retry", mapping.brand_id)
    return len(_each(principal, list(ignored_of(mapping)[:limit]), "inbound_events.retry", retry))


def ignored_of(mapping: EventMapping):
    """The ids of the events that were ignored and that this mapping is about, the oldest first."""
    found = InboundEvent.objects.filter(brand=mapping.brand_id, status=Status.IGNORED, type=mapping.type)
    found = found.filter(sender=mapping.source_id) if mapping.source_id else found
    return found.order_by("id").values_list("id", flat=True)


def retry_due(*, at: datetime, limit: int = 1_000) -> int:
    """Tries the waiting events whose time has come, each in a transaction of its own; answers how many were tried.
    Ended anywhere and done again, by two at once too, each is done once."""
    due = InboundEvent.objects.filter(status=Status.WAITING, due_at__lte=at).order_by("due_at")
    return work_off(list(due.values_list("id", flat=True)[:limit]), limit=limit)


def _each(principal: Principal, ids: Iterable[UUID], permission: str, act) -> list[InboundEvent]:
    brands = principal.brands_where(permission)
    rows = InboundEvent.objects.filter(pk__in=list(ids), status__in=OPEN)
    rows = rows if brands is None else rows.filter(brand_id__in=brands)
    done = []
    for event in rows.order_by("id"):
        try:
            done.append(act(principal, event))
        except (InboundEventEnded, NotFound):
            continue
    return done


def _lock(pk: UUID) -> InboundEvent:
    found = InboundEvent.objects.select_for_update(of=("self",)).select_related("sender").filter(pk=pk).first()
    if found is None:
        raise NotFound("There is no such event any more.")
    return found


def _open(pk: UUID) -> InboundEvent:
    found = _lock(pk)
    _refuse_ended(found)
    if told_in(found) is None:
        raise InboundEventEnded("What it said was forgotten with its member, or cannot be read any more.")
    return found


def _refuse_ended(event: InboundEvent) -> None:
    if event.status not in OPEN:
        raise InboundEventEnded(status=event.status)


def _refuse_another_name(event: InboundEvent, told) -> None:
    mistakes = []
    for name, kept, said in (("source", event.source, told.source), ("id", event.event_key, told.id)):
        if kept != said:
            mistakes.append({"pointer": f"/{name}", "code": "unchangeable", "detail": f"The {name} stays as it is."})
    if mistakes:
        raise Invalid(mistakes)


def _record(type_: str, event: InboundEvent, actor: str) -> None:
    data = {"type": event.type, "reason": event.reason, "actor": actor}
    log.record(type_, brand_id=event.brand_id, aggregate_id=event.id, data=data)
