"""What the worker does for codes."""

from datetime import timedelta

from procrastinate.contrib.django import app

from loyalty import clock
from loyalty.sql import drop_dead_connection
from programs.rewards.qr.scanning import forget_used_tokens

KEPT = timedelta(days=30)
"""How long what was used is kept after its time: tills without a line come late, and keys may be asked again."""

AT_ONCE, ROUNDS_MAX = 10_000, 100


@app.periodic(cron="47 * * * *")
@app.task(name="programs.forget_used_tokens", queueing_lock="forget_used_tokens")
def forget_used_codes(timestamp: int) -> None:
    """Deletes what was written of codes whose time was over a month ago, a million in a run at most."""
    drop_dead_connection()
    for _ in range(ROUNDS_MAX):
        if forget_used_tokens(before=clock.now() - KEPT, limit=AT_ONCE) < AT_ONCE:
            return
