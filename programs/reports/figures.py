"""What a program came to today, beside the same weekday a week ago by the same time, and in the last 30 days. A handful
of set-based questions, whatever the number of members and of entries."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.core.cache import cache
from django.db import connection

from ledger.sealing import behind_the_writes
from loyalty import clock
from loyalty.sql import rows
from programs.membership.models import Program

DAYS = 30
WEEK = timedelta(days=7)
# Who was active is asked for today and for the same day last week.
ACTIVE_DAYS_KEPT = 9
EXPIRING_DAYS = 30
EXPIRING_SECONDS_MAX = 15 * 60

BY_DAY = """
select (f.starts_at at time zone %(zone)s)::date as day, sum(f.issued)::bigint as issued,
       sum(f.redeemed)::bigint as redeemed, sum(f.expired)::bigint as expired,
       coalesce(sum(f.issued) filter (where f.starts_at <= %(then)s), 0)::bigint as issued_by_then,
       coalesce(sum(f.redeemed) filter (where f.starts_at <= %(then)s), 0)::bigint as redeemed_by_then
from programs_figures(%(unit)s, %(since)s, %(now)s + interval '1 microsecond') f group by 1
"""
COUNTS = """
select programs_active(%(unit)s, %(today)s, %(begun)s, %(now)s + interval '1 microsecond') as active,
       programs_active(%(unit)s, %(week_ago)s, %(begun_then)s, %(then)s + interval '1 microsecond') as active_then,
       programs_outstanding(%(unit)s) as outstanding,
       (select count(*) from programs_membership m
        where m.program_id = %(program)s and m.joined_at >= %(begun)s and m.joined_at <= %(now)s) as joined,
       (select count(*) from programs_membership m
        where m.program_id = %(program)s and m.joined_at >= %(begun_then)s and m.joined_at <= %(then)s) as joined_then,
       (select count(*) from programs_membership m
        where m.program_id = %(program)s and m.status <> 'closed') as members
"""
EXPIRING = """
select coalesce(sum(l.remaining), 0)::bigint as expiring
from ledger_lot l join ledger_account a on a.id = l.account_id
where a.unit_id = %s and l.is_open and l.expires_at > %s and l.expires_at <= %s
"""


@dataclass(frozen=True)
class Day:
    """What was given, spent and lost on one day of the program's calendar, in points; and up to the time of day that it
    is now."""

    day: date
    issued: int = 0
    redeemed: int = 0
    expired: int = 0
    issued_by_then: int = 0
    redeemed_by_then: int = 0


@dataclass(frozen=True)
class Measure:
    """A figure of today, and of the same weekday last week by the same time."""

    now: int
    before: int

    @property
    def percent(self) -> int | None:
        """The change in whole per cent; None when there was nothing before."""
        return (self.now - self.before) * 100 // self.before if self.before else None

    @property
    def direction(self) -> str:
        return "up" if self.now > self.before else "down" if self.now < self.before else "same"


@dataclass(frozen=True)
class Figures:
    """A program's figures. Points, but for `active`, `joined` and `members`, which count members."""

    issued: Measure
    redeemed: Measure
    active: Measure
    joined: Measure
    members: int
    outstanding: int
    expiring: int
    days: list[Day]

    @property
    def is_quiet(self) -> bool:
        """Whether nothing was given or spent in all these days."""
        return not any(day.issued or day.redeemed for day in self.days)


def figures_of(program: Program, *, now: datetime) -> Figures:
    """The figures of a program, its last 30 days from the oldest to today. Three round trips."""
    zone = ZoneInfo(program.timezone)
    local = now.astimezone(zone)
    today, week_ago = local.date(), local.date() - WEEK
    asked = {
        "unit": program.unit_id, "program": program.id, "zone": program.timezone, "now": now, "then": local - WEEK,
        "today": today, "week_ago": week_ago, "begun": _midnight(today, zone), "begun_then": _midnight(week_ago, zone),
        "since": _midnight(today - timedelta(days=DAYS - 1), zone),
    }  # fmt: skip
    found = {row["day"]: Day(**row) for row in rows(BY_DAY, asked)}
    days = [found.get(day, Day(day)) for day in (today - timedelta(days=back) for back in range(DAYS - 1, -1, -1))]
    counts, before = rows(COUNTS, asked)[0], days[-8]
    return Figures(
        issued=Measure(days[-1].issued, before.issued_by_then),
        redeemed=Measure(days[-1].redeemed, before.redeemed_by_then),
        active=Measure(counts["active"], counts["active_then"]),
        joined=Measure(counts["joined"], counts["joined_then"]),
        members=counts["members"],
        outstanding=counts["outstanding"],
        expiring=expiring(program, now=now),
        days=days,
    )


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, datetime.min.time(), zone)


def expiring(program: Program, *, now: datetime) -> int:
    """How many points expire within 30 days, unless they are spent. Reads many lots, so it is asked once in a quarter
    of an hour."""
    return cache.get_or_set(f"expiring:{program.unit_id}", lambda: _expiring(program, now), EXPIRING_SECONDS_MAX)


def _expiring(program: Program, now: datetime) -> int:
    return rows(EXPIRING, [program.unit_id, now, now + timedelta(days=EXPIRING_DAYS)])[0]["expiring"]


def fold() -> int:
    """Folds what moved since the last time into the rows that figures are read from; answers how many entries. Figures
    are true without it, and slow. Repeating it folds what came since. Raises TransactionIdsWentBack."""
    with behind_the_writes(), connection.cursor() as cursor:
        cursor.execute("select programs_fold_figures(%s, %s)", [clock.now(), ACTIVE_DAYS_KEPT])
        return cursor.fetchone()[0]


def refresh_expiring() -> None:
    """Keeps the dearest figure of the programs that run fresh, so that nobody waits for it."""
    now = clock.now()
    for program in Program.objects.exclude(status=Program.Status.ARCHIVED).only("id", "unit_id"):
        cache.set(f"expiring:{program.unit_id}", _expiring(program, now), EXPIRING_SECONDS_MAX)
