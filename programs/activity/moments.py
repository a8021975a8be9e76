"""Instants as people type them on a command line."""

from datetime import datetime
from zoneinfo import ZoneInfo


def moment_of(text: str, timezone: str) -> datetime:
    """An ISO 8601 time as an instant: "2011-06-15T12:00", or a date for its first instant, is of that time zone; one
    with an offset is taken at its word. Raises ValueError with a sentence."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text!r} is not a time like 2011-06-15T12:00") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(timezone))
