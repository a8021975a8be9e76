"""What the worker does for the history of changes."""

import logging

from procrastinate.contrib.django import app

from loyalty.history import sealing
from loyalty.sql import drop_dead_connection

log = logging.getLogger(__name__)

CHANGES_MAX = 500_000


@app.periodic(cron="*/5 * * * *")
@app.task(name="loyalty.seal_history", queueing_lock="seal_history", lock="seal_history")
def seal(timestamp: int) -> None:
    """Seals what was changed since. The checkpoint in the log is one more place that whoever rewrites must reach."""
    drop_dead_connection()
    if sealing.seal(limit=CHANGES_MAX):
        log.info("the history is sealed up to %s", sealing.newest_checkpoint())
