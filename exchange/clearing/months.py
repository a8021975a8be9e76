"""Months of account. Pure, no database.

A month of a pair is a month in UTC, whatever the clocks of the two programs say: so both brands read the same figures,
what the one owes and what the other owes cover the same time, and neither depends on who asks.
"""

import re
from calendar import monthrange
from datetime import UTC, date, datetime, timedelta

from loyalty.errors import NotFound

_MONTH = re.compile(r"(19|20|21)[0-9]{2}-(0[1-9]|1[0-2])\Z")


def month_named(text: str) -> date:
    """The first day of the month "2026-10". Refusals: NotFound."""
    if not _MONTH.match(text):
        raise NotFound("There is no such month; write it like 2026-10.")
    return date(int(text[:4]), int(text[5:]), 1)


def month_told(month: date) -> str:
    """2026-10."""
    return f"{month:%Y-%m}"


def month_of(moment: datetime) -> date:
    """The month in which a moment lies."""
    return moment.astimezone(UTC).date().replace(day=1)


def month_before(month: date) -> date:
    return (month - timedelta(days=1)).replace(day=1)


def month_after(month: date) -> date:
    return month + timedelta(days=monthrange(month.year, month.month)[1])


def bounds_of(month: date) -> tuple[datetime, datetime]:
    """When it begins, and when the next one does."""
    begins, ends = (datetime(day.year, day.month, 1, tzinfo=UTC) for day in (month, month_after(month)))
    return begins, ends
