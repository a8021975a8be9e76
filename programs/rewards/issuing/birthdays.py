"""Vouchers for birthdays: every active member of a program gets its birthday rewards once a year. Birth dates lie
encrypted, so each has to be opened to be looked at: that takes some seconds for a hundred thousand members."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Q

from loyalty.identity.models import Member
from programs.activity.birthdays import READ_AT_ONCE, is_birthday
from programs.earning.lifetimes import first_instant
from programs.membership.models import Membership, Program
from programs.rewards.catalogue.errors import OutOfStock
from programs.rewards.catalogue.giving import give_reward
from programs.rewards.models import Reward, Voucher
from programs.rewards.vouchers.errors import AlreadyGiven

ACTOR = "system:birthdays"
DAYS_BACK = 3
"""A day that was missed is made up for so many days later."""


@dataclass(frozen=True, slots=True)
class Gifts:
    """How many vouchers were given, or would be, and how many could not be for want of stock."""

    given: int = 0
    lacking: int = 0


@dataclass(frozen=True, slots=True)
class _Due:
    """A member who has not got the reward for the birthday of that day."""

    reward: Reward
    member_id: UUID
    day: date

    @property
    def occasion(self) -> str:
        return f"birthday:{self.day.year}:{self.reward.code}"


def award_birthday_vouchers(
    *,
    at: datetime,
    program: Program | None = None,
    limit: int | None = None,
    dry_run: bool = False,
    progress: Callable[[int], None] = lambda vouchers: None,
) -> Gifts:
    """Gives every active member whose birthday is the day of `at` by their program's calendar, or was up to three days
    before, each birthday reward of the program that is on offer, `limit` vouchers at most; who was born on the 29th of
    February has it on the 28th in common years. Each voucher is a transaction of its own and takes one of the stock;
    when there is none left the others of the reward go without, until there is. Done again, in part or whole, or by two
    at once, each member gets each reward once a year. With `dry_run` nothing changes and it says how many are due."""
    done = Gifts()
    sold_out: set[UUID] = set()
    for due in _due(at, program):
        if limit is not None and done.given >= limit:
            break
        if due.reward.pk in sold_out:
            done = Gifts(done.given, done.lacking + 1)
            continue
        try:
            given = True if dry_run else _give(due, at)
        except OutOfStock:
            sold_out.add(due.reward.pk)
            done = Gifts(done.given, done.lacking + 1)
            continue
        done = Gifts(done.given + given, done.lacking)
        progress(done.given)
    return done


@transaction.atomic
def _give(due: _Due, at: datetime) -> bool:
    """Whether the member got it now, and not from somebody else at the same moment. Refusals: OutOfStock."""
    member = Member.objects.get(pk=due.member_id)
    try:
        with transaction.atomic():
            give_reward(due.reward, member, kind=Voucher.Kind.BIRTHDAY, occasion=due.occasion, actor=ACTOR, at=at)
    except AlreadyGiven:
        return False
    return True


def _due(at: datetime, program: Program | None) -> Iterator[_Due]:
    """Who is to get what, program by program, in an order that is the same for all who ask."""
    rewards = _rewards(at, program)
    for one in {reward.program_id: reward.program for reward in rewards}.values():
        born = list(_born(one, at))
        for reward in rewards:
            if reward.program_id == one.pk:
                due = [_Due(reward, member_id, day) for member_id, day in born]
                known = _known(one, due)
                yield from (each for each in due if (each.member_id, each.occasion) not in known)


def _rewards(at: datetime, program: Program | None) -> list[Reward]:
    """The birthday rewards that are on offer."""
    found = Reward.objects.filter(
        Q(starts_at__isnull=True) | Q(starts_at__lte=at),
        Q(ends_at__isnull=True) | Q(ends_at__gt=at),
        is_birthday_gift=True,
        status=Reward.Status.ACTIVE,
        program__status=Program.Status.ACTIVE,
    )
    found = found.filter(program=program) if program else found
    return list(found.select_related("program").order_by("program_id", "pk"))


def _born(program: Program, at: datetime) -> Iterator[tuple[UUID, date]]:
    """The active members whose birthday it is or was lately, and on which day: those who had joined by then."""
    zone = ZoneInfo(program.timezone)
    today = at.astimezone(zone).date()
    days = [today - timedelta(days=back) for back in range(DAYS_BACK + 1)]
    ends = {day: first_instant(datetime.combine(day + timedelta(days=1), time()), zone) for day in days}
    parts = Membership.objects.filter(
        program=program, status=Membership.Status.ACTIVE, member__is_active=True, member__birth_date__isnull=False
    )
    reading = parts.select_related("member").order_by("member_id")
    reading = reading.only("joined_at", "member__data_key", "member__birth_date")
    for part in reading.iterator(chunk_size=READ_AT_ONCE):
        birth_date = part.member.birth_date
        for day in days:
            if is_birthday(birth_date, day) and part.joined_at < ends[day]:
                yield part.member_id, day
                break


def _known(program: Program, due: list[_Due]) -> set[tuple[UUID, str]]:
    """Who was given what already."""
    found = Voucher.objects.filter(
        program=program,
        member__in={each.member_id for each in due},
        occasion__in={each.occasion for each in due},
    )
    return set(found.values_list("member_id", "occasion"))
