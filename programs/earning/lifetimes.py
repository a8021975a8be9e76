"""When points begin to count and when they are gone, by the calendar of the program's time zone. Pure."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

SECOND, DAY = timedelta(seconds=1), timedelta(days=1)
# Points that wait for an event are available from here on, unless they are released before. The ledger's instant, told
# again here so that deciding needs no database.
UNTIL_RELEASED = datetime(9999, 12, 31, tzinfo=UTC)
MONTHS, DATES, INACTIVITY = "months", "dates", "inactivity"


@dataclass(frozen=True, slots=True, kw_only=True)
class LifeTerms:
    """How long a program's points live. They can be spent after `pending_days`, or only once the event `pending_until`
    came. They are gone by `expiry_kind`: "months": with the end of the month that is `expiry_months` after theirs
    (None: never); "dates": with the next of `expiry_dates` ("06-30") at least so many months away; "inactivity": with
    the day that is so many months after the last time that something was earned or spent."""

    timezone: str = "UTC"
    pending_days: int = 0
    pending_until: str = ""
    expiry_kind: str = MONTHS
    expiry_months: int | None = None
    expiry_dates: tuple[str, ...] = ()

    @classmethod
    def of(cls, program) -> "LifeTerms":
        """As they stand on a program (the model, or the facts that the front door reads)."""
        return cls(
            timezone=program.timezone,
            pending_days=program.pending_days,
            pending_until=program.pending_until,
            expiry_kind=program.expiry_kind,
            expiry_months=program.expiry_months,
            expiry_dates=tuple(program.expiry_dates),
        )


def life_of(
    terms: LifeTerms,
    earned_at: datetime,
    *,
    expiry_months: int | None = None,
    expiry_days: int | None = None,
    pending_days: int | None = None,
    is_purchase: bool = True,
) -> tuple[datetime, datetime | None]:
    """From when points earned at `earned_at` can be spent, and from when they are gone (None: never). What a rule says
    of its own points goes before what the program says: `expiry_months` to the end of a month, `expiry_days` to the end
    of a day, the sooner of both; `pending_days` instead of the program's days or event. What is no purchase waits for
    no event, for there is nothing that such an event could name."""
    if pending_days is None and terms.pending_until and is_purchase:
        available = UNTIL_RELEASED
    else:
        days = terms.pending_days if pending_days is None else pending_days
        available = available_at(earned_at, days, terms.timezone)
    own = []
    if expiry_months is not None:
        own.append(expires_at(earned_at, expiry_months, terms.timezone))
    if expiry_days is not None:
        own.append(_end_of(_local_day(earned_at, terms.timezone) + timedelta(days=expiry_days), terms.timezone))
    return available, min(own) if own else expiry_of(terms, earned_at)


def expiry_of(terms: LifeTerms, earned_at: datetime) -> datetime | None:
    """The instant from which points earned at `earned_at` are gone by the program's terms; None: never."""
    if terms.expiry_kind == DATES:
        return _after_next_date(terms, _local_day(earned_at, terms.timezone))
    if terms.expiry_kind == INACTIVITY:
        return extension(terms, earned_at)
    return expires_at(earned_at, terms.expiry_months, terms.timezone)


def extension(terms: LifeTerms, at: datetime) -> datetime | None:
    """To which instant all of a member's points live on when something is earned or spent at `at`: the end of the day
    `expiry_months` later. None where the program's points do not expire by inactivity."""
    if terms.expiry_kind != INACTIVITY or terms.expiry_months is None:
        return None
    return _end_of(_months_later(_local_day(at, terms.timezone), terms.expiry_months), terms.timezone)


def expires_at(earned_at: datetime, months: int | None, timezone: str) -> datetime | None:
    """The instant from which points earned at `earned_at` are gone: earned in local month M, they last until local
    month M + `months` ends, and are gone from the first instant of the month after. None: never."""
    if months is None:
        return None
    local = _local_day(earned_at, timezone)
    years, month = divmod(local.month + months, 12)
    return _begin_of(date(local.year + years, month + 1, 1), timezone)


def available_at(earned_at: datetime, days: int, timezone: str) -> datetime:
    """The instant from which points earned at `earned_at` can be spent: `days` local days later at the same time of
    the clock, so that a change to summer time neither takes nor adds an hour."""
    if days == 0:
        return earned_at.astimezone(UTC)
    zone = ZoneInfo(timezone)
    wall = earned_at.astimezone(zone).replace(tzinfo=None, fold=0)
    return first_instant(wall + timedelta(days=days), zone)


def day_of(text: str, year: int) -> date:
    """The day of the year that is written month-day; the 29th of February is the 28th where the year has none. Raises
    ValueError for what is no day of any year."""
    month, day = (int(part) for part in text.split("-"))
    date(2000, month, day)  # a leap year, so that every day of any year is one of it
    return date(year, month, min(day, monthrange(year, month)[1]))


def first_instant(wall: datetime, zone: ZoneInfo) -> datetime:
    """The first instant, in UTC, at which a clock of the zone shows `wall`; where clocks jump over it, the instant
    of the jump, for that is when they first show something later."""
    late = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if _wall(late, zone) == wall:
        return late
    # In a gap the two readings lie on both sides of the jump; halve until one second is left between them.
    early = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    while late - early > SECOND:
        middle = early + (late - early) // 2 // SECOND * SECOND
        if _wall(middle, zone) >= wall:
            late = middle
        else:
            early = middle
    return late


def _after_next_date(terms: LifeTerms, earned: date) -> datetime | None:
    least = _months_later(earned, terms.expiry_months or 0)
    # The year after has them all again, and later than `least`.
    days = [day_of(text, year) for year in (least.year, least.year + 1) for text in terms.expiry_dates]
    return _end_of(min(day for day in days if day >= least), terms.timezone) if days else None


def _months_later(day: date, months: int) -> date:
    """The same day so many months later, or the last of a month that is too short for it."""
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def _end_of(day: date, timezone: str) -> datetime:
    """The first instant of the day after."""
    return _begin_of(day + DAY, timezone)


@lru_cache(maxsize=4096)
def _begin_of(day: date, timezone: str) -> datetime:
    """The first instant of the day."""
    return first_instant(datetime(day.year, day.month, day.day), ZoneInfo(timezone))  # noqa: DTZ001 (a wall clock's reading)


def _local_day(instant: datetime, timezone: str) -> date:
    return instant.astimezone(ZoneInfo(timezone)).date()


def _wall(instant: datetime, zone: ZoneInfo) -> datetime:
    return instant.astimezone(zone).replace(tzinfo=None, fold=0)
