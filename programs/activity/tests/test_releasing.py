"""Points that wait, for an event or for their day, and are released: by the event, by a server, by a colleague."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse

from ledger.models import Lot, Posting
from ledger.reconciliation import reconcile
from ledger.tests.books import clean
from loyalty import clock
from loyalty.testing.clients import with_key
from loyalty.tests.backoffice_world import logged_in
from programs.activity.releasing import release_pending
from programs.activity.tests.tills import balance, earn, fresh, give_back, refusal
from programs.activity.tests.together import all_at_once
from programs.membership.models import Program

ACTOR = "key:shop"


@pytest.fixture
def delivered(beans, ana_beans):
    """What is bought counts once it has been delivered."""
    Program.objects.filter(pk=beans.pk).update(pending_until="order.delivered")
    beans.refresh_from_db()
    return beans


def points(api):
    held = balance(api)
    return held["available"], held["pending"]


def release(api, transaction_id):
    return api.post(f"/api/transactions/{transaction_id}/release-pending", {})


def test_points_wait_for_the_event_however_long_and_count_from_then_on(api, delivered):
    earn(api, "80.00", reference="order-7")
    earn(api, "20.00", reference="order-8")
    with clock.at(clock.now() + timedelta(days=3000)):
        assert points(api) == (0, 100)

    now = clock.now()
    assert release_pending(delivered, "order-7", now, ACTOR) == 80

    assert points(api) == (80, 20)
    assert release_pending(delivered, "order-7", now, ACTOR) == 0
    assert release_pending(delivered, "order-9", now, ACTOR) == 0
    assert release_pending(delivered, "", now, ACTOR) == 0
    assert clean(reconcile())


def test_points_that_come_back_before_they_were_released_are_not_released(api, delivered):
    order = earn(api, "80.00", reference="order-7")
    give_back(api, order["id"], amount="30.00")

    assert release_pending(delivered, "order-7", clock.now(), ACTOR) == 50
    assert points(api) == (50, 0)


def test_a_return_takes_only_what_still_waits_where_the_program_says_so(api, delivered):
    Program.objects.update(return_policy="only_pending")
    first, second = (earn(api, "80.00", reference=name) for name in ("first", "second"))
    release(api, first["id"])

    assert give_back(api, first["id"])["points"] == 0
    assert give_back(api, second["id"])["points"] == -80
    assert points(api) == (80, 0)


def test_points_that_lapse_while_they_wait_are_gone(api, delivered):
    Program.objects.update(expiry_months=1)
    order = earn(api, "80.00")

    with clock.at(clock.now() + timedelta(days=70)):
        assert points(api) == (0, 0)
        assert release(api, order["id"]).json()["points"] == 0


def test_a_server_releases_a_purchase_once(api, delivered):
    order = earn(api, "80.00")

    first, second = release(api, order["id"]), release(api, order["id"])

    assert (first.status_code, second.content) == (200, first.content)
    assert second.headers["Idempotent-Replayed"] == "true"
    assert (first.json()["transaction_id"], first.json()["points"]) == (order["id"], 80)
    assert Posting.objects.filter(kind="mature").count() == 1
    assert points(api) == (80, 0)


def test_a_release_is_a_transaction_that_moves_nothing(api, delivered):
    order = earn(api, "80.00")
    release(api, order["id"])

    (listed,) = api.get("/api/members/ana/transactions?type=mature").json()["results"]
    assert (listed["points"], listed["balance_after"], listed["reverses_id"]) == (0, 80, order["id"])


def test_a_transaction_says_from_when_on_its_points_count(api, delivered):
    order = earn(api, "80.00")
    assert order["available_at"] == "9999-12-31T00:00:00Z"

    released_at = release(api, order["id"]).json()["released_at"]

    assert api.get(f"/api/transactions/{order['id']}").json()["available_at"] == released_at
    (listed,) = api.get("/api/members/ana/transactions?type=earn").json()["results"]
    assert listed["available_at"] == released_at


def test_points_that_wait_for_their_day_are_released_too(api, ana_beans):
    Program.objects.update(pending_days=14)
    order = earn(api, "80.00")

    assert release(api, order["id"]).json()["points"] == 80
    assert points(api) == (80, 0)


def test_what_does_not_wait_is_not_released(api, ana_beans):
    order = earn(api, "80.00")

    answer = release(api, order["id"])
    assert answer.json() == {"transaction_id": order["id"], "points": 0, "released_at": None}
    assert not Posting.objects.filter(kind="mature").exists()
    assert refusal(release(api, uuid4())) == (404, "not-found")
    assert refusal(release(api, "nothing")) == (404, "not-found")


def test_who_may_release(api, delivered, key_with, bistro_api, barista_client, ana_client):
    order = earn(api, "80.00")

    assert refusal(release(key_with("earn", "read"), order["id"])) == (403, "scope-missing")
    assert refusal(release(bistro_api, order["id"])) == (404, "not-found")
    assert release(ana_client, order["id"]).status_code == 403
    assert release(barista_client, order["id"]).status_code == 200


def test_nobody_releases_their_own_points(api, delivered, ana, barista, barista_client):
    order = earn(api, "80.00")
    ana.person = barista
    ana.save()

    assert refusal(release(barista_client, order["id"])) == (403, "own-request")


@pytest.mark.django_db(transaction=True)
def test_released_by_many_at_once_they_are_released_once(api, cafe_key, delivered):
    order = earn(api, "80.00", reference="order-7")

    answers = all_at_once(6, lambda _: release(with_key(cafe_key), order["id"]))

    assert [(answer.status_code, answer.json()["points"]) for answer in answers] == [(200, 80)] * 6
    assert Posting.objects.filter(kind="mature").count() == 1
    assert Lot.objects.get().changes.count() == 1


def test_a_colleague_releases_them_on_the_screen_of_the_transaction(api, delivered, barista):
    order = earn(api, "80.00")
    posting, client = Posting.objects.get(public_id=order["id"]), logged_in(barista)
    page, button = (
        reverse(f"admin:ledger_posting_{name}", args=[posting.pk]) for name in ("change", "release_pending")
    )
    assert button in client.get(page).content.decode()

    answer = client.post(button, {"request_key": uuid4()}, follow=True)

    assert "80 points can be spent now." in answer.content.decode()
    assert points(api) == (80, 0)
    assert button not in client.get(page).content.decode()


def test_the_key_of_a_release_is_no_key_of_a_sender(api, delivered):
    order = earn(api, "80.00")
    release(api, order["id"])

    assert Posting.objects.get(kind="mature").key == f"release:{order['id']}"
    assert earn(api, "5.00", reference=fresh())["points"] == 5
