"""Whoever holds a receipt claims it: what the purchase would have given, once."""

from datetime import timedelta

import pytest

from loyalty import clock
from loyalty.events.models import Event
from programs.activity.gateway.models import Receipt
from programs.activity.models import Purchase
from programs.activity.tests.ruled import campaign_by, fixed, rule
from programs.activity.tests.tills import available, earn, pointers, refusal
from programs.activity.tests.together import all_at_once

pytestmark = pytest.mark.django_db


def over(receipt: dict) -> None:
    Receipt.objects.filter(pk=receipt["id"]).update(expires_at=clock.now() - timedelta(seconds=1))


def test_a_member_claims_by_the_code(ana_client, ana, ana_beans, kept, claim):
    receipt = kept("100.00", location_id="canal")

    answer = claim(ana_client, receipt)

    done = answer.json()
    assert (answer.status_code, done["points"], done["returns"]) == (201, 100, [])
    assert done["receipt"]["status"] == "claimed"
    assert done["receipt"]["transaction_id"] == done["transaction"]["id"]
    assert (done["transaction"]["reference"], done["transaction"]["type"]) == (receipt["reference"], "earn")
    assert available(ana_client, "me") == 100
    assert Purchase.objects.get().location_id == "canal"
    (event,) = Event.objects.filter(type="receipt.claimed")
    assert (event.member_id, event.data["points"]) == (ana.pk, 100)


@pytest.mark.parametrize("spelt", [str.lower, lambda code: code.replace("-", " "), lambda code: f"LYR1:{code}"])
def test_a_code_may_be_typed_or_scanned(ana_client, ana_beans, kept, claim, spelt):
    receipt = kept()

    assert claim(ana_client, receipt | {"code": spelt(receipt["code"])}).status_code == 201


def test_a_till_claims_for_the_member_it_names(api, ana_beans, ben_beans, kept, claim):
    assert claim(api, kept("10.00"), member_id="ana").json()["points"] == 10
    assert claim(api, kept("20.00"), card_number=ben_beans.card_number).json()["points"] == 20
    assert (available(api, "ana"), available(api, "ben")) == (10, 20)


def test_it_counts_when_it_was_bought(api, beans, ana_beans, ana_client, kept, claim):
    then = clock.now() - timedelta(days=10)
    campaign_by(beans, "spring", rule("s", fixed(30), group="bonus"), ends_at=clock.now() - timedelta(days=5))

    answer = claim(ana_client, kept("10.00", occurred_at=then.isoformat())).json()

    assert answer["points"] == 40
    assert answer["transaction"]["occurred_at"][:10] == then.date().isoformat()


def test_a_receipt_is_claimed_once(ana_client, api, ana_beans, ben_beans, kept, claim):
    receipt = kept()
    claim(ana_client, receipt)

    assert refusal(claim(ana_client, receipt)) == (409, "receipt-claimed")
    assert refusal(claim(api, receipt, member_id="ben")) == (409, "receipt-claimed")
    assert available(ana_client, "me") == 100


def test_a_receipt_whose_purchase_was_rung_up_again_is_settled_by_that(api, ana_client, ana_beans, kept, claim):
    receipt, other = kept("10.00"), kept("20.00")

    bought = earn(api, "10.00", reference=receipt["reference"])

    shown = api.get(f"/api/receipts/{receipt['id']}").json()
    assert (shown["status"], shown["transaction_id"], shown["member_id"]) == ("settled", bought["id"], None)
    for state, expected in (("settled", [receipt]), ("open", [other]), ("claimed", []), ("expired", [])):
        found = api.get(f"/api/receipts?status={state}").json()["results"]
        assert [one["id"] for one in found] == [one["id"] for one in expected]
    refused = claim(ana_client, receipt)
    assert refusal(refused) == (409, "receipt-claimed")
    assert "rung up" in refused.json()["detail"]
    again = api.post("/api/receipts", {"program_id": "BEANS", "amount": "10.00", "currency": "EUR",
                                       "reference": receipt["reference"]})  # fmt: skip
    assert again.json()["status"] == "settled"


