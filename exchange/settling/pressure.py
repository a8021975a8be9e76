"""How much waits to be settled and for how long, and whether more can be taken."""

import time
from collections.abc import Iterator
from dataclasses import dataclass

from django.conf import settings
from django.db import DatabaseError, connection
from prometheus_client.core import GaugeMetricFamily

from exchange.requests.errors import ExchangeBacklog
from loyalty import clock

CACHE_SECONDS = 1
RETRY_AFTER_SECONDS = 10

# What is put off has waited since it was to be tried again; what is dead waits for a person and not for a worker.
ASKED = """
select count(*) filter (where not is_dead),
       coalesce(floor(extract(epoch from %s - min(coalesce(next_attempt_at, created_at)) filter (where not is_dead))),
                0)::int,
       count(*) filter (where is_dead)
from exchange_exchange where status in ('pending', 'processing')
"""


@dataclass(frozen=True, slots=True)
class Pressure:
    """`pending` exchanges wait to be settled, the one that is due for longest since `oldest_seconds`; `dead` ones wait
    for somebody to look."""

    pending: int
    oldest_seconds: int
    dead: int


_latest: tuple[int, Pressure] | None = None


def pressure() -> Pressure:
    """What waits now, or did up to a second ago: one query a second in each process, however often it is asked."""
    global _latest
    now = time.monotonic_ns()
    if _latest is None or now - _latest[0] >= CACHE_SECONDS * 1_000_000_000:
        _latest = now, read()
    return _latest[1]


def read() -> Pressure:
    """What waits now, from the database."""
    with connection.cursor() as cursor:
        cursor.execute(ASKED, [clock.now()])
        pending, oldest_seconds, dead = cursor.fetchone()
    return Pressure(pending, max(oldest_seconds, 0), dead)


def forget() -> None:
    """Has the next question asked of the database."""
    global _latest
    _latest = None


def refuse_when_behind() -> None:
    """Raises ExchangeBacklog while more exchanges wait than EXCHANGE_PENDING_MAX, or one has been due for longer than
    EXCHANGE_LAG_SECONDS_MAX. Changes nothing."""
    found = pressure()
    if found.pending >= settings.EXCHANGE_PENDING_MAX or found.oldest_seconds > settings.EXCHANGE_LAG_SECONDS_MAX:
        raise ExchangeBacklog(retry_after=RETRY_AFTER_SECONDS)


class ExchangeFigures:
    """The same for /metrics."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        try:
            found = pressure()
        except DatabaseError:
            return
        yield GaugeMetricFamily("loyalty_exchanges_waiting", "Exchanges to be settled.", value=found.pending)
        yield GaugeMetricFamily(
            "loyalty_exchanges_lag_seconds", "Since when the exchange waits that is due for longest.",
            value=found.oldest_seconds,
        )  # fmt: skip
        yield GaugeMetricFamily("loyalty_exchanges_dead", "Exchanges that wait for a person.", value=found.dead)


figures = ExchangeFigures()
