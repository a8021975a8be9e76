"""What the worker does for campaigns."""

from procrastinate.contrib.django import app

from loyalty import clock
from loyalty.sql import drop_dead_connection
from programs.earning.campaigns.operations import end_what_is_over

NAME = "programs.end_campaigns"


@app.periodic(cron="*/5 * * * *")
@app.task(name=NAME, queueing_lock="end_campaigns", lock="end_campaigns")
def end_campaigns(timestamp: int) -> None:
    """Calls what is over ended; what campaigns give is right without it."""
    drop_dead_connection()
    end_what_is_over(at=clock.now(), actor=f"job:{NAME}")
