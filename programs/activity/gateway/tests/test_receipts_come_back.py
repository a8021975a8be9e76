"""Goods that come back of a receipt, before it is claimed and after."""

import pytest

from loyalty.events.models import Event
from programs.activity.gateway.models import Receipt
from programs.activity.models import Return
from programs.activity.tests.tills import available, earn, fresh, pointers, refusal

pytestmark = pytest.mark.django_db


def come_back(api, receipt: dict, amount: str = "40.00", **more):
    body = {"program_id": "BEANS", "reference": fresh("return"), "currency": "EUR", "amount": amount}
    return api.post("/api/transactions/return", body | {"purchase_reference": receipt["reference"]} | more)


def test_before_the_claim_it_gives_so_much_less(api, ana_client, ana_beans, kept, claim):
    receipt = kept("100.00")

    answer = come_back(api, receipt)

    assert (answer.status_code, answer.json()["status"], answer.json()["refunded"]) == (202, "open", "40.00")
    assert "code" not in answer.json()
    done = claim(ana_client, receipt).json()
    assert (done["points"], [one["points"] for one in done["returns"]]) == (60, [-40])
    assert available(api) == 60
    assert Return.objects.get().purchase.reference == receipt["reference"]


def test_all_of_it_before_the_claim_leaves_nothing_to_claim(api, ana_client, ana_beans, kept, claim):
    receipt = kept("100.00")
    come_back(api, receipt, "60.00")

    assert come_back(api, receipt, "40.00").json()["status"] == "void"
    assert refusal(claim(ana_client, receipt)) == (409, "receipt-void")
    assert refusal(come_back(api, receipt, "0.01")) == (422, "return-exceeds-purchase")
    assert list(Event.objects.filter(type__startswith="receipt.").order_by("id").values_list("type", flat=True)) == [
        "receipt.recorded", "receipt.returned", "receipt.voided",
    ]  # fmt: skip


def test_after_the_claim_it_is_a_return_like_any_other(api, ana_client, ana_beans, kept, claim):
    receipt = kept("100.00")
    done = claim(ana_client, receipt).json()

    answer = come_back(api, receipt, "25.00")

    assert (answer.status_code, answer.json()["points"]) == (201, -25)
    assert answer.json()["reverses_id"] == done["transaction"]["id"]
    assert available(api) == 75


def test_parts_before_and_after_take_what_the_whole_takes(api, ana_client, ana_beans, kept, claim):
    receipt = kept("9.99")
    come_back(api, receipt, "3.33")
    claim(ana_client, receipt)
    come_back(api, receipt, "3.33")
    come_back(api, receipt, "3.33")

    assert available(api) == 0


def test_told_again_it_comes_back_once_whether_claimed_meanwhile_or_not(api, ana_client, ana_beans, kept, claim):
    receipt = kept("100.00")

    first, again = (come_back(api, receipt, reference="b-1") for _ in range(2))
    assert (again.status_code, again["Idempotent-Replayed"], again.json()) == (202, "true", first.json())
    assert refusal(come_back(api, receipt, "41.00", reference="b-1")) == (422, "idempotency-key-reused")
    claim(ana_client, receipt)

    later = come_back(api, receipt, reference="b-1")
    assert (later.status_code, later["Idempotent-Replayed"], later.json()["points"]) == (201, "true", -40)
    assert available(api) == 60


def test_more_than_was_bought_does_not_come_back(api, beans, kept):
    receipt = kept("10.00")

    assert refusal(come_back(api, receipt, "10.01")) == (422, "return-exceeds-purchase")
    assert Receipt.objects.get().refunded_minor == 0


def test_a_member_who_brings_it_back_before_claiming_makes_it_smaller(api, ana_client, ana_beans, kept, claim):
    receipt = kept("100.00")

    assert come_back(api, receipt, member_id="ana").status_code == 202
    assert claim(ana_client, receipt).json()["points"] == 60


def test_a_purchase_of_a_member_comes_back_by_its_receipt_alone(api, ana_beans):
    earn(api, "100.00", reference="r-5")

    assert come_back(api, {"reference": "r-5"}).json()["points"] == -40


def test_without_a_member_an_unknown_receipt_is_not_found(api, bistro_api, key_with, ana_beans, kept):
    receipt = kept()

    assert refusal(come_back(api, {"reference": "never"})) == (404, "not-found")
    assert refusal(come_back(bistro_api, receipt)) == (404, "not-found")
    assert refusal(come_back(key_with("earn", "read"), receipt)) == (403, "scope-missing")
    assert pointers(come_back(api, receipt, currency="USD")) == ["/currency"]
    body = {"program_id": "BEANS", "reference": "b", "currency": "EUR", "amount": "1.00"}
    assert pointers(api.post("/api/transactions/return", body)) == ["/member_id"]
