"""Issuing through the API: one, a few at once, many in the background."""

import pytest

from loyalty.runs.carrying import carry_on
from loyalty.runs.models import Run
from programs.activity.tests.tills import fresh, refusal
from programs.rewards.models import Reward, Voucher, VoucherBatch

pytestmark = pytest.mark.django_db


def issue(client, *, key: str = "", **body):
    return client.post(
        "/api/vouchers", {"program_id": "BEANS", "reward_id": "coffee"} | body, HTTP_IDEMPOTENCY_KEY=key or fresh()
    )


def test_one_is_answered_as_it_is(api, coffee):
    answer = issue(api)

    voucher = Voucher.objects.get()
    assert (answer.status_code, answer.json()["id"], answer.json()["kind"]) == (201, str(voucher.pk), "unique")
    assert answer.json()["code"].replace("-", "") == voucher.code
    assert (voucher.reward_id, VoucherBatch.objects.count()) == (coffee.pk, 0)


def test_a_generic_code_is_ones_own_and_may_be_used_without_end(api, coffee):
    answer = issue(api, kind="generic", code="spring-26", uses_max=None, member_uses_max=1)

    assert answer.status_code == 201, answer.content
    told = answer.json()
    assert (told["code"].replace("-", ""), told["uses_max"], told["member_uses_max"]) == ("SPRING26", None, 1)


def test_a_few_are_answered_with_their_batch(api, coffee):
    answer = issue(api, count=100, name="Friends")

    told = answer.json()
    assert (answer.status_code, len(told["vouchers"])) == (201, 100)
    batch = VoucherBatch.objects.get()
    assert (told["batch_id"], batch.made, batch.name) == (str(batch.pk), 100, "Friends")
    assert {one["code"].replace("-", "") for one in told["vouchers"]} == set(
        Voucher.objects.values_list("code", flat=True)
    )
    assert Run.objects.count() == 0


def test_many_are_made_in_the_background(api, coffee):
    answer = issue(api, count=101)

    batch = VoucherBatch.objects.get()
    assert (answer.status_code, answer["Location"]) == (202, f"/api/voucher-batches/{batch.pk}")
    assert (answer.json()["status"], answer.json()["made"]) == ("waiting", 0)
    carry_on(Run.objects.get(), seconds=None)
    told = api.get(answer["Location"]).json()
    assert (told["status"], told["made"], told["vouchers"]["issued"]) == ("done", 101, 101)


@pytest.mark.parametrize("count", [1, 3, 101])
def test_the_same_request_again_issues_nothing_more(api, coffee, count):
    first, again = (issue(api, key="same", count=count) for _ in range(2))

    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert again["Idempotent-Replayed"] == "true"
    assert Voucher.objects.count() + Run.objects.count() == (1 if count == 101 else count)
    assert refusal(issue(api, key="same", count=count + 1)) == (422, "idempotency-key-reused")


def test_a_key_is_needed(api, coffee):
    answer = api.post("/api/vouchers", {"program_id": "BEANS", "reward_id": "coffee"})

    assert refusal(answer) == (400, "idempotency-key-required")


def test_gift_cards_in_bulk_hold_their_value(api, beans):
    answer = api.post(
        "/api/vouchers", {"program_id": "BEANS", "kind": "gift", "count": 2, "value": "25.00"}, HTTP_IDEMPOTENCY_KEY="k"
    )

    assert [(one["value"], one["balance"], one["kind"]) for one in answer.json()["vouchers"]] == [
        ("25.00", "25.00", "gift")
    ] * 2


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        ({"count": 2, "member_id": "ana", "code": "ABCDE"}, ["/member_id", "/code"]),
        ({"count": 2, "kind": "personal"}, ["/kind"]),
        ({"count": 2, "kind": "gift"}, ["/kind"]),
        ({"count": 2, "kind": "gift", "reward_id": None}, ["/value"]),
        ({"count": 2, "expires_at": "2020-01-01T00:00:00Z"}, ["/expires_at"]),
        ({"count": 0}, ["/count"]),
        ({"count": 1_000_001}, ["/count"]),
    ],
)
def test_what_makes_no_sense_is_refused(api, coffee, ana, body, pointers):
    answer = issue(api, **body)

    assert answer.status_code == 400
    assert [one["pointer"] for one in answer.json()["errors"]] == pointers


def test_an_archived_reward_and_an_unknown_one_are_refused(api, coffee):
    assert refusal(issue(api, reward_id="nothing", count=2)) == (404, "not-found")
    Reward.objects.update(status="archived")
    assert refusal(issue(api, count=2)) == (422, "reward-not-issuable")


def test_staff_issue_one_and_not_many_and_members_none(barista_client, ana_client, bistro_api, ana_beans, coffee):
    assert issue(barista_client).status_code == 201
    assert refusal(issue(barista_client, count=2)) == (403, "forbidden")
    assert refusal(issue(ana_client)) == (403, "forbidden")
    assert refusal(issue(bistro_api)) == (404, "not-found")


def test_a_key_needs_the_scope(key_with, coffee):
    assert refusal(issue(key_with("redeem"), count=2)) == (403, "scope-missing")
    assert issue(key_with("read", "vouchers:write"), count=2).status_code == 201
