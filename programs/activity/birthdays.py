"""Birthdays, told to the rules of the programs that ask for them. Birth dates lie encrypted, so each has to be opened
to be looked at: that takes some seconds for a hundred thousand members."""

from calendar import monthrange
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from uuid import UUID
from zoneinfo import ZoneInfo

from loyalty.identity.models import Member
from programs.activity.happenings import EventRequest
from programs.activity.joining import SOURCE, told
from programs.activity.models import MemberEvent
from programs.activity.places import Names
from programs.earning.lifetimes import first_instant
from programs.earning.rules.catalogue import BIRTHDAY
from programs.membership.models import Membership, Program

CHUNK = 500
READ_AT_ONCE = 5_000
NEED = f"trigger:{BIRTHDAY}"


@dataclass(frozen=True, slots=True)
class Congratulated:
    """How many members had something recorded for their birthday, or would have, and the points they got."""

    members: int = 0
    points: int = 0


def award_birthdays(
    *,
    at: datetime,
    program: Program | None = None,
    limit: int | None = None,
    dry_run: bool = False,
    progress: Callable[[int], None] = lambda members: None,
) -> Congratulated:
    """Gives what rules give for a birthday to the members whose birthday is the day of `at` by their program's
    calendar, about `limit` of them at most; who was born on the 29th of February has it on the 28th in common years.
    Each chunk is a transaction of its own; done again, in part or whole, or by two at once, each member gets it once a
    year. With `dry_run` nothing changes and it says who is due. Refusals: LimitsBusy."""
    done = Congratulated()
    for one in _asking(program):
        day = at.astimezone(ZoneInfo(one.timezone)).date()
        due = _due(one, day)[: None if limit is None else limit - done.members]
        for first in range(0, len(due), CHUNK):
            members = due[first : first + CHUNK]
            points = 0 if dry_run else _congratulate(one, day, members)
            done = Congratulated(done.members + len(members), done.points + points)
            progress(done.members)
    return done


def _asking(program: Program | None) -> list[Program]:
    """The programs with a rule for birthdays."""
    found = Program.objects.filter(status=Program.Status.ACTIVE, needs__contains=[NEED])
    return list(found.filter(pk=program.pk) if program else found)


def _due(program: Program, day: date) -> list[UUID]:
    """The members whose birthday it is, and who have not been congratulated this year."""
    members = Member.objects.filter(
        memberships__program=program,
        memberships__status=Membership.Status.ACTIVE,
        is_active=True,
        birth_date__isnull=False,
    )
    reading = members.order_by("pk").only("pk", "data_key", "birth_date").iterator(chunk_size=READ_AT_ONCE)
    born = [member.pk for member in reading if is_birthday(member.birth_date, day)]
    references = [_reference(member_id, day) for member_id in born]
    before = MemberEvent.objects.filter(program=program, source=SOURCE, reference__in=references)
    known = set(before.values_list("member_id", flat=True))
    return [member_id for member_id in born if member_id not in known]


def is_birthday(born: date, day: date) -> bool:
    """Whether somebody born then has their birthday on this day."""
    last = monthrange(day.year, born.month)[1]
    return (born.month, min(born.day, last)) == (day.month, day.day)


def _congratulate(program: Program, day: date, members: Sequence[UUID]) -> int:
    # The day's first moment, so that telling it again tells the same.
    at = first_instant(datetime.combine(day, time()), ZoneInfo(program.timezone)).astimezone(UTC)
    recorded = told(
        "birthdays",
        [
            EventRequest(
                names=Names(program=str(program.pk), member=str(member_id)),
                type=BIRTHDAY,
                source=SOURCE,
                reference=_reference(member_id, day),
                occurred_at=at,
            )
            for member_id in members
        ],
    )
    return sum(answer.posted.points for answer in recorded if not answer.is_replayed)


def _reference(member_id: UUID, day: date) -> str:
    return f"birthday:{member_id}:{day.year}"
