"""Which purchase goods come back to, when the shop's file does not say."""

from datetime import UTC, datetime, timedelta

from programs.activity.linking import Invoice, Linked, Shelves, gather, link
from programs.activity.source_files import BadRow, InvoiceLine, Reading, SourceFile
from programs.activity.tests.reference_model import LONDON
from programs.activity.tests.shop_files import EVENTS_FILE, LINES_FILE, needs_real_purchases

NOON = datetime(2011, 1, 10, 12, tzinfo=UTC)


def line(number, invoice_no, quantity, *, hours=0, price=10_000, sku="cup", customer="ana"):
    at = NOON + timedelta(hours=hours)
    return InvoiceLine(number, invoice_no, at, customer, sku, "A cup", quantity, price, [invoice_no, str(number)])


def linked(*lines, wanted=None):
    """What the lines come to, as (invoice, original, units) for what comes back and (invoice,) for purchases; and the
    refused rows."""
    refused = []
    answers = []
    for part in link(gather(lines, refused.append), Shelves(wanted), refused.append):
        if isinstance(part, Linked):
            answers.append((part.invoice.number, part.original, sum(taken.units for taken in part.taken)))
        else:
            answers.append((part.number,))
    return answers, refused


def test_goods_go_back_to_the_purchase_with_the_same_price_before_a_later_one():
    answers, _ = linked(line(1, "1", 3, price=500), line(2, "2", 3, hours=2), line(3, "C3", -2, hours=4, price=500))

    assert answers == [("1",), ("2",), ("C3", "1", 2)]


def test_without_the_same_price_goods_go_back_to_the_latest_purchase():
    answers, _ = linked(line(1, "1", 3), line(2, "2", 3, hours=2, price=900), line(3, "C3", -2, hours=4, price=700))

    assert answers == [("1",), ("2",), ("C3", "2", 2)]


def test_of_purchases_at_one_instant_the_greatest_invoice_number_comes_first():
    answers, _ = linked(line(1, "2", 1), line(2, "10", 1), line(3, "C3", -1, hours=2))

    assert answers == [("10",), ("2",), ("C3", "2", 1)]


def test_of_two_lines_of_one_purchase_the_later_gives_first():
    purchase = [line(1, "1", 5), line(2, "1", 5)]
    (_, part) = link(gather([*purchase, line(3, "C3", -3, hours=2)], print), Shelves(), print)

    assert [(taken.item, taken.units) for taken in part.taken] == [(1, 3)]


def test_a_return_spreads_over_purchases_and_what_is_left_has_no_home():
    answers, _ = linked(line(1, "1", 2), line(2, "2", 2, hours=2), line(3, "C3", -5, hours=4))

    assert answers == [("1",), ("2",), ("C3", "1", 2), ("C3", "2", 2), ("C3", None, 1)]


def test_a_purchase_at_the_same_instant_counts_and_a_later_one_does_not():
    answers, _ = linked(line(1, "C1", -1), line(2, "5", 1), line(3, "C2", -1, hours=2), line(4, "6", 1, hours=4))

    assert answers == [("5",), ("C1", "5", 1), ("C2", None, 1), ("6",)]


def test_customers_and_articles_do_not_mix():
    answers, _ = linked(
        line(1, "1", 5), line(2, "2", 5, sku="pot"), line(3, "C3", -1, hours=2, sku="pot", customer="ben")
    )

    assert answers == [("1",), ("2",), ("C3", None, 1)]


def test_an_invoice_has_the_time_of_its_earliest_line_even_when_invoices_interleave():
    lines = [line(1, "1", 1, hours=0.1), line(2, "2", 1, hours=0.2), line(3, "1", 1, hours=0.3), line(4, "1", 1)]

    invoices = list(gather(lines, print))

    assert [(invoice.number, invoice.at, len(invoice.lines)) for invoice in invoices] == [
        ("1", NOON, 3),
        ("2", NOON + timedelta(hours=0.2), 1),
    ]


def test_a_bad_row_takes_its_whole_invoice_along_and_nothing_else():
    answers, refused = linked(line(1, "1", 1), BadRow(2, "quantity is zero", ["1"], "1"), line(3, "2", 1, sku="pot"))

    assert answers == [("2",)]
    assert [(row.line, row.reason) for row in refused] == [
        (2, "quantity is zero"),
        (1, "invoice 1 is refused as a whole: line 2 is refused"),
    ]


def test_goods_that_may_belong_to_a_refused_invoice_wait_for_it():
    answers, refused = linked(
        line(1, "1", 1), BadRow(2, "quantity is zero", ["1"], "1"), line(3, "C3", -1, hours=2), line(4, "4", 1, hours=3)
    )

    assert answers == [("4",)]
    assert refused[-1][:2] == (
        3,
        "invoice C3 is refused as a whole: goods of it may belong to invoice 1, which is refused",
    )


def test_an_invoice_of_two_customers_is_refused():
    answers, refused = linked(line(1, "1", 1), line(2, "1", 1, customer="ben"))

    assert answers == []
    assert {row.reason for row in refused} == {"invoice 1 is refused as a whole: line 2 is of another customer"}


def test_a_row_far_behind_those_before_it_is_refused():
    answers, refused = linked(line(1, "1", 1, hours=5), line(2, "2", 1))

    assert answers == [("1",)]
    assert refused[0][:2] == (2, "its time goes back behind the rows before it; sort the file by time")


def test_shelves_keep_only_what_is_wanted():
    shelves = Shelves({("ana", "cup")})
    list(link(gather([line(1, "1", 5), line(2, "2", 5, sku="pot")], print), shelves, print))

    assert list(shelves.take(("ana", "cup"), 10_000, 9)) == [("1", 0, 5)]
    assert list(shelves.take(("ana", "pot"), 10_000, 9)) == []


@needs_real_purchases
def test_the_real_lines_come_to_the_real_events_in_the_same_order():
    reading = Reading(LONDON, datetime.now(UTC), 2)
    source = SourceFile(LINES_FILE)
    wanted = {(row[6], row[1]) for _, row in source.rows() if row[3].startswith("-")}
    refused = []

    linked = []
    for part in link(gather(source.invoice_lines(reading), refused.append), Shelves(wanted), refused.append):
        amount = (abs(part.amount) + 50) // 100
        if isinstance(part, Invoice):
            linked.append(("earn", part.at, part.customer, part.number, "", amount))
        else:
            kind = "return" if part.original else "return_unlinked"
            invoice = part.invoice
            linked.append((kind, invoice.at, invoice.customer, invoice.number, part.original or "", amount))

    assert refused == []
    assert linked == [event[1:-1] for event in SourceFile(EVENTS_FILE).events(reading)]
    assert len(linked) == 38_336
