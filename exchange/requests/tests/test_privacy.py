"""Somebody with exchanges is told of them, and erased."""

import pytest

from exchange.requests.models import Exchange
from exchange.settling.settling import settle_lane
from ledger.models import HoldResolution
from loyalty.identity.privacy.erasing import erase_person
from loyalty.identity.privacy.exporting import export_person
from loyalty.identity.privacy.subjects import find_subject


def test_an_export_tells_quotes_and_exchanges(swap, ana):
    quote_id = swap.quote().json()["id"]
    swap.exchange(quote_id=quote_id)

    told = export_person(find_subject(ana.id), actor="test")["sections"]

    assert [row["id"] for row in told["quotes"]] == [quote_id]
    assert [(row["from_amount"], row["to_amount"]) for row in told["exchanges"]] == [(100, 250)]


@pytest.mark.parametrize(
    ("status", "ends"), [("pending", ("cancelled", "")), ("processing", ("failed", "membership-closed"))]
)
def test_what_waits_ends_before_the_points_are_forfeited(swap, ana, status, ends):
    swap.exchange("a-key-of-ana")
    Exchange.objects.update(status=status)

    erased = erase_person(find_subject(ana.id), actor="test", reason="asked")

    row = Exchange.objects.get()
    assert (row.status, row.failure) == ends
    assert row.key == f"forgotten:{row.id}"
    assert erased.counts["points_forfeited"] == 1000
    assert HoldResolution.objects.get().captured == 0


def test_what_was_settled_keeps_its_figures(swap, ana):
    swap.exchange("a-key-of-ana")
    settle_lane(Exchange.objects.get().lane)

    for _ in range(2):
        erase_person(find_subject(ana.id), actor="test", reason="asked")

    row = Exchange.objects.get()
    assert (row.status, row.from_amount, row.to_amount, row.key) == ("completed", 100, 250, f"forgotten:{row.id}")


def test_a_brand_that_gets_the_points_ends_what_waits_when_it_forgets_the_member(swap, ana, bistro):
    swap.exchange()

    erase_person(find_subject(ana.id, brand=bistro, only_brand=True), actor="test", reason="asked")

    assert Exchange.objects.get().status == "cancelled"
    assert swap.balance() == (1000, 0)
