"""What the worker does for stamp cards."""

from procrastinate.contrib.django import app

from loyalty import clock
from loyalty.sql import drop_dead_connection
from programs.rewards.stamps.expiring import close_expired_sheets


@app.periodic(cron="17 * * * *")
@app.task(name="programs.close_stamp_sheets", queueing_lock="close_stamp_sheets", lock="close_stamp_sheets")
def close_stamp_sheets(timestamp: int) -> None:
    """Closes the sheets whose time is over; they take no stamps without it."""
    drop_dead_connection()
    close_expired_sheets(at=clock.now())
