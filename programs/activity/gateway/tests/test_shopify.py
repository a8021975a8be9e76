"""A Shopify shop's messages become purchases, returns, members and receipts, whatever their order and number."""

import random
from datetime import timedelta

import pytest
from django.test import Client

from loyalty import clock
from loyalty.identity.models import BrandMember
from programs.activity.gateway.models import Receipt
from programs.activity.gateway.tests.shop_messages import (
    CUSTOMER,
    SHOP_SECRET,
    both,
    cancelled,
    customer,
    from_shopify,
    line,
    order,
    refund,
)
from programs.activity.inbound.intake import work_off
from programs.activity.inbound.models import EventSource, InboundEvent
from programs.activity.inbound.shopify import order_paid
from programs.activity.models import Purchase
from programs.activity.tests.tills import available, refusal
from programs.membership.models import Membership

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(cafe, beans) -> EventSource:
    """The cafe's shop."""
    given = {"name": "The web shop", "kind": "shopify", "program": beans, "secret": SHOP_SECRET}
    return EventSource.objects.create(brand=cafe, **given)


@pytest.fixture
def ana_there(cafe, ana, ana_beans):
    """Ana, known to the cafe by the shop's number for her."""
    BrandMember.objects.filter(brand=cafe, member=ana).update(external_id=str(CUSTOMER))
    return ana


@pytest.fixture
def send(shop):
    """A function that sends a message of the shop and answers what became of the event."""

    def sent(topic: str, payload: dict, **more) -> list[tuple[str, str]]:
        answer = from_shopify(Client(), shop, topic, payload, **more)
        assert answer.status_code == 202, answer.content
        count = len(answer.json()["events"])
        return list(InboundEvent.objects.order_by("-received_at").values_list("status", "reason")[:count])

    return sent


def test_a_paid_order_gives_points_for_its_goods(api, ana_there, send):
    cup, beans = line("CUP", "12.50", 2, off="5.00"), line("BEANS-1KG", "30.00")

    assert send("orders/paid", order(cup, beans, total="54.95", shipping="4.95")) == [("done", "")]

    bought = Purchase.objects.get()
    assert (bought.amount_minor, bought.currency, bought.source) == (5000, "EUR", "web")
    assert [(one["sku"], one["amount_minor"], one["quantity"]) for one in bought.items] == [
        ("CUP", 2000, 2), ("BEANS-1KG", 3000, 1),
    ]  # fmt: skip
    assert bought.tenders == [{"type": "shopify_payments"}]
    assert bought.occurred_at.isoformat() == "2026-03-01T09:00:00+00:00"
    assert available(api, str(ana_there.pk)) == 50


def test_a_message_that_comes_twice_counts_once(api, ana_there, send):
    paid = order(line("CUP", "20.00"), total="20.00")

    assert send("orders/paid", paid, event="same") == send("orders/paid", paid, event="same") == [("done", "")]
    assert send("orders/paid", paid, event="another") == [("done", "")]
    assert (available(api, str(ana_there.pk)), Purchase.objects.count()) == (20, 1)


def test_lines_that_come_back_take_their_points(api, ana_there, send):
    cup, beans = line("CUP", "10.00", 2), line("BEANS-1KG", "30.00")
    paid = order(cup, beans, total="50.00")
    send("orders/paid", paid)

    assert send("refunds/create", refund(paid, (cup, 1, "10.00"), paid="10.00")) == [("done", "")]
    assert available(api, str(ana_there.pk)) == 40
    send("refunds/create", refund(paid, paid="7.00"))
    assert available(api, str(ana_there.pk)) == 33
    send("refunds/create", refund(paid, (beans, 1, "30.00")))
    assert available(api, str(ana_there.pk)) == 3


def test_shipping_that_is_refunded_takes_no_points(api, ana_there, send):
    paid = order(line("CUP", "20.00"), total="24.95", shipping="4.95")
    send("orders/paid", paid)
    adjustment = {"kind": "shipping_refund", "amount": "-4.95", "amount_set": both("-4.95"), "tax_amount": "0.00"}

    assert send("refunds/create", refund(paid, paid="4.95", order_adjustments=[adjustment])) == []
    assert available(api, str(ana_there.pk)) == 20


