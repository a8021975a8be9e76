"""What can be done with stamps: a card joined, stamps added and undone. Turning a full sheet in is `turning_in`, the
cards themselves are `cards`."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction
from django.db.models import Sum

from loyalty import clock
from loyalty.errors import Invalid
from loyalty.identity.models import Location, Member
from programs.rewards.stamps.errors import ReferenceStamped, StampCardNotActive, StampsDayMax
from programs.rewards.stamps.models import Stamp, StampCard, StampSheet
from programs.rewards.stamps.sheets import Collection, begin_sheet, lock_sheets, put_on, refuse_outsider, tell
from programs.rewards.stamps.undoing import undo_stamps

__all__ = ["Added", "Placed", "add_stamps", "added_of", "join_card", "undo_stamps"]

CARDS_AT_ONCE_MAX = 10
AHEAD = timedelta(minutes=5)
"""How far the clock of a till may be ahead of ours."""


@dataclass(frozen=True, slots=True)
class Placed:
    """So many stamps went on this sheet, which held `stamps` of `stamps_needed` then."""

    sheet_id: UUID
    number: int
    count: int
    stamps: int
    stamps_needed: int

    @property
    def is_full(self) -> bool:
        return self.stamps == self.stamps_needed


@dataclass(frozen=True, slots=True)
class Added:
    """Stamps that were given, on which sheets, and which of these that filled (their ids), as it was at first."""

    stamp: Stamp
    sheets: tuple[Placed, ...]
    is_replayed: bool = False

    @property
    def filled(self) -> tuple[UUID, ...]:
        return tuple(placed.sheet_id for placed in self.sheets if placed.is_full)


@transaction.atomic
def join_card(card: StampCard, member: Member, *, actor: str, at: datetime | None = None) -> tuple[StampSheet, bool]:
    """Lets a member who takes part in the program collect on the card; gives their sheet, and whether it was begun just
    now. Repeating it gives the same sheet: the open one, else the full one that waits longest. Refusals, in order of
    precedence: ProgramNotActive, MembershipRequired, MembershipSuspended, MembershipClosed, StampCardNotActive."""
    _refuse_closed_doors(card, member.pk)
    moment = at or clock.now()
    theirs = lock_sheets(card, member.pk, actor=actor, at=moment)
    there = theirs.open or next(iter(theirs.full), None)
    if there:
        return there, theirs.is_new
    sheet = begin_sheet(theirs, at=moment)
    tell("card.joined", card, sheet.pk, member.pk, moment, actor=actor)
    return sheet, True


@transaction.atomic
def add_stamps(
    card: StampCard,
    member: Member,
    *,
    count: int = 1,
    reference: str,
    source: str,
    actor: str,
    location: Location | None = None,
    at: datetime | None = None,
) -> Added:
    """Puts `count` stamps (1 to ten cards full) on the member's sheet, and what is over on the next ones; a member who
    has not joined the card joins by it. `reference` is the receipt, once on a card: repeating it with the same member
    and count gives the first answer, whatever happened since. `at` says on which day of the program's time zone they
    count. Refusals, in order of precedence: ReferenceStamped (another member or count), Invalid (count, or a time to
    come), ProgramNotActive, MembershipRequired, MembershipSuspended, MembershipClosed, StampCardNotActive,
    StampsDayMax."""
    earlier = _earlier(card, member, count, reference)
    if earlier:
        return earlier
    _refuse_unstampable(card, count, at)
    _refuse_closed_doors(card, member.pk)
    moment = at or clock.now()
    try:
        with transaction.atomic():
            theirs = lock_sheets(card, member.pk, actor=actor, at=moment)
            earlier = _earlier(card, member, count, reference)
            if earlier:
                return earlier
            _refuse_too_many_in_a_day(card, member.pk, count, moment)
            stamp = Stamp.objects.create(
                card=card, member=member, count=count, reference=reference, source=source, location=location,
                actor=actor, occurred_at=moment,
            )  # fmt: skip
            return _put(theirs, stamp, actor=actor)
    except IntegrityError:
        earlier = _earlier(card, member, count, reference)
        if earlier is None:
            raise
        return earlier


def added_of(stamp: Stamp, *, is_replayed: bool = False) -> Added:
    """What was answered when the stamps were given."""
    placed = [
        Placed(UUID(one["sheet"]), one["number"], one["given"], one["stamps"], one["needed"])
        for one in stamp.sheets
        if one["given"]
    ]
    return Added(stamp, tuple(placed), is_replayed)


def _earlier(card: StampCard, member: Member, count: int, reference: str) -> Added | None:
    """What the reference was stamped for before. Refusals: ReferenceStamped."""
    stamp = Stamp.objects.select_related("location").filter(card=card, reference=reference).first()
    if stamp is None:
        return None
    if (stamp.member_id, stamp.count) != (member.pk, count):
        raise ReferenceStamped(pointer="/reference")
    return added_of(stamp, is_replayed=True)


def _refuse_closed_doors(card: StampCard, member_id: UUID) -> None:
    refuse_outsider(card.program, member_id)
    if card.status != StampCard.Status.ACTIVE:
        raise StampCardNotActive(status=card.status)


def _refuse_unstampable(card: StampCard, count: int, at: datetime | None) -> None:
    most, errors = card.stamps_needed * CARDS_AT_ONCE_MAX, []
    if not 1 <= count <= most:
        errors.append({"pointer": "/count", "code": "out-of-range", "detail": f"From 1 to {most}."})
    if at and at > clock.now() + AHEAD:
        errors.append({"pointer": "/occurred_at", "code": "out-of-range", "detail": "That is still to come."})
    if errors:
        raise Invalid(errors)


def _refuse_too_many_in_a_day(card: StampCard, member_id: UUID, count: int, moment: datetime) -> None:
    if card.day_max is None:
        return
    day = moment.astimezone(ZoneInfo(card.program.timezone)).date()
    begins, ends = (
        datetime.combine(one, time.min, ZoneInfo(card.program.timezone)) for one in (day, day + timedelta(days=1))
    )
    given = Stamp.objects.filter(card=card, member_id=member_id, undone_at=None)
    given = given.filter(occurred_at__gte=begins, occurred_at__lt=ends).aggregate(sum=Sum("count"))["sum"] or 0
    if given + count > card.day_max:
        left = max(card.day_max - given, 0)
        raise StampsDayMax(f"{left} more can be given that day.", day_max=card.day_max, left=left, pointer="/count")


def _put(theirs: Collection, stamp: Stamp, *, actor: str) -> Added:
    """Puts new stamps on the sheets, and says so in the stamp and in the log."""
    card, member_id, at = theirs.card, theirs.member_id, stamp.occurred_at
    stamp.sheets = [
        {
            "sheet": str(sheet.pk),
            "number": sheet.number,
            "needed": sheet.stamps_needed,
            "given": given,
            "stamps": sheet.stamps,
            "count": given,
        }
        for sheet, given in put_on(theirs, stamp.count, at=at)
    ]
    stamp.save(update_fields=["sheets"])
    added = added_of(stamp)
    told = {"stamp_id": str(stamp.pk), "count": stamp.count, "source": stamp.source}
    tell("stamps.added", card, added.sheets[0].sheet_id, member_id, at, actor=actor, **told)
    for sheet_id in added.filled:
        tell("stamps.full", card, sheet_id, member_id, at, actor=actor, stamp_id=str(stamp.pk))
    return added
