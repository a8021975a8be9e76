"""The one place where time comes from, so that tests and replays can say what time it is."""

from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime

_frozen: ContextVar[datetime | None] = ContextVar("frozen_time", default=None)


def now() -> datetime:
    """The present instant in UTC, or the one set by `at`."""
    return _frozen.get() or datetime.now(UTC)


@contextmanager
def at(moment: datetime):
    """Within this context `now()` is `moment` (which must carry an offset)."""
    assert moment.tzinfo is not None, "a moment needs an offset"
    token = _frozen.set(moment)
    try:
        yield moment
    finally:
        _frozen.reset(token)
