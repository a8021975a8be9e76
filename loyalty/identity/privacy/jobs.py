"""What the worker does for personal data: what was kept long enough goes, each night."""

import logging

from procrastinate.contrib.django import app

from loyalty import clock
from loyalty.identity.privacy.retention import apply_retention
from loyalty.sql import drop_dead_connection

log = logging.getLogger(__name__)


@app.periodic(cron="23 3 * * *")
@app.task(name="loyalty.apply_retention", queueing_lock="apply_retention", lock="apply_retention")
def apply_retention_rules(timestamp: int) -> None:
    """Takes out what was kept long enough; what is left of a very large night goes the next one."""
    drop_dead_connection()
    counts = apply_retention(at=clock.now())
    if any(counts.values()):
        log.info("kept long enough: %s", ", ".join(f"{count} {name}" for name, count in counts.items() if count))
