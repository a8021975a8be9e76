"""Purchases of nobody who is known: kept once each, listed without their codes."""

import pytest

from loyalty.events.models import Event
from loyalty.testing.clients import with_key
from programs.activity.gateway.models import Receipt
from programs.activity.tests.tills import earn, fresh, pointers, refusal

pytestmark = pytest.mark.django_db


def body(**more) -> dict:
    return {"program_id": "BEANS", "amount": "12.50", "currency": "EUR", "reference": "r-1"} | more


def test_a_purchase_of_nobody_is_kept_with_a_code_to_print(api, beans):
    answer = api.post("/api/receipts", body(location_id="canal", source="till")).json()

    assert (answer["status"], answer["amount"], answer["refunded"]) == ("open", "12.50", "0.00")
    assert len(answer["code"].replace("-", "")) == 16
    assert answer["qr_text"] == "LYR1:" + answer["code"].replace("-", "")
    assert (answer["location_id"], answer["member_id"], answer["transaction_id"]) == ("canal", None, None)
    (event,) = Event.objects.filter(type="receipt.recorded")
    assert (str(event.aggregate_id), event.data["reference"]) == (answer["id"], "r-1")


def test_the_same_again_is_the_same_receipt_and_something_else_is_refused(api, beans):
    first, again = api.post("/api/receipts", body()), api.post("/api/receipts", body())

    assert (again.status_code, again["Idempotent-Replayed"], again.json()) == (201, "true", first.json())
    assert refusal(api.post("/api/receipts", body(amount="13.00"))) == (422, "idempotency-key-reused")
    assert (Receipt.objects.count(), Event.objects.filter(type="receipt.recorded").count()) == (1, 1)


def test_it_can_be_claimed_for_thirty_days_or_as_long_as_the_till_says(api, beans):
    def days(receipt: dict) -> int:
        kept = Receipt.objects.get(pk=receipt["id"])
        return (kept.expires_at - kept.recorded_at).days

    assert days(api.post("/api/receipts", body()).json()) == 30
    assert days(api.post("/api/receipts", body(reference="r-2", claim_days=7)).json()) == 7


def test_a_purchase_that_a_member_got_the_points_of_is_no_receipt(api, ana_beans):
    earn(api, "12.50", reference="r-1")

    assert refusal(api.post("/api/receipts", body())) == (409, "duplicate-reference")


def test_mistakes_are_told(api, beans):
    assert pointers(api.post("/api/receipts", body(currency="USD"))) == ["/currency"]
    assert pointers(api.post("/api/receipts", body(occurred_at="2199-01-01T00:00:00Z"))) == ["/occurred_at"]
    assert pointers(api.post("/api/receipts", body(member_id="ana"))) == ["/member_id"]
    assert pointers(api.post("/api/receipts", body(amount="1.234"))) == ["/amount"]
    assert refusal(api.post("/api/receipts", body(program_id="NONE"))) == (404, "not-found")


def test_who_may_not_earn_keeps_no_receipts(key_with, ana_client, bistro_api, ana_beans):
    assert refusal(key_with("read").post("/api/receipts", body())) == (403, "scope-missing")
    assert refusal(ana_client.post("/api/receipts", body())) == (403, "forbidden")
    assert refusal(bistro_api.post("/api/receipts", body())) == (404, "not-found")


def test_receipts_are_listed_newest_first_without_their_codes(api, bistro_api, kept):
    one, two = kept(location_id="canal"), kept("5.00")

    listed = api.get("/api/receipts").json()["results"]
    assert [receipt["id"] for receipt in listed] == [two["id"], one["id"]]
    assert not any({"code", "qr_text"} & receipt.keys() for receipt in listed)
    assert [r["id"] for r in api.get("/api/receipts?location_id=canal").json()["results"]] == [one["id"]]
    assert [r["id"] for r in api.get(f"/api/receipts?reference={two['reference']}").json()["results"]] == [two["id"]]
    assert api.get("/api/receipts?status=expired").json()["results"] == []
    assert bistro_api.get("/api/receipts").json()["results"] == []


