"""Customers of an import are carried out side by side, on several connections, and come to the same as in a row."""

import pytest
from django.db import connection, transaction

from ledger.models import Posting
from loyalty.identity.models import BrandMember
from programs.activity.importing import Summary
from programs.activity.lanes import LANES
from programs.activity.tests.shop_files import open_shop, take_in, write_events
from programs.earning.program_links import LINKS
from programs.membership.models import Program

pytestmark = pytest.mark.django_db(transaction=True)
DAY = "2011-06-{:02d}T12:00:00"


def event(day, type, invoice_no, customer, amount, original=""):
    return {
        "ts": DAY.format(day), "type": type, "invoice_no": invoice_no, "original_invoice_no": original,
        "customer_id": customer, "amount": amount,
    }  # fmt: skip


def story(customer):
    """A purchase, what comes back of it, another one, and points that are spent."""
    return [
        event(1, "earn", f"{customer}-1", customer, "2000.00"),
        event(2, "return", f"{customer}-C", customer, "500.00", f"{customer}-1"),
        event(3, "earn", f"{customer}-2", customer, "300.00"),
        event(4, "redeem", f"{customer}-R", customer, "90"),
    ]


def transactions_of_redemptions():
    """In how many transactions points were redeemed, which every customer of the file does once: each lane has one."""
    with connection.cursor() as cursor:
        cursor.execute("select count(distinct recorded_at) from ledger_posting where kind = 'redeem'")
        return cursor.fetchone()[0]


def balances(shop):
    names = dict(BrandMember.objects.filter(brand=shop.brand).values_list("member_id", "external_id"))
    found = Posting.objects.filter(unit=shop.unit).order_by("id").values_list("account__owner_id", "balance_after")
    return {names[owner]: balance for owner, balance in found}


@pytest.fixture
def file(tmp_path):
    rows = sorted((row for n in range(40) for row in story(f"C{n}")), key=lambda row: row["ts"])
    return write_events(tmp_path / "events.csv", rows)


def test_what_each_customer_did_is_carried_out_in_its_order_whichever_lane_it_is_in(file):
    shop = open_shop()

    summary, refused = take_in(shop, file, chunk=50)

    assert refused == []
    assert summary == Summary(
        purchases=80, returns=40, redemptions=40, earned=40 * 115, reversed=40 * 25, redeemed=3600
    )
    assert balances(shop) == {f"C{n}": 0 for n in range(40)}
    assert take_in(shop, file) == (Summary(known=160), [])


def test_customers_are_carried_out_by_all_lanes_unless_limits_are_shared(file):
    shop = open_shop()

    take_in(shop, file)

    assert transactions_of_redemptions() == LANES


def test_where_customers_share_limits_all_keep_the_order_of_the_file(file):
    shop = open_shop()
    Program.objects.filter(pk=shop.pk).update(needs=["counters", LINKS])
    shop.refresh_from_db()

    take_in(shop, file)

    assert transactions_of_redemptions() == 1


def test_of_two_customers_with_one_invoice_the_first_in_the_file_has_it(tmp_path):
    shop = open_shop()
    rows = [event(1, "earn", "same", f"C{n}", "100.00") for n in range(6)]

    summary, refused = take_in(shop, write_events(tmp_path / "events.csv", rows))

    assert (summary.purchases, summary.refused) == (1, 5)
    assert balances(shop) == {"C0": 5}
    assert {row.reason.partition(":")[0] for row in refused} == {"idempotency-key-reused"}


def test_an_import_within_a_transaction_is_part_of_it(file):
    shop = open_shop()

    with pytest.raises(ZeroDivisionError), transaction.atomic():
        take_in(shop, file)
        raise ZeroDivisionError

    assert not Posting.objects.exists()
