"""Members' tiers brought up to date with what counts and what the program keeps, by the ten thousand: the database does
it. Tiers are read right without it; it makes the books say so, with an event that tells, and warns of endings."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Exists, OuterRef

from loyalty import clock
from programs.membership.models import Membership, Program, Tier, TierChange

CHUNK = 5_000
REASSESS = "select * from programs_reassess_tiers(%s, %s, %s, %s, %s, %s)"
RAISE = "select programs_raise_tiers(%s::bigint[], %s)"
LOWER = "select programs_lower_tiers(%s::bigint[], %s)"
LEAVE = "select programs_leave_tiers(%s, %s, %s)"


@dataclass(frozen=True, slots=True)
class Assessment:
    """What became of members: how many were looked at, rose, fell, and were told that their tier is going to end."""

    members: int = 0
    ups: int = 0
    downs: int = 0
    warned: int = 0

    @property
    def unchanged(self) -> int:
        return self.members - self.ups - self.downs

    def __add__(self, other: "Assessment") -> "Assessment":
        return Assessment(
            self.members + other.members, self.ups + other.ups, self.downs + other.downs, self.warned + other.warned
        )


def assessed_programs(program: Program | None = None) -> list[Program]:
    """The programs whose members have tiers to be assessed, this one only if it is given; not those that ended."""
    programs = Program.objects.filter(Exists(Tier.objects.filter(program=OuterRef("pk"))))
    programs = programs.exclude(status=Program.Status.ARCHIVED)
    return list(programs.filter(pk=program.pk) if program else programs)


def members_to_assess(program: Program | None = None) -> int:
    """How many members that is."""
    memberships = Membership.objects.filter(program__in=assessed_programs(program))
    return memberships.exclude(status=Membership.Status.CLOSED).count()


def reassess_tiers(
    *,
    at: datetime,
    program: Program | None = None,
    limit: int | None = None,
    dry_run: bool = False,
    is_program_change: bool = False,
    progress: Callable[[int], None] = lambda members: None,
) -> Assessment:
    """Gives the members of one program, or of all, the tiers that they have at `at`, and warns of those that end soon;
    about `limit` members at most. Each chunk is a transaction of its own; members whose tier has changed after `at`
    stay as they are. Repeating it changes nothing. `is_program_change`: it is the program that changed, and the log
    says so. With `dry_run` nothing changes and it says what would."""
    reasons = (
        (TierChange.Reason.PROGRAM, TierChange.Reason.PROGRAM)
        if is_program_change
        else (TierChange.Reason.REACHED, TierChange.Reason.LAPSED)
    )
    total = Assessment()
    for each in assessed_programs(program):
        after: UUID | None = None
        while limit is None or total.members < limit:
            size = CHUNK if limit is None else min(CHUNK, limit - total.members)
            after, found = _assess_chunk([each.pk, after, size, at, *reasons], dry_run=dry_run)
            total += found
            if not found.members:
                break
            progress(total.members)
    return total


def _assess_chunk(asked: list, *, dry_run: bool) -> tuple[UUID | None, Assessment]:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(REASSESS, asked)
        last, *counts = cursor.fetchone()
        if dry_run:
            transaction.set_rollback(True)
    return last, Assessment(*counts)


def raise_tiers(account_ids: Iterable[int], *, at: datetime) -> None:
    """Lets members go up whose ledger accounts were given points at `at` otherwise than by purchases, which see to it
    themselves. Repeating it changes nothing."""
    _call(RAISE, list(account_ids), at)


def lower_tiers(account_ids: Iterable[int], *, at: datetime) -> None:
    """Lets members go down, or their grace begin, from whose ledger accounts points were taken back at `at` otherwise
    than by returns. Repeating it changes nothing."""
    _call(LOWER, list(account_ids), at)


def _call(statement: str, account_ids: list[int], at: datetime) -> None:
    if account_ids:
        with connection.cursor() as cursor:
            cursor.execute(statement, [account_ids, at])


def leave_tiers(tiers: Iterable[Tier], *, actor: str) -> None:
    """Takes members out of tiers that are about to be removed: they have the next lower one, and the log says that the
    program changed. In the caller's transaction; repeating it changes nothing."""
    with connection.cursor() as cursor:
        cursor.execute(LEAVE, [[tier.id for tier in tiers], clock.now(), actor])
