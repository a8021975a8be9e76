"""Square's messages become purchases, returns and receipts, each once."""

import random

import pytest
from django.test import Client

from loyalty.identity.models import BrandMember
from programs.activity.gateway.models import Receipt
from programs.activity.gateway.tests.shop_messages import (
    SQUARE_ADDRESS,
    SQUARE_SECRET,
    from_square,
    payment,
    square_event,
    square_refund,
)
from programs.activity.inbound.models import EventSource, InboundEvent
from programs.activity.models import Purchase
from programs.activity.tests.tills import available, refusal

pytestmark = pytest.mark.django_db


@pytest.fixture
def till(cafe, beans) -> EventSource:
    """The cafe's tills."""
    given = {"name": "Tills", "kind": "square", "program": beans, "secret": SQUARE_SECRET, "address": SQUARE_ADDRESS}
    return EventSource.objects.create(brand=cafe, **given)


@pytest.fixture
def ana_there(cafe, ana, ana_beans):
    """Ana, known to the cafe by Square's number for her."""
    BrandMember.objects.filter(brand=cafe, member=ana).update(external_id="QPTXM8PQNX3Q726ZYHPMNP46XC")
    return ana


@pytest.fixture
def send(till):
    """A function that sends a message and answers what became of the event."""

    def sent(type: str, thing: dict, *, event: str = "") -> list[str]:
        answer = from_square(Client(), till, square_event(type, thing, event=event))
        assert answer.status_code == 202, answer.content
        return [event["status"] for event in answer.json()["events"]]

    return sent


def test_a_completed_payment_gives_points_without_its_tip(api, ana_there, send):
    assert send("payment.updated", payment(2000, tip=300)) == ["done"]

    bought = Purchase.objects.get()
    assert (bought.amount_minor, bought.location_id) == (2000, "S8GWD5R9QB376")
    assert bought.tenders == [{"type": "card", "amount_minor": 2300}]
    assert available(api, str(ana_there.pk)) == 20


def test_it_counts_once_however_often_it_is_told(api, ana_there, send):
    bought = payment(2000)

    assert send("payment.created", bought | {"status": "APPROVED"}) == []
    for event in ("one", "one", "two"):
        assert send("payment.updated", bought, event=event) == ["done"]
    assert send("payment.created", bought | {"updated_at": "2026-03-02T00:00:00Z"}) == ["done"]
    assert (available(api, str(ana_there.pk)), Purchase.objects.count()) == (20, 1)


def test_a_refund_takes_points_once_it_is_completed(api, ana_there, send):
    bought = payment(2000)
    send("payment.updated", bought)
    back = square_refund(bought, 500)

    assert send("refund.created", back | {"status": "PENDING"}) == []
    assert send("refund.updated", back) == send("refund.updated", back) == ["done"]
    assert available(api, str(ana_there.pk)) == 15


def test_any_order_of_the_messages_ends_in_the_same(api, ana_there, send):
    bought, other = payment(5000), payment(700)
    told = [
        ("payment.created", bought | {"status": "APPROVED"}),
        ("payment.updated", bought),
        ("payment.updated", bought | {"refunded_money": {"amount": 1000, "currency": "EUR"}}),
        ("refund.updated", square_refund(bought, 1000)),
        ("refund.updated", square_refund(bought, 500)),
        ("payment.updated", other),
    ]
    numbered = [(*message, f"event-{n}") for n, message in enumerate(told)] * 2
    for seed in range(3):
        random.Random(seed).shuffle(numbered)
        for type, thing, event in numbered:
            send(type, thing, event=event)

    assert available(api, str(ana_there.pk)) == 42
    assert set(InboundEvent.objects.values_list("status", flat=True)) == {"done"}


def test_a_payment_of_nobody_is_kept_as_a_receipt(api, ana_client, ana_beans, send):
    bought = payment(2000, customer_id=None)

    assert send("payment.updated", bought) == ["done"]
    assert send("payment.updated", bought) == ["done"]
    assert send("refund.updated", square_refund(bought, 500)) == ["done"]
    receipt = Receipt.objects.get()
    assert ana_client.post("/api/receipts/claim", {"code": receipt.code}).json()["points"] == 15
    assert available(api) == 15


def test_what_square_did_not_sign_is_refused(till, ana_there):
    told = square_event("payment.updated", payment(2000))

    assert refusal(from_square(Client(), till, told, secret="another")) == (401, "signature-invalid")
    other = "https://loyalty.example/api/events/from/other"
    assert refusal(from_square(Client(), till, told, address=other)) == (401, "signature-invalid")
    till.address = ""
    till.save()
    assert refusal(from_square(Client(), till, told)) == (401, "signature-invalid")
    assert not InboundEvent.objects.exists()


def test_what_is_no_payment_is_refused_with_a_reason(till):
    told = square_event("payment.updated", payment(2000))
    told["data"]["object"] = {"payment": {"status": "COMPLETED"}}

    assert refusal(from_square(Client(), till, told)) == (400, "validation-error")
    assert from_square(Client(), till, {"type": "catalog.version.updated"}).json()["events"] == []
