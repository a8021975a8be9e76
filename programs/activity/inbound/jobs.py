"""What the worker does for events of other systems."""

from procrastinate.contrib.django import app

from loyalty import clock
from loyalty.sql import drop_dead_connection
from programs.activity.inbound.mending import retry_due


@app.periodic(cron="* * * * *")
@app.task(name="programs.retry_inbound", queueing_lock="retry_inbound", lock="retry_inbound")
def try_what_waits(timestamp: int) -> None:
    """Tries the events that wait and whose time has come, also those that were cut off."""
    drop_dead_connection()
    retry_due(at=clock.now())
