"""The inbox: each event is written down once, and done at once where it can be."""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from uuid import UUID

import msgspec
from django.db import connection, transaction

from loyalty import clock
from loyalty.errors import Invalid, LoyaltyError
from loyalty.events import log as events
from loyalty.identity.models import Brand
from loyalty.identity.principals import Principal
from loyalty.sealed.fields import SealBroken
from programs.activity.inbound import waiting
from programs.activity.inbound.acting import Coming, Done, Missing, carry_out
from programs.activity.inbound.envelope import Told
from programs.activity.inbound.errors import ContentUnreadable, EventIdReused
from programs.activity.inbound.meanings import Act, Meaning, meaning_of
from programs.activity.inbound.models import EventSource, InboundEvent
from programs.activity.limits_busy import LimitsBusy
from programs.activity.records import Recorded

Status = InboundEvent.Status
OPEN = (Status.WAITING, Status.FAILED, Status.IGNORED)
TRIED = (
    "status", "act", "reason", "detail", "waits_for", "tries", "due_at", "member", "outcome", "ended_at",
)  # fmt: skip
DETAIL_MAX = 400
NEEDS = {Act.ENROL: "memberships.add", Act.EARN: "points.earn", Act.RETURN: "points.return"}
"""What a caller must be allowed to do besides telling of events, for an event to have this done."""
INTERNAL = "internal-error"
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """An event in the inbox. `recorded` are the transactions that it gave just now; of one told again none."""

    event: InboundEvent
    is_new: bool
    recorded: list[Recorded] = field(default_factory=list)


def take_in(
    brand: Brand | UUID, told: Told, *, sender: EventSource | None = None, principal: Principal | None = None
) -> Taken:
    """Writes an event down, and does what it means to the brand: once by (brand, source, id), however often and by how
    many at once it is told. What cannot be done yet waits, what is refused is kept for somebody to mend, what nobody
    knows is kept as ignored: `event.status` tells. What waited for it is done too. `sender` is the source that signed
    it; a `principal` must be allowed to do what the event means. Repeating it answers the event as it is now. Refusals,
    in order of precedence: Forbidden, ScopeMissing, EventIdReused (another event had this name); nothing is kept
    then."""
    brand_id = brand if isinstance(brand, UUID) else brand.id
    actor = f"source:{sender.id}" if sender else principal.actor if principal else "system:inbound"
    with transaction.atomic():
        meaning = meaning_of(brand_id, told.type, sender=sender, program=told.program)
        if principal:
            principal.require("events.add", brand_id)
            require_act(principal, brand_id, meaning)
        event = _stored(brand_id, told, sender, actor)
        if event is None:
            known = InboundEvent.objects.get(brand=brand_id, source=told.source, event_key=told.id)
        else:
            tried = _try(event, told, meaning, sender)
            event.save(update_fields=TRIED)
    if event is None:
        return _again(known, told)
    _follow(event, tried.brought)
    return Taken(event=event, is_new=True, recorded=tried.recorded)


def take_in_all(brand: Brand | UUID, told: Iterable[Told], *, sender: EventSource) -> list[Taken]:
    """Takes in what a source sent at once, each event for itself (see `take_in`). Repeating it changes nothing.
    Refusals: that of the first one that was refused, when all others are taken in."""
    taken, refusals = [], []
    for one in told:
        try:
            taken.append(take_in(brand, one, sender=sender))
        except LoyaltyError as refusal:
            refusals.append(refusal)
    if refusals:
        raise refusals[0]
    return taken


def work_off(ids: Iterable[UUID], *, limit: int = 1_000) -> int:
    """Tries these waiting events again, each in a transaction of its own, and what waited for them; answers how many
    were tried. One that somebody else has in hand is left to them. Repeating it does nothing again."""
    queue, seen, tried = list(ids), set(), 0
    while queue and tried < limit:
        id = queue.pop(0)
        if id in seen:
            continue
        seen.add(id)
        event, brought = _retry(id)
        if event is not None:
            tried += 1
            queue += waiting.who_waits(event.brand_id, brought)
    return tried


def told_in(event: InboundEvent) -> Told | None:
    """The event as it was told, with what was corrected; None where that was forgotten, or cannot be read any more."""
    try:
        return Told.of(msgspec.json.decode(event.content)) if event.content else None
    except SealBroken:
        return None


def try_now(event: InboundEvent) -> list[str]:
    """Tries a locked event, whatever its status, and saves what came of it; answers what others may have waited for."""
    told, sender = told_in(event), event.sender
    if told is None:
        event.waits_for = ""
        _fail(event, ContentUnreadable())
        event.save(update_fields=TRIED)
        return []
    meaning = meaning_of(event.brand_id, told.type, sender=sender, program=told.program)
    tried = _try(event, told, meaning, sender)
    event.save(update_fields=TRIED)
    return tried.brought


def require_act(principal: Principal, brand_id: UUID, meaning: Meaning) -> None:
    """Refuses who may not have done at the brand what the event means. Refusals: Forbidden, ScopeMissing."""
    if needed := NEEDS.get(meaning.act):
        principal.require(needed, brand_id)


