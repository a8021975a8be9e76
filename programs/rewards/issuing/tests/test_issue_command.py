"""Codes from the command line: a name is a batch, however often and by how many it is asked for."""

import os
import signal
import subprocess
import sys
from io import StringIO
from time import monotonic, sleep

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection

from programs.activity.tests.together import all_at_once
from programs.rewards.models import Reward, Voucher, VoucherBatch

ASKED = ["--program", "BEANS", "--reward", "coffee", "--name", "Spring mailing"]


def wait_for_its_last_statement() -> None:
    """The server may still be busy with what the process sent last."""
    others = "select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
    until = monotonic() + 10
    while monotonic() < until:
        with connection.cursor() as cursor:
            cursor.execute(f"{others} and state <> 'idle'")
            if not cursor.fetchone()[0]:
                return
        sleep(0.01)


def ran(*more: str, count: str = "30") -> str:
    out = StringIO()
    call_command("issue_vouchers", *ASKED, "--count", count, *more, stdout=out)
    return out.getvalue().strip()


@pytest.mark.django_db
def test_asked_for_again_it_makes_no_more(coffee):
    batch_line = "; Spring mailing has 30 (batch "

    assert ran("--dry-run") == "would issue 30 codes for coffee"
    assert ran().startswith(f"issued 30 codes{batch_line}")
    assert ran().startswith(f"issued 0 codes{batch_line}")
    assert ran("--dry-run") == "would issue 0 codes for coffee"
    assert Voucher.objects.count() == 30


@pytest.mark.django_db
def test_they_end_when_it_says_by_the_programs_clock(coffee, beans):
    beans.timezone = "Europe/Amsterdam"
    beans.save()

    ran("--expires", "2030-01-01")

    assert {str(ends) for ends in Voucher.objects.values_list("expires_at", flat=True)} == {"2029-12-31 23:00:00+00:00"}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("more", "why"),
    [
        (["--program", "NONE"], "NONE"),
        (["--reward", "nothing"], "no reward 'nothing'"),
        (["--count", "0"], "--count"),
        (["--expires", "someday"], "--expires"),
        (["--name", "x" * 121], "--name"),
    ],
)
def test_it_says_what_it_cannot_do(coffee, more, why):
    with pytest.raises(CommandError, match=why):
        ran(*more)


@pytest.mark.django_db
def test_the_same_name_for_another_number_is_refused(coffee):
    ran()

    with pytest.raises(CommandError, match="another batch"):
        ran(count="31")


@pytest.mark.django_db(transaction=True)
def test_two_at_once_make_as_many_as_one(coffee):
    all_at_once(3, lambda n: ran(count="300"))

    assert (VoucherBatch.objects.count(), Voucher.objects.count()) == (1, 300)


@pytest.mark.django_db(transaction=True)
def test_killed_and_started_again_it_makes_as_many_as_asked(coffee, database_url):
    command = [sys.executable, "manage.py", "issue_vouchers", *ASKED, "--count", "60000"]
    env = os.environ | {"DATABASE_URL": database_url}
    process = subprocess.Popen(command, cwd=settings.BASE_DIR, env=env, stdout=subprocess.DEVNULL)
    until = monotonic() + 60
    while monotonic() < until and process.poll() is None:
        if VoucherBatch.objects.filter(made__gt=0).exists():
            process.send_signal(signal.SIGKILL)
            break
        sleep(0.005)
    assert process.wait(timeout=60) == -signal.SIGKILL
    wait_for_its_last_statement()

    batch = VoucherBatch.objects.get()
    assert 0 < batch.made == Voucher.objects.count() < 60_000
    assert ran(count="60000").startswith(f"issued {60_000 - batch.made:,} codes")
    assert (Voucher.objects.count(), Reward.objects.get().name) == (60_000, 'Two off, "really"\\')
