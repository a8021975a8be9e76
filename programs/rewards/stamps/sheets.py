"""A member's sheets of one card while something is done to them: locked, with what is past its end closed. Everything
that changes stamps goes through here, so that for one member and card one thing happens after the other."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection
from django.db.models import Max

from loyalty import clock
from loyalty.events import log
from programs.activity.errors import MembershipRequired
from programs.membership.errors import MembershipClosed, MembershipSuspended, ProgramNotActive
from programs.membership.models import Membership, Program
from programs.rewards.stamps import laying
from programs.rewards.stamps.models import StampCard, StampSheet

Status = StampSheet.Status


@dataclass(slots=True)
class Collection:
    """What a member has of a card: the sheets that are open or full, in order, and whether they joined just now."""

    card: StampCard
    member_id: UUID
    sheets: list[StampSheet]
    is_new: bool

    @property
    def open(self) -> StampSheet | None:
        return next((sheet for sheet in self.sheets if sheet.status == Status.OPEN), None)

    @property
    def full(self) -> list[StampSheet]:
        return [sheet for sheet in self.sheets if sheet.status == Status.FULL]


def refuse_outsider(program: Program, member_id: UUID) -> None:
    """Who collects takes part in the program. Refusals, in order of precedence: ProgramNotActive, MembershipRequired,
    MembershipSuspended, MembershipClosed."""
    if program.status != Program.Status.ACTIVE:
        raise ProgramNotActive(status=program.status)
    part = Membership.objects.filter(program=program, member_id=member_id)
    status = part.values_list("status", flat=True).first()
    if status is None:
        raise MembershipRequired("Join the program first: a stamp card is part of it.", program_id=program.pk)
    if status == Membership.Status.SUSPENDED:
        raise MembershipSuspended()
    if status == Membership.Status.CLOSED:
        raise MembershipClosed()


def lock_sheets(card: StampCard, member_id: UUID, *, actor: str, at: datetime) -> Collection:
    """The member's open and full sheets of the card, locked until the caller's transaction ends; the first sheet ever
    is made where there is none. It stays for good, and whoever changes something waits for it. Open ones whose time is
    over by now are closed."""
    assert connection.in_atomic_block, "a lock lasts as long as its transaction"
    first = StampSheet(card=card, member_id=member_id, stamps_needed=card.stamps_needed, joined_at=at)
    StampSheet.objects.bulk_create([first], ignore_conflicts=True)
    theirs = StampSheet.objects.filter(card=card, member_id=member_id)
    anchor = theirs.select_for_update(no_key=True).get(number=1)
    alive = theirs.select_for_update(no_key=True).filter(status__in=[Status.OPEN, Status.FULL]).order_by("number")
    found, now = Collection(card, member_id, [], is_new=anchor.pk == first.pk), clock.now()
    if found.is_new:
        tell("card.joined", card, first.pk, member_id, at, actor=actor)
    for sheet in alive:
        if is_over(sheet, now):
            close(card, sheet, actor=actor)
        else:
            found.sheets.append(sheet)
    return found


def begin_sheet(of: Collection, *, at: datetime) -> StampSheet:
    """The next sheet, open and empty. Repeating it is refused by the database: one is open at a time."""
    theirs = StampSheet.objects.filter(card=of.card, member_id=of.member_id)
    number = theirs.aggregate(last=Max("number"))["last"] + 1
    sheet = StampSheet.objects.create(
        card=of.card, member_id=of.member_id, number=number, stamps_needed=of.card.stamps_needed, joined_at=at
    )
    of.sheets.append(sheet)
    return sheet


def put_on(of: Collection, count: int, *, at: datetime) -> Iterable[tuple[StampSheet, int]]:
    """Puts stamps on the open sheet and those after it; gives each sheet with how many went on it."""
    left = of.open.stamps_needed - of.open.stamps if of.open else 0
    for given in laying.put(count, left=left, needed=of.card.stamps_needed):
        sheet = of.open or begin_sheet(of, at=at)
        if not sheet.stamps and of.card.expires_after_days is not None:
            sheet.expires_at = at + timedelta(days=of.card.expires_after_days)
        sheet.stamps += given
        if sheet.stamps == sheet.stamps_needed:
            sheet.status, sheet.filled_at = Status.FULL, at
        sheet.save(update_fields=["stamps", "status", "filled_at", "expires_at"])
        yield sheet, given


def is_over(sheet: StampSheet, now: datetime) -> bool:
    """Whether the sheet cannot be filled any more, closed or not."""
    return sheet.status == Status.OPEN and sheet.expires_at is not None and sheet.expires_at <= now


def close(card: StampCard, sheet: StampSheet, *, actor: str) -> None:
    """Closes a locked sheet whose time is over; its stamps stay on it."""
    sheet.status = Status.EXPIRED
    sheet.save(update_fields=["status"])
    tell("stamps.expired", card, sheet.pk, sheet.member_id, sheet.expires_at, actor=actor, stamps=sheet.stamps)


def tell(type: str, card: StampCard, sheet_id: UUID, member_id: UUID, at: datetime, *, actor: str, **more) -> None:
    """Writes the event of a sheet. References are not told: those of scanned codes hold the code's id."""
    log.record(
        type,
        brand_id=card.program.brand_id,
        aggregate_id=sheet_id,
        member_id=member_id,
        program_id=card.program_id,
        data={"actor": actor, "card_id": str(card.pk), "card": card.code, **more},
        occurred_at=at,
    )