def test_a_cancelled_order_gives_nothing_whichever_way_it_is_told(api, ana_there, send):
    cup = line("CUP", "20.00")
    paid = order(cup, total="20.00")
    send("orders/paid", paid)
    back = refund(paid, (cup, 1, "20.00"), paid="20.00")

    assert send("orders/cancelled", cancelled(paid)) == send("refunds/create", back) == [("done", "")]
    assert available(api, str(ana_there.pk)) == 0


def test_what_was_never_paid_and_what_is_a_test_tells_nothing(ana_there, send):
    paid = order(line("CUP", "20.00"), total="20.00")

    assert send("orders/paid", paid | {"test": True}) == []
    assert send("orders/paid", paid | {"financial_status": "pending"}) == []
    assert send("orders/cancelled", cancelled(paid | {"financial_status": "voided"})) == []
    assert send("orders/cancelled", paid) == []
    assert send("orders/updated", paid) == []
    assert send("products/create", {"id": 1}) == []
    assert not InboundEvent.objects.exists()


def test_any_order_of_the_messages_ends_in_the_same(api, cafe, beans, send, shop):
    cup, kilo = line("CUP", "10.00", 2), line("BEANS-1KG", "30.00")
    one, two = order(cup, kilo, total="50.00"), order(line("CUP", "15.00"), total="15.00")
    told = [
        ("customers/create", customer()),
        ("orders/paid", one),
        ("orders/paid", two),
        ("refunds/create", refund(one, (cup, 1, "10.00"), paid="10.00")),
        ("orders/cancelled", cancelled(two)),
        ("refunds/create", refund(two, paid="15.00")),
    ]
    numbered = [(*message, f"event-{n}") for n, message in enumerate(told)] * 2
    random.Random(7).shuffle(numbered)
    numbered.sort(key=lambda message: message[0] == "customers/create")

    for topic, payload, event in numbered:
        send(topic, payload, event=event)

    assert set(InboundEvent.objects.values_list("status", flat=True)) == {"done"}
    assert available(api, str(CUSTOMER)) == 40
    assert (Membership.objects.count(), Purchase.objects.count()) == (1, 2)


def test_a_guest_gets_a_receipt_and_claims_it(api, ana_client, ana_beans, send):
    cup = line("CUP", "10.00", 2)
    paid = order(cup, total="20.00", customer=None, email="", contact_email=None)

    assert send("orders/paid", paid) == [("done", "")]
    assert send("refunds/create", refund(paid, (cup, 1, "10.00"), paid="10.00")) == [("done", "")]
    receipt = Receipt.objects.get()
    assert (receipt.reference, receipt.amount_minor, receipt.refunded_minor) == (str(paid["id"]), 2000, 1000)
    claimed = ana_client.post("/api/receipts/claim", {"code": receipt.code})
    assert (claimed.status_code, claimed.json()["points"]) == (201, 10)
    send("refunds/create", refund(paid, (cup, 1, "10.00"), paid="10.00"))
    assert available(api) == 0


def test_a_refund_that_comes_before_its_order_waits_for_it(api, ana_there, send):
    cup = line("CUP", "20.00")
    paid = order(cup, total="20.00")

    assert send("refunds/create", refund(paid, (cup, 1, "20.00"), paid="20.00")) == [("waiting", "purchase-unknown")]
    send("orders/paid", paid)
    assert available(api, str(ana_there.pk)) == 0
    assert set(InboundEvent.objects.values_list("status", flat=True)) == {"done"}


def test_who_is_known_to_the_shop_alone_gets_a_receipt_in_the_end(send, beans, shop):
    assert send("orders/paid", order(line("CUP", "20.00"), total="20.00")) == [("waiting", "member-unknown")]
    InboundEvent.objects.update(received_at=clock.now() - timedelta(days=4))

    work_off(InboundEvent.objects.values_list("pk", flat=True))

    assert InboundEvent.objects.get().status == "done"
    assert Receipt.objects.get().amount_minor == 2000


@pytest.mark.parametrize(
    ("currency", "price", "minor"), [("JPY", "1500", 1500), ("JPY", "1500.00", 1500), ("KWD", "12.345", 12345)]
)
def test_currencies_have_the_decimals_they_have(currency, price, minor):
    paid = order(line("CUP", price, currency=currency), total=price, currency=currency)

    (told,) = order_paid(paid, source="shopify:x", id="1")

    assert (told.data["amount_minor"], told.data["currency"]) == (minor, currency)
    assert told.data["items"][0]["amount_minor"] == minor


