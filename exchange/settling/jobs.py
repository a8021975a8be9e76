"""What the worker does for exchanges: one job settles a lane until nothing in it is due.

A lane has at most one job that waits, and any number may work: the rows' locks part them. So a job that lost its worker
holds up nobody, and nothing is lost when waking fails, for lanes with work are looked for every few seconds."""

from contextlib import nullcontext
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from exchange.requests.models import LANES
from exchange.settling.settling import Settled, settle_lane
from loyalty import clock
from loyalty.sql import drop_dead_connection

QUEUE = "exchange"
# A lane with more work than this lets other jobs have their turn in between.
BATCHES_MAX = 20

WAITS = "select exists (select from procrastinate_jobs where queueing_lock = %s and status = 'todo')"
WITH_WORK = """
select l from generate_series(0, %s - 1) l where exists (
  select from exchange_exchange x
  where x.lane = l and x.status in ('pending', 'processing') and not x.is_dead
    and (x.next_attempt_at is null or x.next_attempt_at <= %s) and x.created_at <= %s)
"""
# Where a broker tells of exchanges, the worker takes only what nobody has come for.
LEFT_TO_THE_BROKER = timedelta(seconds=30)


def wake(lane: int) -> None:
    """Sees to it that a job will settle this lane, unless one waits already: one short statement then, two else. To be
    called after the commit. Where a broker is set, it tells those who settle, and nothing is done here."""
    if not settings.EXCHANGE_BROKER_URL:
        _defer(lane)


def drain(lane: int) -> Settled:
    """Settles what is due in a lane, batch by batch; after many batches the rest is left to another job."""
    done = Settled()
    for _ in range(BATCHES_MAX):
        batch = settle_lane(lane)
        if not batch.total:
            return done
        done += batch
    _defer(lane)
    return done


def lanes_with_work(*, before: datetime | None = None) -> list[int]:
    """The lanes in which something is due; with `before`, something that was asked for by then."""
    now = clock.now()
    with connection.cursor() as cursor:
        cursor.execute(WITH_WORK, [LANES, now, before or datetime.max.replace(tzinfo=now.tzinfo)])
        return [lane for (lane,) in cursor.fetchall()]


@app.task(name="exchange.settle_lane", queue=QUEUE)
def settle(lane: int) -> None:
    """Settles the exchanges of a lane."""
    drop_dead_connection()
    drain(lane)


@app.periodic(cron="* * * * * */5")
@app.task(name="exchange.wake_lanes", queue=QUEUE, queueing_lock="exchange:wake_lanes")
def wake_lanes(timestamp: int) -> None:
    """Wakes the lanes in which something is due: what was put off, and what nobody was woken for."""
    drop_dead_connection()
    for lane in lanes_with_work(before=_before()):
        _defer(lane)


def _before() -> datetime:
    """Up to when exchanges must have been asked for that the worker takes."""
    return clock.now() - LEFT_TO_THE_BROKER if settings.EXCHANGE_BROKER_URL else clock.now()


def _defer(lane: int) -> None:
    name = f"exchange:{lane}"
    with connection.cursor() as cursor:
        cursor.execute(WAITS, [name])
        (waits,) = cursor.fetchone()
    if waits:
        return
    try:
        # Within somebody's transaction a refused row must not end that.
        with transaction.atomic() if connection.in_atomic_block else nullcontext():
            settle.configure(queueing_lock=name).defer(lane=lane)
    except AlreadyEnqueued:
        # Somebody woke it in between.
        return
