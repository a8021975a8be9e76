"""Purchases by the hundred: each answered on its own, in order, in few round trips."""

import pytest

from programs.activity.models import Purchase
from programs.activity.tests.tills import available, fresh, pointers, purchase, refusal

pytestmark = pytest.mark.django_db


def post(api, transactions, **headers):
    return api.post("/api/transactions/accrue/batch", {"transactions": transactions}, **headers)


def test_each_purchase_is_answered_as_it_would_be_alone(api, bistro_api, ana_beans, ben):
    good = purchase("10.00", member_id="ana")
    bodies = [
        good,
        purchase("20.00", member_id="nobody"),
        purchase("30.00", member_id="ben"),
        {"program_id": "BEANS", "points": 4},
        good,
        purchase("40.00", card_number=ana_beans.card_number),
        good | {"idempotency_key": fresh()},
        purchase("50.00", member_id="ana", currency="USD"),
    ]

    response = post(api, bodies)

    results = response.json()["results"]
    assert response.status_code == 200
    assert [result["status"] for result in results] == [201, 404, 409, 400, 201, 201, 409, 400]
    assert [result["replayed"] for result in results] == [False, False, False, False, True, False, False, False]
    assert results[4]["transaction"] == results[0]["transaction"]
    assert [result.get("problem", {}).get("code") for result in results] == [
        None,
        "not-found",
        "membership-required",
        "validation-error",
        None,
        None,
        "duplicate-reference",
        "validation-error",
    ]
    assert [error["pointer"] for error in results[3]["problem"]["errors"]] == [
        "/amount",
        "/currency",
        "/reference",
        "/points",
    ]
    assert available(api) == 50
    assert [one["status"] for one in post(bistro_api, [good]).json()["results"]] == [404]


def test_purchases_of_one_member_build_on_each_other_in_order(api, ana_beans):
    results = post(api, [purchase(f"{n}.00", member_id="ana") for n in (1, 2, 3, 4)]).json()["results"]

    assert [result["transaction"]["balance_after"] for result in results] == [1, 3, 6, 10]


def test_a_bare_list_is_taken_too(api, ana_beans):
    response = api.post("/api/transactions/accrue/batch", [purchase("3.00", member_id="ana")])

    assert response.json()["results"][0]["transaction"]["points"] == 3


def test_the_same_batch_again_is_answered_the_same(api, ana_beans, ben_beans):
    bodies = [purchase("5.00", member_id=member) for member in ("ana", "ben", "ana")]

    first, second = post(api, bodies).json(), post(api, bodies).json()

    assert [one["transaction"] for one in second["results"]] == [one["transaction"] for one in first["results"]]
    assert all(one["replayed"] for one in second["results"])
    assert Purchase.objects.count() == 3


def test_a_batch_has_a_thousand_purchases_at_most(api, ana_beans):
    assert pointers(post(api, [])) == ["/transactions"]
    assert pointers(post(api, [{}] * 1001)) == ["/transactions"]


def test_a_batch_without_the_scope_is_refused_as_a_whole(key_with, ana_beans):
    assert refusal(post(key_with("read"), [purchase(member_id="ana")])) == (403, "scope-missing")


def test_a_thousand_purchases_take_six_round_trips_at_most(api, ana_beans, ben_beans, django_assert_max_num_queries):
    bodies = [purchase("1.00", member_id=("ana", "ben")[n % 2]) for n in range(1000)]

    with django_assert_max_num_queries(6):
        response = post(api, bodies)

    assert {one["status"] for one in response.json()["results"]} == {201}
    assert available(api) == 500


def test_a_member_is_told_that_batches_are_not_theirs(ana_client, ana_beans):
    assert refusal(post(ana_client, [purchase(member_id="me")])) == (403, "forbidden")


def test_a_batch_needs_a_known_caller(client, ana_beans):
    assert refusal(post(client, [purchase(member_id="ana")])) == (401, "not-authenticated")
