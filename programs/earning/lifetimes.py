"""When points begin to count and when they are gone, by the calendar of the program's time zone. Pure."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

SECOND = timedelta(seconds=1)


def expires_at(earned_at: datetime, months: int | None, timezone: str) -> datetime | None:
    """The instant from which points earned at `earned_at` are gone: earned in local month M, they last until local
    month M + `months` ends, and are gone from the first instant of the month after. None: never."""
    if months is None:
        return None
    zone = ZoneInfo(timezone)
    local = earned_at.astimezone(zone)
    years, month = divmod(local.month + months, 12)
    return first_instant(datetime(local.year + years, month + 1, 1), zone)  # noqa: DTZ001 (a wall clock's reading)


def available_at(earned_at: datetime, days: int, timezone: str) -> datetime:
    """The instant from which points earned at `earned_at` can be spent: `days` local days later at the same time of
    the clock, so that a change to summer time neither takes nor adds an hour."""
    if days == 0:
        return earned_at.astimezone(UTC)
    zone = ZoneInfo(timezone)
    wall = earned_at.astimezone(zone).replace(tzinfo=None, fold=0)
    return first_instant(wall + timedelta(days=days), zone)


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


def _wall(instant: datetime, zone: ZoneInfo) -> datetime:
    return instant.astimezone(zone).replace(tzinfo=None, fold=0)