def test_the_same_key_again_answers_the_first_claim(ana_client, ana_beans, kept, claim):
    receipt = kept()

    first, again = (claim(ana_client, receipt, idempotency_key="mine") for _ in range(2))

    assert (again.status_code, again["Idempotent-Replayed"], again.json()) == (201, "true", first.json())


@pytest.mark.django_db(transaction=True)
def test_of_twenty_claims_at_once_one_gets_the_points(api, ana_beans, ben_beans, kept, claim):
    receipt = kept()

    answers = all_at_once(20, lambda n: claim(api, receipt, member_id=("ana", "ben")[n % 2]))

    codes = sorted((answer.status_code, answer.json().get("code", "")) for answer in answers)
    assert codes == [(201, "")] + [(409, "receipt-claimed")] * 19
    assert available(api, "ana") + available(api, "ben") == 100
    assert Purchase.objects.count() == 1


def test_after_its_time_it_is_refused(ana_client, api, ana_beans, kept, claim):
    receipt = kept()
    over(receipt)

    assert refusal(claim(ana_client, receipt)) == (409, "receipt-expired")
    assert [one["status"] for one in api.get("/api/receipts?status=expired").json()["results"]] == ["expired"]
    assert api.get("/api/receipts?status=open").json()["results"] == []


def test_who_takes_no_part_claims_nothing(api, beans, ana, kept, claim):
    assert refusal(claim(api, kept(), member_id="ana")) == (409, "membership-required")


def test_a_purchase_that_was_rung_up_for_a_member_after_all_is_claimed(api, ana_client, ana_beans, kept, claim):
    receipt = kept("12.00")
    earn(api, "12.00", reference=receipt["reference"])

    assert refusal(claim(ana_client, receipt)) == (409, "receipt-claimed")
    assert available(api) == 12


def test_what_stands_on_the_receipt_does_for_a_code(ana_client, ana_beans, kept):
    kept("12.00", reference="r-9", location_id="canal", occurred_at="2026-03-01T23:30:00+01:00")
    asked = {"program_id": "BEANS", "reference": "r-9", "amount": "12.00", "currency": "EUR", "date": "2026-03-01"}

    for wrong in ({"amount": "12.01"}, {"date": "2026-03-02"}, {"location_id": "square"}, {"reference": "r-8"}, {}):
        answer = ana_client.post("/api/receipts/claim", asked | {"location_id": ""} | wrong)
        assert refusal(answer) == (404, "not-found"), wrong
    assert ana_client.post("/api/receipts/claim", asked | {"location_id": "canal"}).json()["points"] == 12


def test_wrong_codes_are_counted(ana_client, api, ana_beans, kept, claim):
    receipt = kept()

    wrong = [
        ana_client.post("/api/receipts/claim", {"code": f"WRONG-{n}", "idempotency_key": f"{n}"}) for n in range(10)
    ]

    assert {refusal(answer) for answer in wrong} == {(404, "not-found")}
    assert refusal(claim(ana_client, receipt)) == (429, "rate-limited")
    assert claim(api, receipt, member_id="ana").status_code == 201


def test_mistakes_are_told(ana_client, api, ana_beans, kept):
    assert pointers(ana_client.post("/api/receipts/claim", {"reference": "r"})) == [
        "/program_id", "/amount", "/currency", "/date",
    ]  # fmt: skip
    assert pointers(ana_client.post("/api/receipts/claim", {"code": "x", "reference": "r"})) == ["/code"]
    both = {"code": kept()["code"], "member_id": "ana", "card_number": "1"}
    assert pointers(api.post("/api/receipts/claim", both)) == ["/member_id"]


def test_others_do_not_claim(bistro_api, key_with, ana_client, ana_beans, ben_beans, kept, claim):
    receipt = kept()

    assert refusal(claim(bistro_api, receipt, member_id="ana")) == (404, "not-found")
    assert refusal(claim(key_with("read"), receipt, member_id="ana")) == (403, "scope-missing")
    assert refusal(claim(ana_client, receipt, member_id="ben")) == (404, "not-found")
    assert Receipt.objects.get().status == "open"
