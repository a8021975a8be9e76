"""A file of invoice lines goes into a program: purchases with their items, and what comes back tied to them."""

import pytest

from programs.activity.importing import Summary
from programs.activity.models import Purchase, Return
from programs.activity.tests.shop_files import balances_of, open_shop, take_in, write_events, write_lines


@pytest.fixture
def shop(db):
    return open_shop()


def line(invoice_no, quantity, price, *, at="2011-01-10T12:00:00", sku="cup", customer="ana"):
    return (invoice_no, sku, f"A {sku}", str(quantity), at, price, customer, "United Kingdom")


WEEK = [
    line("1", 40, "6.955"),
    line("1", 3, "50.00", sku="pot"),
    line("2", 10, "30.00", at="2011-01-11T12:00:00"),
    line("C3", -30, "6.955", at="2011-01-12T12:00:00"),
    line("C3", -1, "50.00", at="2011-01-12T12:00:00", sku="jug"),
]


def test_an_invoice_becomes_a_purchase_with_its_items_and_is_rounded_once(shop, tmp_path):
    summary, refused = take_in(shop, write_lines(tmp_path / "week.csv", WEEK))

    assert refused == []
    assert summary == Summary(purchases=2, returns=2, earned=35, reversed=9)
    purchase = Purchase.objects.get(reference="1")
    assert (purchase.amount_minor, purchase.currency, purchase.refunded_minor) == (42_820, "GBP", 20_865)
    assert [(item["sku"], item["quantity"], item["amount_minor"]) for item in purchase.items] == [
        ("cup", 40, 27_820),
        ("pot", 3, 15_000),
    ]


def test_what_comes_back_is_tied_to_its_purchase_or_to_none(shop, tmp_path):
    take_in(shop, write_lines(tmp_path / "week.csv", WEEK))

    found = {(back.purchase and back.purchase.reference): back.amount_minor for back in Return.objects.all()}
    assert found == {"1": 20_865, None: 5_000}


def test_a_later_file_ties_to_purchases_of_an_earlier_one(shop, tmp_path):
    other = open_shop("OTHER")
    take_in(other, write_lines(tmp_path / "all.csv", [*WEEK, line("C4", -15, "6.955", at="2011-02-01T12:00:00")]))
    take_in(shop, write_lines(tmp_path / "week.csv", WEEK))

    take_in(shop, write_lines(tmp_path / "later.csv", [line("C4", -15, "6.955", at="2011-02-01T12:00:00")]))

    def backs(program):
        rows = Return.objects.filter(program=program).order_by("reference", "purchase__reference")
        return [(back.reference, back.purchase and back.purchase.reference, back.amount_minor) for back in rows]

    assert backs(shop) == backs(other)
    assert ("C4", "1", 6955) in backs(shop)
    assert ("C4", "2", 3478) in backs(shop)


def test_the_same_lines_again_change_nothing(shop, tmp_path):
    path = write_lines(tmp_path / "week.csv", WEEK)
    take_in(shop, path)

    assert take_in(shop, path) == (Summary(known=4), [])


def test_lines_of_purchases_that_came_as_events_are_known(shop, tmp_path):
    rows = [
        ("2011-01-10T12:00:00", "earn", "1", "", "428.20"),
        ("2011-01-11T12:00:00", "earn", "2", "", "300.00"),
        ("2011-01-12T12:00:00", "return", "C3", "1", "208.65"),
        ("2011-01-12T12:00:00", "return_unlinked", "C3", "", "50.00"),
    ]
    names = ("ts", "type", "invoice_no", "original_invoice_no", "amount")
    events = [{"customer_id": "ana", **dict(zip(names, row, strict=True))} for row in rows]
    take_in(shop, write_events(tmp_path / "events.csv", events))

    assert take_in(shop, write_lines(tmp_path / "week.csv", WEEK)) == (Summary(known=4), [])


def test_a_file_that_is_mended_and_taken_in_again_ends_as_if_it_had_been_right(shop, tmp_path):
    other = open_shop("OTHER")
    take_in(other, write_lines(tmp_path / "week.csv", WEEK))
    broken = [WEEK[0], ("1", "pot", "A pot", "three", *WEEK[1][4:]), *WEEK[2:]]

    _, refused = take_in(shop, write_lines(tmp_path / "broken.csv", broken))
    assert [(row.line, row.reason) for row in sorted(refused)] == [
        (2, "invoice 1 is refused as a whole: line 3 is refused"),
        (3, "quantity 'three' is not a whole number"),
        (5, "invoice C3 is refused as a whole: goods of it may belong to invoice 1, which is refused"),
        (6, "invoice C3 is refused as a whole: goods of it may belong to invoice 1, which is refused"),
    ]
    summary, refused = take_in(shop, write_lines(tmp_path / "mended.csv", WEEK))

    assert (summary.known, refused) == (1, [])
    assert balances_of(shop, "2011-02-01") == balances_of(other, "2011-02-01")
