"""What every member had at an instant: it sees what happened before it, and what expired up to it."""

import io
from datetime import UTC, datetime, timedelta

import pytest

from loyalty import clock
from programs.activity.expiring import Sweep, expire_points
from programs.activity.exporting import write_balances
from programs.activity.importing import IMPORTER
from programs.activity.moments import moment_of
from programs.activity.places import Names
from programs.activity.spending import capture, hold, release
from programs.activity.tests.shop_files import balances_of, open_shop, take_in, write_events

EARN = {"type": "earn", "customer_id": "ana", "amount": "200.00"}


@pytest.fixture
def shop(db):
    return open_shop()


@pytest.fixture
def ana(shop, tmp_path):
    """Ana earned 10 points at noon on 15 June and 10 more on 1 July, of 2010."""
    rows = [
        EARN | {"invoice_no": "1", "ts": "2010-06-15T12:00"},
        EARN | {"invoice_no": "2", "ts": "2010-07-01T00:00"},
    ]
    take_in(shop, write_events(tmp_path / "events.csv", rows))
    return Names(program="SHOP", member="ana")


def test_an_instant_does_not_see_what_happens_at_it(shop, ana):
    assert balances_of(shop, "2010-06-15T12:00") == {}
    assert balances_of(shop, "2010-06-15T12:00:01")["ana"]["balance"] == 10


def test_an_instant_sees_what_expires_at_it_whether_or_not_it_was_swept(shop, ana):
    before, after = balances_of(shop, "2011-06-30T23:59:59"), balances_of(shop, "2011-07-01T00:00")
    assert [(line["ana"]["balance"], line["ana"]["expired"]) for line in (before, after)] == [(20, 0), (10, 10)]

    assert expire_points(at=datetime(2012, 1, 1, tzinfo=UTC)) == Sweep(lots=2, points=20)

    assert balances_of(shop, "2011-06-30T23:59:59") == before
    assert balances_of(shop, "2011-07-01T00:00") == after


def test_the_tier_goes_by_what_was_earned_in_the_months_before(shop, ana, tmp_path):
    rows = [EARN | {"invoice_no": "3", "ts": "2010-08-01T00:00", "amount": "600.00"}]
    take_in(shop, write_events(tmp_path / "more.csv", rows))

    tiers = [balances_of(shop, at)["ana"]["tier"] for at in ("2010-08-01", "2010-08-02", "2011-07-31", "2011-08-01")]

    assert tiers == ["bronze", "silver", "silver", "bronze"]


def test_points_on_hold_are_still_in_the_balance_until_they_are_captured(shop, ana):
    now = moment_of("2010-08-01", "Europe/London")
    with clock.at(now):
        kept = hold(IMPORTER, ana, points=8, key="h1").posted.public_id
        gone = hold(IMPORTER, ana, points=4, key="h2").posted.public_id
    with clock.at(now + timedelta(minutes=5)):
        capture(IMPORTER, kept, key="c1", points=5)
        release(IMPORTER, gone, key="r1")

    lines = [balances_of(shop, at)["ana"] for at in ("2010-08-01T00:01", "2010-08-01T00:06")]

    assert [(line["balance"], line["redeemed"]) for line in lines] == [(20, 0), (15, 5)]


def test_the_lines_are_csv_in_order_of_external_id(shop, ana, tmp_path):
    rows = [EARN | {"invoice_no": name, "ts": "2010-08-01T00:00", "customer_id": name} for name in ("=SUM(A1)", "Zoe")]
    take_in(shop, write_events(tmp_path / "more.csv", rows))
    file = io.StringIO()

    assert write_balances(shop, file, at=datetime(2010, 9, 1, tzinfo=UTC)) == 3
    assert file.getvalue().splitlines() == [
        "external_id,earned,reversed,lifetime,expired,redeemed,debt,balance,tier",
        '"\'=SUM(A1)",10,0,10,0,0,0,10,"bronze"',
        '"Zoe",10,0,10,0,0,0,10,"bronze"',
        '"ana",20,0,20,0,0,0,20,"bronze"',
    ]
