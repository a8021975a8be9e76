"""What the worker does for the front door."""

from uuid import UUID

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from loyalty import clock
from loyalty.sql import drop_dead_connection
from programs.activity.availability import tell_of_available
from programs.activity.expiring import expire_points
from programs.activity.submissions import complete_submission
from programs.activity.warning import warn_of_expiry

# A sweep leaves the rest of a very large day to the next one.
LOTS_MAX = 500_000


@app.task(name="programs.complete_submission", retry=RetryStrategy(max_attempts=8, exponential_wait=2))
def complete(submission_id: str) -> None:
    """Carries out an earn or redeem that was to be answered later."""
    drop_dead_connection()
    complete_submission(UUID(submission_id))


@app.periodic(cron="7 * * * *")
@app.task(name="programs.expire_points", queueing_lock="expire_points", lock="expire_points")
def expire_lapsed_points(timestamp: int) -> None:
    """Writes down which points lapsed; balances are true without it."""
    drop_dead_connection()
    expire_points(at=clock.now(), limit=LOTS_MAX)


@app.periodic(cron="11 * * * *")
@app.task(name="programs.release_pending", queueing_lock="release_pending", lock="release_pending")
def tell_of_points_that_became_available(timestamp: int) -> None:
    """Tells members that pending points became available; they count without it."""
    drop_dead_connection()
    tell_of_available(at=clock.now())


@app.periodic(cron="23 */6 * * *")
@app.task(name="programs.warn_of_expiry", queueing_lock="warn_of_expiry", lock="warn_of_expiry")
def warn_of_points_that_go(timestamp: int) -> None:
    """Warns members before points go, once; oftener than daily, so that a worker that was away loses no day."""
    drop_dead_connection()
    warn_of_expiry(at=clock.now())
