"""What the worker does for the log: partitions are there before they are needed."""

import logging

from procrastinate.contrib.django import app

from loyalty.events.partitions import open_ahead
from loyalty.sql import drop_dead_connection

log = logging.getLogger(__name__)


@app.periodic(cron="41 * * * *")
@app.task(name="loyalty.open_event_partitions", queueing_lock="open_event_partitions", lock="open_event_partitions")
def open_event_partitions(timestamp: int) -> None:
    """Keeps two partitions ahead of the one that is being filled."""
    drop_dead_connection()
    if opened := open_ahead():
        log.info("opened %s", ", ".join(opened))
