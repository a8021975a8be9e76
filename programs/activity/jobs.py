"""What the worker does for the front door."""

from uuid import UUID

from django.db import close_old_connections
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from programs.activity.submissions import complete_submission


@app.task(name="programs.complete_submission", retry=RetryStrategy(max_attempts=8, exponential_wait=2))
def complete(submission_id: str) -> None:
    """Carries out an earn or redeem that was to be answered later."""
    # A worker's thread keeps its connection from job to job, and the server may have gone in between.
    close_old_connections()
    complete_submission(UUID(submission_id))
