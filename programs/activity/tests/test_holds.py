"""Points set aside: captured, released, lapsed, and each only once."""

from datetime import datetime, timedelta

import pytest

from loyalty import clock
from loyalty.testing.clients import with_key
from programs.activity.tests.tills import balance, deposit, fresh, pointers, refusal
from programs.activity.tests.together import all_at_once

pytestmark = pytest.mark.django_db


def hold(api, points, *, member="ana", key=None, **more):
    body = {"program_id": "BEANS", "points": points, "idempotency_key": key or fresh()} | more
    return api.post(f"/api/members/{member}/holds", body)


def resolve(api, hold_id, how, *, key=None, **more):
    return api.post(f"/api/holds/{hold_id}/{how}", {"idempotency_key": key or fresh()} | more)


def test_a_hold_sets_points_aside(api, ana, beans, ana_beans):
    deposit(api, 1000)
    before = clock.now()

    response = hold(api, 300)

    answer = response.json()
    assert response.status_code == 201
    assert {name: answer[name] for name in ("status", "points", "captured", "member_id", "program_id")} == {
        "status": "held",
        "points": 300,
        "captured": 0,
        "member_id": str(ana.id),
        "program_id": str(beans.id),
    }
    ends = datetime.fromisoformat(answer["expires_at"])
    assert timedelta(minutes=15) <= ends - before < timedelta(minutes=16)
    held = balance(api)
    assert (held["available"], held["held"]) == (700, 300)


def test_a_capture_spends_all_of_it(api, ana_beans):
    deposit(api, 1000)
    held = hold(api, 300).json()

    response = resolve(api, held["id"], "capture")

    assert response.status_code == 200
    assert response.json() == held | {"status": "captured", "captured": 300}
    after = balance(api)
    assert (after["available"], after["held"], after["lifetime_redeemed"]) == (700, 0, 300)


def test_a_capture_may_be_of_a_part_and_the_rest_goes_back(api, ana_beans):
    deposit(api, 1000)
    held = hold(api, 300).json()

    answer = resolve(api, held["id"], "capture", points=120).json()

    assert (answer["points"], answer["captured"]) == (300, 120)
    assert balance(api)["available"] == 880


def test_a_release_gives_it_back(api, ana_beans):
    deposit(api, 1000)
    held = hold(api, 300).json()

    assert resolve(api, held["id"], "release").json() == held | {"status": "released"}
    assert (balance(api)["available"], balance(api)["held"]) == (1000, 0)


@pytest.mark.parametrize("how", ["capture", "release"])
def test_each_step_is_repeated_with_the_same_answer(api, ana_beans, how):
    deposit(api, 1000)

    first_hold, second_hold = hold(api, 300, key="h"), hold(api, 300, key="h")
    held = first_hold.json()
    first, second = resolve(api, held["id"], how, key="r"), resolve(api, held["id"], how, key="r")
    third_hold = hold(api, 300, key="h")

    assert second_hold.content == third_hold.content == first_hold.content
    assert second.content == first.content
    assert {r.headers.get("Idempotent-Replayed") for r in (second_hold, third_hold, second)} == {"true"}


@pytest.mark.parametrize(("first", "second"), [("capture", "release"), ("release", "capture"), ("capture", "capture")])
def test_a_hold_is_resolved_once(api, ana_beans, first, second):
    deposit(api, 1000)
    held = hold(api, 300).json()
    resolve(api, held["id"], first)

    assert refusal(resolve(api, held["id"], second)) == (409, "hold-resolved")


def test_a_hold_that_ran_out_is_not_captured_and_its_points_are_free(api, ana_beans):
    deposit(api, 1000)
    held = hold(api, 300, expires_in=60).json()

    with clock.at(clock.now() + timedelta(seconds=61)):
        after = balance(api)
        response = resolve(api, held["id"], "capture")

    assert (after["available"], after["held"]) == (1000, 0)
    assert refusal(response) == (409, "hold-expired")


def test_no_more_than_the_hold_is_captured(api, ana_beans):
    deposit(api, 1000)
    held = hold(api, 300).json()

    assert refusal(resolve(api, held["id"], "capture", points=301)) == (422, "capture-exceeds-hold")


def test_no_more_than_there_is_is_held(api, ana_beans):
    deposit(api, 100)
    hold(api, 60)

    assert refusal(hold(api, 60)) == (422, "insufficient-points")


def test_a_hold_lasts_a_week_at_most(api, ana_beans):
    deposit(api, 100)

    assert hold(api, 10, expires_in=7 * 86_400).status_code == 201
    assert pointers(hold(api, 10, expires_in=7 * 86_400 + 1)) == ["/expires_in"]
    assert pointers(hold(api, 10, expires_in=0)) == ["/expires_in"]


def test_a_hold_shows_in_the_history_until_it_is_resolved(api, ana_beans):
    deposit(api, 100)
    held = hold(api, 60).json()
    address = f"/api/transactions/{held['id']}"
    assert (api.get(address).json()["type"], api.get(address).json()["status"]) == ("hold", "pending")

    resolve(api, held["id"], "capture", points=50)

    assert api.get(address).json()["status"] == "completed"
    types = [(one["type"], one["points"]) for one in api.get("/api/members/ana/history").json()["results"]]
    assert types == [("capture", 10), ("hold", -60), ("deposit", 100)]


def test_members_hold_nothing_by_themselves(ana_client, ana_beans):
    assert refusal(hold(ana_client, 10, member="me")) == (403, "forbidden")


@pytest.mark.django_db(transaction=True)
def test_a_hold_captured_and_released_at_the_same_moment_ends_once(cafe_key, ana_beans):
    api = with_key(cafe_key)
    deposit(api, 1000)
    held = hold(api, 300).json()

    responses = all_at_once(
        10, lambda n: resolve(with_key(cafe_key), held["id"], ("capture", "release")[n % 2], key=f"k-{n}")
    )

    assert sorted(response.status_code for response in responses) == [200] + [409] * 9
    assert balance(api)["available"] in (700, 1000)
