"""What the worker does for long work: carries it on, and tidies up behind it."""

from datetime import timedelta

from django.db import connection
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from loyalty import clock
from loyalty.runs.carrying import carry_on, fail
from loyalty.runs.models import Run
from loyalty.runs.operations import enqueue
from loyalty.sql import drop_dead_connection

TRIES_MAX = 8
FILES_KEPT_DAYS = 7

WITHOUT_A_JOB = """
select r.id from loyalty_run r where r.status = 'running' and not exists (
  select from procrastinate_jobs j where j.lock = 'run:' || r.id and j.status in ('todo', 'doing'))
"""


@app.task(
    name="loyalty.carry_on_run", pass_context=True, retry=RetryStrategy(max_attempts=TRIES_MAX, exponential_wait=2)
)
def carry_on_run(context, run_id: str) -> None:
    """Carries a run on for a while; tried again when the database was lost."""
    drop_dead_connection()
    run = Run(pk=run_id)
    try:
        carry_on(run)
    except Exception as fault:
        if context.job.attempts >= TRIES_MAX:
            fail(run, fault)
        raise


@app.periodic(cron="*/10 * * * *")
@app.task(name="loyalty.tidy_runs", queueing_lock="tidy_runs", lock="tidy_runs")
def tidy_runs(timestamp: int) -> None:
    """Deletes files a week after their run was asked for, and finds runs whose job was lost."""
    drop_dead_connection()
    old = Run.objects.filter(created_at__lt=clock.now() - timedelta(days=FILES_KEPT_DAYS))
    old.filter(file__isnull=False).update(file=None)
    old.filter(status=Run.Status.WAITING).update(status=Run.Status.CANCELLED, finished_at=clock.now())
    with connection.cursor() as cursor:
        cursor.execute(WITHOUT_A_JOB)
        for (run_id,) in cursor.fetchall():
            enqueue(Run(pk=run_id))
