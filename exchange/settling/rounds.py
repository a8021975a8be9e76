"""Settling by hand: lane after lane, once or until nothing waits."""

import os
import time
from collections.abc import Callable, Sequence

from django.db import connection

from exchange.requests.models import LANES
from exchange.settling.settling import BATCH, Settled, settle_lane
from loyalty import clock

PAUSE_SECONDS = 0.2

DUE = """
select count(*) from exchange_exchange
where status in ('pending', 'processing') and not is_dead and lane = any(%s)
  and (next_attempt_at is null or next_attempt_at <= %s)
"""
WAITING = """
select count(*) from exchange_exchange where status in ('pending', 'processing') and not is_dead and lane = any(%s)
"""


def lanes_of(lane: int | None) -> Sequence[int]:
    """The one lane or all, beginning anywhere, so that several who begin at once part at once."""
    if lane is not None:
        return (lane,)
    return [(os.getpid() + n) % LANES for n in range(LANES)]


def due(lanes: Sequence[int]) -> int:
    """How many exchanges of these lanes can be settled now, as far as nobody is ahead of them."""
    return _count(DUE, [list(lanes), clock.now()])


def settle_lanes(
    lanes: Sequence[int],
    *,
    limit: int | None = None,
    batch: int = BATCH,
    until_empty: bool = False,
    progress: Callable[[int], None] = lambda done: None,
) -> Settled:
    """Settles what is due in these lanes, `batch` at once and about `limit` exchanges at most; with `until_empty` it
    waits for those that are put off or in others' hands, until nothing but dead ones is left. Ended anywhere and done
    again, by many at once too, each exchange is settled once."""
    done = Settled()
    while limit is None or done.total < limit:
        before = done.total
        for lane in lanes:
            while limit is None or done.total < limit:
                settled = settle_lane(lane, limit=batch if limit is None else min(batch, limit - done.total))
                done += settled
                progress(done.total)
                if not settled.total:
                    break
        if done.total == before:
            if not until_empty or not _count(WAITING, [list(lanes)]):
                break
            time.sleep(PAUSE_SECONDS)
    return done


def _count(sql: str, params: list) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchone()[0]
