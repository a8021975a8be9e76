"""The job queue's own housekeeping, and running a worker. Jobs are enqueued through `procrastinate.contrib.django.app`,
on Django's connection, so a job exists exactly when the transaction that asked for it commits."""

import asyncio
import logging
import signal
from datetime import timedelta

from django.core.cache import cache
from django.core.management import call_command
from procrastinate import PsycopgConnector
from procrastinate.contrib.django import app
from procrastinate.contrib.django.utils import connector_params
from procrastinate.exceptions import UniqueViolation
from procrastinate.jobs import Status

from loyalty import clock
from loyalty.history.acting import acting
from loyalty.http.idempotency import forget_keys
from loyalty.sql import drop_dead_connection

log = logging.getLogger(__name__)

HEARTBEAT_SECONDS_MAX = 30
# A worker that waits longer for the database ends, so that its successor connects anew at once: the pool itself tries
# ever less often, and the usual half a minute is a long time for jobs to lie.
CONNECTION_SECONDS_MAX = 5
SUCCEEDED_KEPT_HOURS = 24
FAILED_KEPT_HOURS = 30 * 24
KEYS_KEPT_DAYS = 30
# They move points or fold figures, in statements that must be quick, and change nothing that has a history.
JOBS_WITHOUT_HISTORY = frozenset(
    {
        *("programs.complete_submission", "programs.expire_points", "programs.fold_figures"),
        *("programs.refresh_expiring", "ledger.roll_up_balances", "ledger.seal", "ledger.release_holds"),
        *("loyalty.seal_history", "loyalty.prune_lapsed", "programs.pass_on", "programs.warn_of_expiry"),
        *("programs.release_pending", "programs.record_joined", "programs.award_birthdays"),
        *("programs.hand_out_grants", "programs.expire_vouchers", "programs.award_birthday_vouchers"),
        *("exchange.settle_lane", "exchange.wake_lanes", "loyalty.send_notifications", "loyalty.prune_notifications"),
        "programs.warn_of_vouchers",
        "loyalty.prune_deliveries",
    }
)


@app.periodic(cron="* * * * * */30")
@app.task(name="loyalty.retry_stalled_jobs", queueing_lock="retry_stalled_jobs", pass_context=True)
async def retry_stalled_jobs(context, timestamp: int) -> None:
    """Puts the jobs of workers that fell silent back into the queue; without it they would stay "doing" for ever. One
    whose like is waiting already (they share a queueing lock) is dropped instead."""
    manager = context.app.job_manager
    for job in await manager.get_stalled_jobs(seconds_since_heartbeat=HEARTBEAT_SECONDS_MAX):
        try:
            await manager.retry_job(job)
            log.warning("job %s (%s) lost its worker and runs again", job.id, job.task_name)
        except UniqueViolation:
            await manager.finish_job_by_id_async(job.id, status=Status.ABORTED, delete_job=False)
            log.warning("job %s (%s) lost its worker and makes way for its successor", job.id, job.task_name)


@app.periodic(cron="17 * * * *")
@app.task(name="loyalty.prune_jobs", queueing_lock="prune_jobs", pass_context=True)
async def prune_jobs(context, timestamp: int) -> None:
    """Deletes jobs that succeeded a day ago and those that ended otherwise a month ago."""
    manager = context.app.job_manager
    await manager.delete_old_jobs(nb_hours=SUCCEEDED_KEPT_HOURS)
    await manager.delete_old_jobs(
        nb_hours=FAILED_KEPT_HOURS, include_failed=True, include_cancelled=True, include_aborted=True
    )


@app.periodic(cron="27 * * * *")
@app.task(name="loyalty.prune_lapsed", queueing_lock="prune_lapsed")
def prune_lapsed(timestamp: int) -> None:
    """Deletes what has run out and nobody reads again: sessions, refresh tokens, idempotency keys, cache entries."""
    drop_dead_connection()
    call_command("clearsessions")
    call_command("flushexpiredtokens")
    forget_keys(before=clock.now() - timedelta(days=KEYS_KEPT_DAYS))
    # Only the cache in PostgreSQL needs it; Redis forgets by itself.
    if cull := getattr(cache, "cull", None):
        cull()


def act_as_the_job(call_next, context, worker):
    """Around each job: what it changes is kept as done by it, or by whom it says, in it."""
    name = context.job.task_name
    if name in JOBS_WITHOUT_HISTORY:
        return call_next()
    with acting(actor=f"job:{name}", via=f"job:{name}"):
        return call_next()


def run_worker(*, queues: list[str] | None, concurrency: int, until_empty: bool = False) -> bool:
    """Works until asked to stop by SIGTERM or SIGINT (jobs at hand are finished first), or, with `until_empty`, until
    there is nothing to do. False when it ended for another reason: it lost the database."""

    async def work() -> bool:
        is_asked = until_empty
        runner = app.with_connector(PsycopgConnector(kwargs=connector_params(), timeout=CONNECTION_SECONDS_MAX))
        async with runner.open_async():
            task = asyncio.create_task(
                runner.run_worker_async(
                    queues=queues,
                    concurrency=concurrency,
                    wait=not until_empty,
                    install_signal_handlers=False,
                    task_middleware=[act_as_the_job],
                )
            )

            def ask() -> None:
                nonlocal is_asked
                is_asked = True
                task.cancel()

            loop = asyncio.get_running_loop()
            for number in (signal.SIGTERM, signal.SIGINT):
                loop.add_signal_handler(number, ask)
            try:
                await task
            except asyncio.CancelledError:
                if not is_asked:
                    raise
        return is_asked

    return asyncio.run(work())