def _stored(brand_id: UUID, told: Told, sender: EventSource | None, actor: str) -> InboundEvent | None:
    """The new row, or None where the event was told before; who tells it at the same moment is waited for."""
    event = InboundEvent(
        brand_id=brand_id,
        sender=sender,
        source=told.source,
        event_key=told.id,
        type=told.type,
        occurred_at=told.time,
        fingerprint=told.fingerprint(),
        content=msgspec.json.encode(told.document()).decode(),
        actor=actor,
    )
    fields = InboundEvent._meta.concrete_fields
    values = [field.get_db_prep_save(field.pre_save(event, True), connection) for field in fields]
    columns, places = ", ".join(field.column for field in fields), ", ".join(["%s"] * len(fields))
    with connection.cursor() as cursor:
        cursor.execute(
            f"insert into programs_inboundevent ({columns}) values ({places}) "
            "on conflict (brand_id, source, event_key) do nothing returning 1",
            values,
        )
        is_new = cursor.fetchone() is not None
    event._state.adding, event._state.db = False, connection.alias
    return event if is_new else None


def _again(event: InboundEvent, told: Told) -> Taken:
    """An event that was told before. One whose content was corrected or forgotten is taken for the same by its name."""
    kept = bytes(event.fingerprint)
    if kept and kept != told.fingerprint():
        raise EventIdReused(f"Another event of the source {told.source} has this id.", pointer="/id")
    if event.status == Status.WAITING and work_off([event.id]):
        event.refresh_from_db()
    return Taken(event=event, is_new=False)


def _follow(event: InboundEvent, brought: list[str]) -> None:
    """After the commit: does what waited for this event. One that waits itself looks once more, for what it needs may
    have come while it was written down; in a caller's transaction it is for the next try."""
    if event.status == Status.WAITING and event.waits_for:
        if not connection.in_atomic_block and work_off([event.id]):
            event.refresh_from_db()
    elif brought:
        work_off(waiting.who_waits(event.brand_id, brought))


def _retry(id: UUID) -> tuple[InboundEvent | None, list[str]]:
    with transaction.atomic():
        waiting_ones = InboundEvent.objects.select_for_update(of=("self",), skip_locked=True)
        event = waiting_ones.select_related("sender").filter(pk=id, status=Status.WAITING).first()
        return event, try_now(event) if event else []


def _try(event: InboundEvent, told: Told, meaning: Meaning, sender: EventSource | None) -> Done:
    """Does it, or notes why it could not be done; the caller saves the row in the same transaction."""
    event.act, event.waits_for, event.reason, event.detail = meaning.act, "", "", ""
    if meaning.act in ("", Act.IGNORE):
        event.status, event.ended_at = Status.IGNORED, clock.now()
        return Done()
    event.tries += 1
    coming = Coming(
        brand_id=event.brand_id, told=told, meaning=meaning, at=told.time or event.received_at, actor=event.actor,
        location_id=sender.location_id if sender else "",
    )  # fmt: skip
    try:
        with transaction.atomic():
            done = carry_out(coming)
    except Missing as missing:
        if missing.instead is None or not _is_last(event):
            _wait(event, missing.refusal, missing.waits_for)
        else:
            return _try_instead(event, missing.instead)
    except LimitsBusy as busy:
        _wait(event, busy)
    except LoyaltyError as refusal:
        _fail(event, refusal)
    except Exception:
        _log.exception("event %s could not be carried out", event.id)
        _wait(event, _Internal())
    else:
        _end(event, done)
        return done
    return Done()


def _end(event: InboundEvent, done: Done) -> None:
    event.status, event.ended_at, event.member_id = Status.DONE, clock.now(), done.member_id
    event.outcome = {
        name: [str(one) for one in ids]
        for name, ids in (
            ("transactions", [recorded.posted.public_id for recorded in done.recorded]),
            ("memberships", done.membership_ids),
            ("receipts", done.receipt_ids),
        )
        if ids
    }


def _is_last(event: InboundEvent) -> bool:
    return waiting.next_try(event.tries, received_at=event.received_at, now=clock.now()) is None


def _try_instead(event: InboundEvent, instead: Callable[[], Done]) -> Done:
    """What is done when nothing came that was waited for."""
    try:
        with transaction.atomic():
            done = instead()
    except LoyaltyError as refusal:
        _fail(event, refusal)
        return Done()
    _end(event, done)
    return done


class _Internal(LoyaltyError):
    """Something went wrong here; it is tried again."""

    code = INTERNAL
    status = 500


def _wait(event: InboundEvent, refusal: LoyaltyError, waits_for: str = "") -> None:
    due_at = waiting.next_try(event.tries, received_at=event.received_at, now=clock.now())
    if due_at is None:
        _fail(event, refusal)
        return
    event.status, event.due_at, event.waits_for = Status.WAITING, due_at, waits_for
    event.reason, event.detail = refusal.code, refusal.detail[:DETAIL_MAX]


def _fail(event: InboundEvent, refusal: LoyaltyError) -> None:
    """A person is needed: told in the log too, without what the event says."""
    event.status, event.ended_at = Status.FAILED, clock.now()
    event.reason, event.detail = refusal.code, refusal.detail[:DETAIL_MAX]
    event.outcome = {"errors": refusal.errors[:50]} if isinstance(refusal, Invalid) else {}
    events.record(
        "inbound.failed",
        brand_id=event.brand_id,
        aggregate_id=event.id,
        data={"type": event.type, "act": event.act, "reason": event.reason, "tries": event.tries},
    )
