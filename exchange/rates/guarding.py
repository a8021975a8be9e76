"""What every change of rates must pass: one at a time, no higher than was agreed, and no circle that gains."""

from datetime import datetime
from uuid import UUID

from django.db import connection

from exchange.rates.arithmetic import in_words
from exchange.rates.circles import Circle, shown
from exchange.rates.dated import gain_through
from exchange.rates.errors import RateMakesPoints, RateTooHigh
from exchange.rates.selectors import codes_of, pairs_in_time

LOCK = "select pg_advisory_xact_lock(hashtext('exchange_rates'))"


def lock_rates() -> None:
    """Rates, bonuses and agreements change one after the other: two that each make no circle could make one together.
    Held until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(LOCK)


def refuse_unsafe(from_id: UUID, to_id: UUID, since: datetime) -> None:
    """Judges what the caller, who holds the lock, wrote about the pair in this transaction, from `since` on; the
    transaction must end if it is refused. Refusals, in order of precedence: RateTooHigh, RateMakesPoints."""
    pairs = pairs_in_time(since)
    pair = next((pair for pair in pairs if pair.key == (from_id, to_id)), None)
    if pair is None:
        return
    if pair.rate_max is not None and pair.highest(since) > pair.rate_max:
        raise RateTooHigh(
            f"{shown(pair.highest(since))}, bonuses included; at most {in_words(pair.rate_max)} was agreed.",
            rate_max=in_words(pair.rate_max),
        )
    found = gain_through(pairs, pair.key, since)
    if found:
        raise _makes_points(*found)


def _makes_points(at: datetime, circle: Circle) -> RateMakesPoints:
    names = codes_of({step.start for step in circle.steps})
    steps = [
        {
            "from_program_id": str(step.start),
            "from_program_code": names[step.start],
            "to_program_id": str(step.end),
            "to_program_code": names[step.end],
            "rate": shown(step.rate),
        }
        for step in circle.steps
    ]
    words = circle.in_words(names)
    return RateMakesPoints(
        f"Points would come of nothing: {words}.", circle=steps, product=shown(circle.product), at=at.isoformat()
    )
