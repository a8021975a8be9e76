"""Quiet hours: from a time of the day to another one, across midnight too, by the wall clock of a time zone. Pure."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

MINUTE = timedelta(minutes=1)


def quiet_ends_at(at: datetime, *, timezone: str, quiet_from: time | None, quiet_until: time | None) -> datetime | None:
    """When the quiet hours end in which the instant lies; None when it lies in none. A day on which clocks are changed
    is shorter or longer, and what its wall clock leaves out begins with the next minute that there is."""
    if quiet_from is None or quiet_until is None or quiet_from == quiet_until:
        return None
    zone = ZoneInfo(timezone)
    today = at.astimezone(zone).date()
    for day in (today - timedelta(days=1), today):
        last = day if quiet_from < quiet_until else day + timedelta(days=1)
        begins, ends = _instant(day, quiet_from, zone), _instant(last, quiet_until, zone)
        if begins <= at < ends:
            return ends
    return None


def _instant(day: date, clock: time, zone: ZoneInfo) -> datetime:
    """Compared in UTC: within one zone Python compares wall clocks, which run twice through an hour in autumn."""
    wall = datetime.combine(day, clock)
    first, last = (wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    if first <= last:
        return first
    # The wall clock leaves this time out: `last` lies before the gap, `first` after its end.
    while last.astimezone(zone).replace(tzinfo=None) < wall:
        last += MINUTE
    return last
