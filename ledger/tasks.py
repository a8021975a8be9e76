"""What the ledger's worker does by the clock: rolling up, sealing, and giving back holds that ran out."""

import logging

from procrastinate.contrib.django import app

from ledger import sealing, sweeping
from loyalty.sql import drop_dead_connection

log = logging.getLogger(__name__)

SEAL_ENTRIES_MAX = 1_000_000
HOLD_ACCOUNTS_MAX = 50_000


@app.periodic(cron="* * * * *")
@app.task(name="ledger.roll_up_balances", queueing_lock="roll_up_balances", lock="roll_up_balances")
def roll_up_balances(timestamp: int) -> None:
    """Keeps the tails behind the units' own accounts short."""
    drop_dead_connection()
    sweeping.roll_up()


@app.periodic(cron="* * * * *")
@app.task(name="ledger.release_holds", queueing_lock="release_holds", lock="release_holds")
def release_holds(timestamp: int) -> None:
    """Writes down which holds ran out; balances are true without it."""
    drop_dead_connection()
    sweeping.release_holds(limit=HOLD_ACCOUNTS_MAX)


@app.periodic(cron="*/5 * * * *")
@app.task(name="ledger.seal", queueing_lock="seal_ledger", lock="seal_ledger")
def seal(timestamp: int) -> None:
    """Seals what came since. The checkpoint in the log is one more place that whoever rewrites the books must reach."""
    drop_dead_connection()
    if sealing.seal(limit=SEAL_ENTRIES_MAX):
        log.info("the ledger is sealed up to %s", sealing.newest_checkpoint())
