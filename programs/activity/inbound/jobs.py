"""What the worker does for events of other systems."""

import logging

from procrastinate.contrib.django import app

from loyalty import clock
from loyalty.sql import drop_dead_connection
from programs.activity.inbound.keeping import forget_old_contents
from programs.activity.inbound.mending import retry_due

log = logging.getLogger(__name__)


@app.periodic(cron="* * * * *")
@app.task(name="programs.retry_inbound", queueing_lock="retry_inbound", lock="retry_inbound")
def try_what_waits(timestamp: int) -> None:
    """Tries the events that wait and whose time has come, also those that were cut off."""
    drop_dead_connection()
    retry_due(at=clock.now())


@app.periodic(cron="37 3 * * *")
@app.task(name="programs.prune_inbound", queueing_lock="prune_inbound", lock="prune_inbound")
def prune_inbound(timestamp: int) -> None:
    """Forgets what events of other systems said that are older than RETENTION_EVENT_MONTHS."""
    drop_dead_connection()
    if forgotten := forget_old_contents(at=clock.now()):
        log.info("forgot what %s events of other systems said", forgotten)
