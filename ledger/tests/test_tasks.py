"""The ledger's jobs by the clock: known to the worker, and safe to run at any time."""

import pytest
from procrastinate.contrib.django import app

from ledger import tasks
from ledger.reconciliation import reconcile
from ledger.tests.books import clean, day
from loyalty import clock

NAMES = {"ledger.roll_up_balances", "ledger.release_holds", "ledger.seal"}


def test_the_worker_knows_the_jobs_and_when_to_run_them():
    assert set(app.tasks) >= NAMES
    assert {name for name, _ in app.periodic_registry.periodic_tasks} >= NAMES


@pytest.mark.django_db
def test_each_job_runs_over_a_story_and_leaves_the_books_in_order(book):
    book.earn(100, 0)
    book.do("hold", 60, 1, expires_at=day(2))

    with clock.at(day(3)):
        for job in (tasks.release_holds, tasks.roll_up_balances, tasks.seal):
            job(timestamp=0)
            job(timestamp=0)

    assert book.history == [("earn", 100), ("hold", -60), ("release", 60)]
    assert clean(reconcile())
