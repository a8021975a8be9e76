"""Points that are spent: what it takes, what is refused, and twenty at the same moment."""

import pytest

from loyalty.testing.clients import with_key
from programs.activity.tests.tills import available, deposit, fresh, pointers, redeem, refusal
from programs.activity.tests.together import all_at_once
from programs.membership.models import Membership, Program

pytestmark = pytest.mark.django_db


def post(api, points, *, member="ana", key=None, **more):
    body = {"program_id": "BEANS", "points": points, "idempotency_key": key or fresh()} | more
    return api.post(f"/api/members/{member}/redeem", body)


def test_a_redemption_is_a_transaction_of_its_own(api, ana, beans, ana_beans):
    deposit(api, 1000)

    response = post(api, 300, description="A mug", reference="order-7", reward_id="mug")

    answer = response.json()
    assert response.status_code == 201
    assert (answer["type"], answer["points"], answer["balance_after"]) == ("redeem", -300, 700)
    assert (answer["description"], answer["reference"], answer["breakdown"]) == ("A mug", "order-7", [])
    assert api.get(f"/api/transactions/{answer['id']}").json() == answer


def test_repeated_with_the_same_key_it_changes_nothing(api, ana_beans):
    deposit(api, 1000)

    first, again = post(api, 300, key="k"), post(api, 300, key="k")

    assert (again.status_code, again.content, again["Idempotent-Replayed"]) == (201, first.content, "true")
    assert available(api) == 700


def test_an_answer_is_given_again_when_the_points_are_long_gone(api, beans, ana_beans):
    deposit(api, 300)
    first = post(api, 300, key="k")
    Program.objects.filter(pk=beans.pk).update(status="archived", redeem_points_min=10_000)

    assert post(api, 300, key="k").content == first.content


@pytest.mark.parametrize("change", [{"points": 301}, {"description": "x"}, {"reference": "x"}, {"reward_id": "x"}])
def test_a_key_that_came_with_another_redemption_is_refused(api, ana_beans, change):
    deposit(api, 1000)
    post(api, 300, key="k")

    assert refusal(post(api, **({"points": 300, "key": "k"} | change))) == (422, "idempotency-key-reused")
    assert available(api) == 700


def test_the_header_is_a_key_too_and_wins(api, ana_beans):
    deposit(api, 1000)
    body = {"program_id": "BEANS", "points": 300, "idempotency_key": "body"}

    for key in ("header", "header", "other"):
        api.post("/api/members/ana/redeem", body, HTTP_IDEMPOTENCY_KEY=key)

    assert available(api) == 400


@pytest.mark.parametrize("address", ["members/ana/redeem", "members/ana/deposit", "members/ana/holds"])
def test_without_a_key_nothing_moves(api, ana_beans, address):
    body = {"program_id": "BEANS", "amount" if "deposit" in address else "points": 5}

    assert refusal(api.post(f"/api/{address}", body)) == (400, "idempotency-key-required")


def test_more_than_there_is_cannot_be_spent(api, ana_beans):
    deposit(api, 99)

    response = post(api, 100)

    assert refusal(response) == (422, "insufficient-points")
    assert (response.json()["available"], response.json()["requested"]) == (99, 100)
    assert available(api) == 99


def test_fewer_than_the_program_allows_are_refused(api, beans, ana_beans):
    Program.objects.filter(pk=beans.pk).update(redeem_points_min=50)
    deposit(api, 100)

    response = post(api, 49)

    assert refusal(response) == (422, "below-minimum")
    assert (response.json()["points_min"], response.json()["requested"]) == (50, 49)
    assert post(api, 50).status_code == 201


def test_points_that_are_pending_cannot_be_spent(api, beans, ana_beans):
    Program.objects.filter(pk=beans.pk).update(pending_days=3)
    body = {"program_id": "BEANS", "amount": "50.00", "currency": "EUR", "reference": "r"}
    api.post("/api/members/ana/earn", body)

    assert refusal(post(api, 1)) == (422, "insufficient-points")


def test_a_till_names_the_member_in_the_body(api, ana_beans):
    deposit(api, 100)
    body = {"program_id": "BEANS", "points": 40, "card_number": ana_beans.card_number, "idempotency_key": "k"}

    assert api.post("/api/transactions/redeem", body).json()["balance_after"] == 60
    assert api.post("/api/transactions/redeem", body)["Idempotent-Replayed"] == "true"
    assert pointers(api.post("/api/transactions/redeem", body | {"member_id": "ana"})) == ["/member_id"]


def test_members_redeem_for_themselves_and_for_nobody_else(api, ana, ana_client, ana_beans, ben_beans):
    deposit(api, 100)
    deposit(api, 100, member="ben")

    assert post(ana_client, 40, member="me").json()["balance_after"] == 60
    assert post(ana_client, 20, member=str(ana.id)).json()["balance_after"] == 40
    assert refusal(post(ana_client, 40, member="ben")) == (404, "not-found")
    assert available(api, "ben") == 100


def test_a_member_tries_five_times_a_minute_counting_refusals(ana_client, ana_beans):
    tries = [post(ana_client, 10, member="me") for _ in range(6)]

    assert [one.status_code for one in tries] == [422] * 5 + [429]
    assert int(tries[5]["Retry-After"]) > 0


def test_a_suspended_member_spends_nothing(api, ana_beans):
    deposit(api, 100)
    Membership.objects.update(status="suspended")

    assert refusal(post(api, 10)) == (409, "membership-suspended")


def test_a_redemption_takes_three_round_trips_at_most(api, ana_beans, django_assert_max_num_queries):
    deposit(api, 100)
    redeem(api, 10)

    with django_assert_max_num_queries(2):
        redeem(api, 10)


@pytest.mark.django_db(transaction=True)
def test_twenty_redemptions_of_all_points_at_the_same_moment_spend_them_once(cafe_key, ana_beans):
    deposit(with_key(cafe_key), 100)

    responses = all_at_once(20, lambda n: post(with_key(cafe_key), 100, key=f"race-{n}"))

    statuses = sorted(response.status_code for response in responses)
    assert statuses == [201] + [422] * 19
    assert {refusal(one) for one in responses if one.status_code == 422} == {(422, "insufficient-points")}
    assert available(with_key(cafe_key)) == 0


@pytest.mark.django_db(transaction=True)
def test_twenty_times_the_same_redemption_at_the_same_moment_is_one(cafe_key, ana_beans):
    deposit(with_key(cafe_key), 500)

    responses = all_at_once(20, lambda n: post(with_key(cafe_key), 100, key="same"))

    assert {response.content for response in responses} == {responses[0].content}
    assert [one["Idempotent-Replayed"] for one in responses if "Idempotent-Replayed" in one.headers] == ["true"] * 19
    assert available(with_key(cafe_key)) == 400
