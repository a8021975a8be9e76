"""When a delivery that failed is tried again, and how long an endpoint that keeps failing rests. Pure but for the
waits themselves, which are a setting."""

import random
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from django.conf import settings

WAITS = tuple(timedelta(seconds=float(seconds)) for seconds in settings.WEBHOOKS_RETRY_SECONDS)
TRIES_MAX = len(WAITS) + 1
JITTER_PERCENT = 10
RETRY_AFTER_MAX = timedelta(hours=24)
FAILURES_BEFORE_REST = 10
FAILING_MAX = timedelta(days=5)


def jittered(wait: timedelta) -> timedelta:
    """The wait give or take a tenth, so that what failed together does not come back together."""
    return wait * random.randint(100 - JITTER_PERCENT, 100 + JITTER_PERCENT) / 100  # noqa: S311


def wait_after(tries: int) -> timedelta | None:
    """How long to wait after so many tries that failed; None: it is given up."""
    return jittered(WAITS[tries - 1]) if tries < TRIES_MAX else None


def rest_after(failures: int) -> timedelta | None:
    """How long an endpoint rests after so many failures in a row; None: it does not."""
    if failures < FAILURES_BEFORE_REST:
        return None
    return jittered(WAITS[min(failures - FAILURES_BEFORE_REST, len(WAITS) - 1)])


def retry_after(text: str, at: datetime) -> timedelta | None:
    """What a `Retry-After` header asks for: seconds or a date, no less than nothing and at most a day; None where it
    cannot be read."""
    text = text.strip()
    if text.isascii() and text.isdigit():
        wait = timedelta(seconds=min(int(text[:9]), int(RETRY_AFTER_MAX.total_seconds())))
    else:
        try:
            until = parsedate_to_datetime(text)
        except (ValueError, OverflowError):
            # Years and offsets of hundreds of digits are beyond what the parser foresees.
            return None
        wait = (until if until.tzinfo else until.replace(tzinfo=UTC)) - at
    return min(max(wait, timedelta(0)), RETRY_AFTER_MAX)