def test_the_customers_currency_counts_where_the_program_counts_in_it():
    cup = line("CUP", "20.00") | {"price_set": both("20.00", "EUR", "22.40", "USD")}
    paid = order(cup, total="20.00") | {
        "presentment_currency": "USD",
        "current_total_price_set": both("20.00", "EUR", "22.40", "USD"),
    }

    (theirs,), (shops,) = (order_paid(paid, source="s", id="1", currency=one) for one in ("USD", "EUR"))

    assert (theirs.data["amount_minor"], theirs.data["currency"]) == (2240, "USD")
    assert (shops.data["amount_minor"], shops.data["currency"]) == (2000, "EUR")


def test_taxes_on_top_tips_and_bought_gift_cards_are_told_apart():
    tax = {"title": "Sales tax", "price": "2.00", "price_set": both("2.00"), "rate": 0.1}
    cup, card = line("CUP", "20.00", tax_lines=[tax]), line("GIFT", "25.00", gift_card=True)
    paid = order(
        cup, card, total="50.00", taxes_included=False, total_tax="2.00", current_total_tax_set=both("2.00"),
        total_tip_received="3.00", payment_gateway_names=["gift_card", "shopify_payments"],
    )  # fmt: skip

    (told,) = order_paid(paid, source="s", id="1")

    assert {name: told.data[name] for name in ("amount_minor", "total_minor", "tip_minor", "tax_minor")} == {
        "amount_minor": 2200, "total_minor": 5000, "tip_minor": 300, "tax_minor": 200,
    }  # fmt: skip
    assert [(one["sku"], one["amount_minor"]) for one in told.data["items"]] == [("CUP", 2200)]
    assert told.data["tenders"] == [{"type": "gift_card"}, {"type": "shopify_payments"}]


def test_what_was_edited_away_before_paying_is_not_bought():
    gone = line("CUP", "10.00", 3) | {"current_quantity": 1}
    paid = order(gone, total="30.00") | {"current_total_price_set": both("10.00")}

    (told,) = order_paid(paid, source="s", id="1")

    assert told.data["amount_minor"] == 1000
    assert [(one["quantity"], one["amount_minor"]) for one in told.data["items"]] == [(1, 1000)]


def test_what_the_shop_did_not_sign_is_refused(shop, ana_there):
    paid = order(line("CUP", "20.00"), total="20.00")

    for wrong in (
        {"secret": "another"},
        {"HTTP_X_SHOPIFY_HMAC_SHA256": ""},
        {"HTTP_X_SHOPIFY_HMAC_SHA256": "\u00e9"},
        {"HTTP_X_SHOPIFY_HMAC_SHA256": "AAAA"},
    ):
        assert refusal(from_shopify(Client(), shop, "orders/paid", paid, **wrong)) == (401, "signature-invalid")
    shop.is_active = False
    shop.save()
    assert from_shopify(Client(), shop, "orders/paid", paid).status_code in (401, 404)
    assert not InboundEvent.objects.exists()


def test_the_secret_before_is_taken_while_it_changes_over(shop, ana_there):
    shop.previous_secret, shop.secret, shop.previous_until = SHOP_SECRET, "fresh", clock.now() + timedelta(hours=1)
    shop.save()
    paid = order(line("CUP", "20.00"), total="20.00")

    assert from_shopify(Client(), shop, "orders/paid", paid).status_code == 202
    assert from_shopify(Client(), shop, "orders/paid", paid, secret="fresh").status_code == 202
    shop.previous_until = clock.now() - timedelta(seconds=1)
    shop.save()
    assert from_shopify(Client(), shop, "orders/paid", paid).status_code == 401


def test_what_is_no_order_is_refused_with_a_reason(shop):
    for payload in ({"financial_status": "paid"}, {"financial_status": "paid", "id": 1, "line_items": 7}):
        assert refusal(from_shopify(Client(), shop, "orders/paid", payload)) == (400, "validation-error")
    assert from_shopify(Client(), shop, "orders/paid", ["what"]).status_code == 202


def test_what_the_shop_did_at_once_is_told_by_one_number_and_is_two_events(ana_there, send):
    """Cancelling with a refund is one act of the shop's, told by two topics."""
    bought = order(line("CUP", "59.00"), total="59.00")
    send("orders/paid", bought)

    refunded = send("refunds/create", refund(bought, paid="59.00"), event="act-1")
    gone = send("orders/cancelled", cancelled(bought), event="act-1")

    assert (refunded, gone) == ([("done", "")], [("done", "")])
