"""Cases with answers that others worked out, through the interface that tills use."""

import pytest

from loyalty.testing.clients import with_key
from programs.activity.tests.together import all_at_once
from programs.rewards.models import Voucher


def redeem(api, voucher, key="k-1", **order):
    return api.post(f"/api/vouchers/{voucher.code}/redeem", {"currency": "EUR", "idempotency_key": key, **order})


def item(amount: str, sku: str, quantity: int = 1) -> dict:
    return {"sku": sku, "quantity": quantity, "amount": amount}


def test_v1_twenty_off_a_line_of_ten_makes_it_nothing_and_never_less(api, amount_off):
    answer = redeem(api, amount_off(2_000), items=[item("10.00", "A")]).json()

    assert (answer["discount"], answer["amount_after"]) == ("10.00", "0.00")
    assert answer["items"] == [{"sku": "A", "amount": "10.00", "discount": "10.00"}]


def test_v2_fifteen_percent_off_the_cheapest_of_two(api, issued):
    voucher = issued(terms={"kind": "discount", "discount_kind": "cheapest", "percent": "15.00"})

    answer = redeem(api, voucher, items=[item("19.99", "A"), item("109.99", "B")]).json()

    assert answer["discount"] == "3.00"
    assert [one["discount"] for one in answer["items"]] == ["3.00", "0.00"]


@pytest.mark.parametrize(
    "items", [[item("12.00", "A"), item("12.00", "B"), item("12.00", "C")], [item("36.00", "A", 3)]]
)
def test_v7_three_for_two(api, issued, items):
    terms = {"kind": "discount", "discount_kind": "buy_x_get_y", "buy_quantity": 2, "free_quantity": 1}

    assert redeem(api, issued(terms=terms), items=items).json()["discount"] == "12.00"


def test_v5_a_redemption_that_is_rolled_back_leaves_the_code_usable(api, issued):
    voucher = issued()
    assert redeem(api, voucher).json()["voucher"]["uses"] == 1

    back = api.post(f"/api/vouchers/{voucher.code}/rollback", {"reason": "payment failed", "idempotency_key": "b-1"})

    assert (back.status_code, back.json()["status"], back.json()["uses"]) == (200, "issued", 0)
    assert redeem(api, voucher, "k-2").status_code == 200


@pytest.mark.django_db(transaction=True)
def test_m8_of_five_redemptions_of_a_code_with_three_uses_exactly_three_succeed(api, cafe_key, issued):
    voucher = issued("generic", code="THREE", uses_max=3)

    answers = all_at_once(5, lambda n: redeem(with_key(cafe_key), voucher, f"k-{n}"))

    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 409, 409]
    assert {answer.json().get("code") for answer in answers if answer.status_code == 409} == {"voucher-used-up"}
    assert Voucher.objects.get().uses == 3
