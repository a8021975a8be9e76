"""What the worker does for requests that nobody decided on."""

from datetime import timedelta

from procrastinate.contrib.django import app

from loyalty import clock
from loyalty.identity.approvals.operations import LAPSE_DAYS, lapse_requests
from loyalty.sql import drop_dead_connection


@app.periodic(cron="37 4 * * *")
@app.task(name="loyalty.lapse_requests", queueing_lock="lapse_requests", lock="lapse_requests")
def lapse(timestamp: int) -> None:
    """Ends requests that have waited for too long: what they ask for was meant for another day."""
    drop_dead_connection()
    lapse_requests(before=clock.now() - timedelta(days=LAPSE_DAYS))
