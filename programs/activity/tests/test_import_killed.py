"""An import that is killed in the middle and begun again ends as if it had never been."""

import os
import signal
import subprocess
import sys
import time
from itertools import islice

import pytest
from django.conf import settings
from django.db import connection

from programs.activity.importing import Summary
from programs.activity.models import Purchase
from programs.activity.tests.reference_model import ModelProgram, with_redemptions
from programs.activity.tests.shop_files import (
    EVENTS_FILE,
    balances_of,
    needs_real_purchases,
    open_shop,
    rows_of,
    take_in,
    write_events,
)

EVENTS = 4000
END = "2010-12-01T00:00"


def import_in_a_process(path, database_url):
    command = [sys.executable, "manage.py", "import_purchases", str(path), "--program", "SHOP", "--chunk", "200"]
    return subprocess.Popen(
        command,
        cwd=settings.BASE_DIR,
        env=os.environ | {"DATABASE_URL": database_url},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


@needs_real_purchases
@pytest.mark.django_db(transaction=True)
def test_an_import_killed_in_the_middle_is_begun_again_and_ends_the_same(tmp_path, database_url):
    shop = open_shop()
    model = ModelProgram()
    rows = list(with_redemptions(islice(rows_of(EVENTS_FILE), EVENTS)))
    path = write_events(tmp_path / "events.csv", rows)
    for row in rows:
        model.apply(row)

    seen = 0
    for purchases in (300, 1500):
        process = import_in_a_process(path, database_url)
        while Purchase.objects.count() < purchases and process.poll() is None:
            time.sleep(0.005)
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
        _wait_for_its_last_statement()
        assert seen < Purchase.objects.count() < sum(row["type"] == "earn" for row in rows)
        seen = Purchase.objects.count()
    summary, refused = take_in(shop, path)

    assert refused == []
    assert summary.known >= seen
    assert balances_of(shop, END) == model.balances_at(END)
    assert take_in(shop, path) == (Summary(known=len(rows)), [])


def _wait_for_its_last_statement():
    """The server may still be busy with what the process sent last."""
    others = "select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
    for _ in range(500):
        with connection.cursor() as cursor:
            cursor.execute(f"{others} and state <> 'idle'")
            if not cursor.fetchone()[0]:
                return
        time.sleep(0.01)
