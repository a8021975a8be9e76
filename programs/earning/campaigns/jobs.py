"""What the worker does for campaigns and for the rules in force."""

from procrastinate.contrib.django import app

from loyalty import clock
from loyalty.sql import drop_dead_connection
from programs.earning.campaigns.operations import end_what_is_over
from programs.earning.editions import renew_outdated

NAME = "programs.end_campaigns"


@app.periodic(cron="*/5 * * * *")
@app.task(name=NAME, queueing_lock="end_campaigns", lock="end_campaigns")
def end_campaigns(timestamp: int) -> None:
    """Calls what is over ended; what campaigns give is right without it. Reads the rules of programs anew that have
    another clock or money by now."""
    drop_dead_connection()
    end_what_is_over(at=clock.now(), actor=f"job:{NAME}")
    renew_outdated(actor=f"job:{NAME}")