def test_one_receipt_is_told_to_its_brand_only(api, bistro_api, kept):
    receipt = kept()

    assert "code" not in api.get(f"/api/receipts/{receipt['id']}").json()
    assert refusal(bistro_api.get(f"/api/receipts/{receipt['id']}")) == (404, "not-found")
    assert refusal(api.get(f"/api/receipts/{receipt['reference']}")) == (404, "not-found")


def test_a_list_takes_one_question_more_for_no_number_of_receipts(api, kept, django_assert_num_queries):
    for _ in range(5):
        kept()
    api.get("/api/receipts")

    with django_assert_num_queries(1):
        assert len(api.get("/api/receipts").json()["results"]) == 5


def rows(*members, **more) -> list[dict]:
    return [body(reference=fresh("row"), **member, **more) for member in members]


def test_a_batch_keeps_those_of_nobody_who_is_known_when_it_says_so(api, ana_beans, ben):
    told = rows({"member_id": "ana"}, {}, {"member_id": "nobody"}, {"card_number": "1"}, {"member_id": "ben"})

    answer = api.post("/api/transactions/accrue/batch", {"transactions": told, "unmatched": "keep"})

    results = answer.json()["results"]
    assert [one["status"] for one in results] == [201, 202, 202, 202, 409]
    assert [one["receipt"]["reference"] for one in results[1:4]] == [one["reference"] for one in told[1:4]]
    assert results[4]["problem"]["code"] == "membership-required"
    assert all(one["receipt"]["code"] for one in results[1:4])


def test_a_row_says_for_itself_what_becomes_of_it(api, ana_beans):
    told = [*rows({"member_id": "nobody"}), *rows({"member_id": "nobody"}, unmatched="keep"), *rows({})]

    answer = api.post("/api/transactions/accrue/batch", {"transactions": told})
    assert [one["status"] for one in answer.json()["results"]] == [404, 202, 400]

    told[1]["unmatched"] = "refuse"
    answer = api.post("/api/transactions/accrue/batch", {"transactions": told, "unmatched": "keep"})
    assert [one["status"] for one in answer.json()["results"]] == [202, 404, 202]


def test_a_batch_told_twice_keeps_its_receipts_once(api, ana_beans):
    told = {"transactions": [*rows({}, {"member_id": "ana"}, {"member_id": "nobody"})], "unmatched": "keep"}
    told["transactions"].append(told["transactions"][0])

    first, again = (api.post("/api/transactions/accrue/batch", told).json()["results"] for _ in range(2))

    assert [one["replayed"] for one in first] == [False, False, False, True]
    assert [one["replayed"] for one in again] == [True] * 4
    assert [one.get("receipt") for one in again] == [one.get("receipt") for one in first]
    assert Receipt.objects.count() == 2


def test_a_thousand_receipts_take_few_round_trips(api, beans, django_assert_max_num_queries):
    told = {"transactions": rows(*[{}] * 1000), "unmatched": "keep"}

    with django_assert_max_num_queries(12):
        answer = api.post("/api/transactions/accrue/batch", told)

    assert {one["status"] for one in answer.json()["results"]} == {202}
    assert Event.objects.filter(type="receipt.recorded").count() == 1000


def test_a_single_purchase_is_kept_too(api, ana_beans):
    answer = api.post("/api/transactions/accrue", body(member_id="nobody", unmatched="keep"))

    assert (answer.status_code, answer.json()["reference"]) == (202, "r-1")
    assert answer["Location"] == f"/api/receipts/{answer.json()['id']}"
    assert refusal(api.post("/api/transactions/accrue", body(member_id="nobody"))) == (404, "not-found")
    assert api.post("/api/transactions/accrue", body(member_id="ana", unmatched="keep", reference="r-2")).json()[
        "points"
    ] == 12  # fmt: skip


def test_an_unknown_program_is_not_a_reason_to_keep(api, beans, cafe):
    told = body(program_id="NONE", unmatched="keep")

    assert refusal(api.post("/api/transactions/accrue", told)) == (404, "not-found")
    assert refusal(with_key("lk_nobody").post("/api/transactions/accrue", told)) == (401, "invalid-key")
