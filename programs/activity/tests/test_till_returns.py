"""Goods that come back at a till: by the receipt they take their points back, without one they are written down."""

import pytest

from programs.activity.models import Return
from programs.activity.tests.tills import available, earn, fresh, pointers, refusal

pytestmark = pytest.mark.django_db


def come_back(api, amount: str = "40.00", **more):
    body = {
        "program_id": "BEANS",
        "member_id": "ana",
        "reference": fresh("return"),
        "currency": "EUR",
        "amount": amount,
    }
    return api.post("/api/transactions/return", body | more)


def test_by_the_receipt_they_take_their_points_back(api, ana_beans):
    bought = earn(api, "100.00", reference="receipt-7")

    answer = come_back(api, purchase_reference="receipt-7")

    assert (answer.status_code, answer.json()["points"], answer.json()["reverses_id"]) == (201, -40, bought["id"])
    assert available(api) == 60


def test_told_twice_they_come_back_once(api, ana_beans):
    earn(api, "100.00", reference="receipt-7")

    first, again = (come_back(api, purchase_reference="receipt-7", reference="r-1") for _ in range(2))

    assert (again.status_code, again["Idempotent-Replayed"], again.json()) == (201, "true", first.json())
    assert available(api) == 60


@pytest.mark.parametrize("receipt", [{}, {"purchase_reference": "of-another-shop"}], ids=["without", "unknown"])
def test_without_a_known_receipt_they_are_written_down_and_move_nothing(api, ana_beans, receipt):
    earn(api, "100.00")

    answer = come_back(api, **receipt)

    assert (answer.status_code, answer.json()["type"], answer.json()["points"]) == (201, "return", 0)
    assert (available(api), Return.objects.get().amount_minor) == (100, 4000)


def test_the_receipt_of_somebody_else_counts_as_unknown(api, ana_beans, ben_beans):
    earn(api, "100.00", member="ben", reference="receipt-7")

    assert come_back(api, purchase_reference="receipt-7").json()["points"] == 0
    assert available(api, "ben") == 100


def test_mistakes_and_strangers_are_refused(api, bistro_api, ana_beans):
    earn(api, "10.00", reference="receipt-7")

    assert refusal(come_back(api, purchase_reference="receipt-7")) == (422, "return-exceeds-purchase")
    assert pointers(come_back(api, currency="USD")) == ["/currency"]
    assert pointers(come_back(api, card_number="1000000000000009")) == ["/member_id"]
    assert refusal(come_back(bistro_api)) == (404, "not-found")
