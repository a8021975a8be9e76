"""The sweep of lapsed lots: bounded, safe to repeat, and never in anybody's way."""

from datetime import UTC, datetime

import pytest
from django.db import connection
from procrastinate.contrib.django import app

from ledger.models import Posting
from loyalty import clock
from programs.activity.expiring import Sweep, expire_points
from programs.activity.jobs import expire_lapsed_points
from programs.activity.tests.shop_files import balances_of, open_shop, take_in, write_events

LATER = datetime(2012, 1, 1, tzinfo=UTC)


@pytest.fixture
def shop(db, tmp_path):
    """Ana, Ben and Cem each earned 10 points in June 2010 and 5 in July."""
    shop = open_shop()
    rows = [
        {
            "ts": f"{month}-15T12:00",
            "type": "earn",
            "invoice_no": f"{name}-{month}",
            "customer_id": name,
            "amount": amount,
        }
        for month, amount in (("2010-06", "200.00"), ("2010-07", "100.00"))
        for name in ("ana", "ben", "cem")
    ]
    take_in(shop, write_events(tmp_path / "events.csv", rows))
    return shop


def test_what_lapsed_up_to_the_instant_expires_once(shop):
    in_july = datetime(2011, 7, 15, tzinfo=UTC)

    assert expire_points(at=in_july) == Sweep(lots=3, points=30)
    assert expire_points(at=in_july) == Sweep()
    assert Posting.objects.filter(kind="expire").count() == 3
    assert {line["balance"] for line in balances_of(shop, "2011-07-15").values()} == {5}


def test_a_dry_run_says_what_is_due_and_changes_nothing(shop):
    assert expire_points(at=LATER, dry_run=True) == Sweep(lots=6, points=45)
    assert not Posting.objects.filter(kind="expire").exists()


def test_a_limit_stops_after_about_so_many_lots(shop):
    assert expire_points(at=LATER, limit=1) == Sweep(lots=2, points=15)
    assert expire_points(at=LATER) == Sweep(lots=4, points=30)


def test_one_program_is_swept_without_the_others(shop):
    other = open_shop("OTHER")

    assert expire_points(at=LATER, program=other) == Sweep()
    assert expire_points(at=LATER, program=shop) == Sweep(lots=6, points=45)


@pytest.mark.django_db(transaction=True)
def test_accounts_that_others_are_busy_with_are_left_to_the_next_sweep(shop):
    busy = connection.copy()
    try:
        with busy.cursor() as cursor:
            cursor.execute("begin")
            cursor.execute("select account_id from ledger_balance order by account_id limit 1 for update")

            assert expire_points(at=LATER) == Sweep(lots=4, points=30)
            cursor.execute("rollback")
    finally:
        busy.close()
    assert expire_points(at=LATER) == Sweep(lots=2, points=15)


def test_the_worker_sweeps_by_the_clock(shop):
    with clock.at(LATER):
        expire_lapsed_points(timestamp=0)
        expire_lapsed_points(timestamp=0)

    assert Posting.objects.filter(kind="expire").count() == 6
    assert "programs.expire_points" in {name for name, _ in app.periodic_registry.periodic_tasks}
