"""Jobs: enqueued with their transaction, taken up again when their worker dies."""

import subprocess
import sys

import pytest
from django.db import connection, transaction
from procrastinate.contrib.django import app

from loyalty.tests.checkout import ROOT, environment

TASK = "loyalty.prune_lapsed"


def defer(**options) -> int:
    """Enqueues a job that does next to nothing."""
    return app.configure_task(TASK, **options).defer(timestamp=0)


def states() -> list[str]:
    """Of the jobs enqueued here: at some minutes of the hour a worker enqueues one of its own, with the time."""
    jobs = "select status::text from procrastinate_jobs where task_name = %s and args ->> 'timestamp' = '0' order by id"
    with connection.cursor() as cursor:
        cursor.execute(jobs, [TASK])
        return [status for (status,) in cursor.fetchall()]


def execute(sql: str, *parameters):
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchone()[0] if cursor.description else None


@pytest.fixture
def work(database_url):
    """Runs a worker, in a process of its own, until no job is left; gives its exit code."""

    def run() -> int:
        command = [sys.executable, str(ROOT / "manage.py"), "worker", "--until-empty"]
        return subprocess.run(command, env=environment(DATABASE_URL=database_url), check=False, timeout=60).returncode

    return run


@pytest.fixture
def dead_worker(transactional_db) -> int:
    """A worker that was last heard of an hour ago."""
    return execute("insert into procrastinate_workers (last_heartbeat) values (now() - interval '1 hour') returning id")


def give_to(worker: int, job: int) -> None:
    execute("update procrastinate_jobs set status = 'doing', worker_id = %s where id = %s", worker, job)


def test_a_job_whose_transaction_fails_never_was(transactional_db):
    with pytest.raises(RuntimeError), transaction.atomic():
        defer()
        raise RuntimeError("the change failed")

    assert states() == []


def test_a_worker_does_what_there_is(work):
    defer()

    assert work() == 0
    assert states() == ["succeeded"]


def test_the_job_of_a_dead_worker_runs_again(work, dead_worker):
    give_to(dead_worker, defer())
    app.tasks["loyalty.retry_stalled_jobs"].defer(timestamp=0)

    work()
    work()

    assert states() == ["succeeded"]


def test_a_dead_workers_job_makes_way_for_its_successor(work, dead_worker):
    give_to(dead_worker, defer(queueing_lock="only-one"))
    defer(queueing_lock="only-one", schedule_in={"hours": 1})
    app.tasks["loyalty.retry_stalled_jobs"].defer(timestamp=0)

    work()

    assert states() == ["aborted", "todo"]


def test_old_jobs_go_and_recent_ones_stay(work):
    defer()
    work()
    execute("update procrastinate_events set at = now() - interval '25 hours'")
    defer()
    app.tasks["loyalty.prune_jobs"].defer(timestamp=0)

    work()

    assert states() == ["succeeded"]


def test_what_has_run_out_is_deleted(work):
    execute("insert into django_session values ('old', 'x', now() - interval '1 day'), ('new', 'x', now() + '1 day')")
    app.tasks["loyalty.prune_lapsed"].defer(timestamp=0)

    work()

    assert execute("select string_agg(session_key, ',') from django_session") == "new"


def test_a_worker_that_loses_its_database_ends_with_an_error(database_url):
    command = [sys.executable, str(ROOT / "manage.py"), "worker"]
    nowhere = environment(DATABASE_URL="postgres://postgres@127.0.0.1:1/none")

    assert subprocess.run(command, env=nowhere, check=False, timeout=60, capture_output=True).returncode != 0
