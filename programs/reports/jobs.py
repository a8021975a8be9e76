"""What the worker does for the reports."""

from procrastinate.contrib.django import app

from loyalty.sql import drop_dead_connection
from programs.reports import figures


@app.periodic(cron="* * * * *")
@app.task(name="programs.fold_figures", queueing_lock="fold_figures", lock="fold_figures")
def fold_figures(timestamp: int) -> None:
    """Keeps what the first page reads short."""
    drop_dead_connection()
    figures.fold()


@app.periodic(cron="*/10 * * * *")
@app.task(name="programs.refresh_expiring", queueing_lock="refresh_expiring", lock="refresh_expiring")
def refresh_expiring(timestamp: int) -> None:
    """Counts anew what will expire."""
    drop_dead_connection()
    figures.refresh_expiring()
