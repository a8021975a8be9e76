"""An import of members whose process is killed in the middle goes on exactly there: nothing twice, nothing lost."""

import os
import signal
import subprocess
import sys
import time

import pytest
from django.conf import settings
from django.db import connection

from ledger.models import Posting
from ledger.selectors import balances
from loyalty.identity.models import BrandMember
from loyalty.identity.selectors import person_principal
from loyalty.runs import operations
from loyalty.runs.carrying import carry_on
from loyalty.runs.models import Run
from programs.activity.member_import.work import CHUNK, KIND
from programs.membership.models import Membership

ROWS = 8 * CHUNK
FILE = "id,name,balance\n" + "".join(f"k{n},Person {n},{n % 7 + 1}\n" for n in range(ROWS))


def work_in_a_process(run, database_url):
    """A process that works on the run as a worker does."""
    said = (
        f"from loyalty.runs.carrying import carry_on; from loyalty.runs.models import Run; carry_on(Run(pk='{run.pk}'))"
    )
    return subprocess.Popen(
        [sys.executable, "manage.py", "shell", "-v", "0", "-c", said],
        cwd=settings.BASE_DIR,
        env=os.environ | {"DATABASE_URL": database_url},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def wait_for_its_last_statement():
    """The server may still be busy with what the process sent last."""
    others = "select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
    for _ in range(500):
        with connection.cursor() as cursor:
            cursor.execute(f"{others} and state <> 'idle'")
            if not cursor.fetchone()[0]:
                return
        time.sleep(0.01)


@pytest.mark.django_db(transaction=True)
def test_an_import_killed_twice_goes_on_where_it_was_and_ends_with_every_member_once(
    cafe, beans, manager, database_url
):
    asked = {
        "columns": {"id": "external_id", "name": "name", "balance": "opening_balance"},
        "points_program": str(beans.id),
    }
    chief = person_principal(manager.id, token_version=manager.token_version)
    run = operations.start(KIND, cafe, chief, asked, file=FILE, reason="the old shop")

    seen = 0
    for at_least in (CHUNK, 4 * CHUNK):
        process = work_in_a_process(run, database_url)
        while Run.objects.get(pk=run.pk).done < at_least and process.poll() is None:
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
        wait_for_its_last_statement()
        done = Run.objects.get(pk=run.pk).done
        assert seen < done < ROWS
        assert BrandMember.objects.filter(brand=cafe, external_id__startswith="k").count() == done
        seen = done
    run = carry_on(run, seconds=None)

    cards = Membership.objects.filter(program=beans)
    held = balances(list(cards.values_list("account_id", flat=True)))
    points = sum(n % 7 + 1 for n in range(ROWS))
    assert (run.status, run.done, run.failed, run.fault) == ("done", ROWS, 0, "")
    assert (run.summary["created"], run.summary["enrolled"], run.summary["points"]) == (ROWS, ROWS, points)
    assert BrandMember.objects.filter(brand=cafe, external_id__startswith="k").count() == ROWS
    assert cards.count() == ROWS
    assert Posting.objects.filter(kind="deposit").count() == ROWS
    assert sum(each.available for each in held.values()) == points
