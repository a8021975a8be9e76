"""Earn and redeem answered later: 202 now, the worker's work, and what the same object says afterwards."""

from uuid import UUID

import pytest

from loyalty.events.models import Event
from loyalty.testing.clients import with_key
from loyalty.testing.working import work as work_as_the_worker
from programs.activity.models import Submission
from programs.activity.operations import complete_submission
from programs.activity.tests.tills import available, deposit, purchase, refusal
from programs.membership.models import Program

pytestmark = pytest.mark.django_db
LATER = {"HTTP_PREFER": "respond-async"}


def earn_later(api, body, **headers):
    return api.post("/api/members/ana/earn", body, **LATER, **headers)


def redeem_later(api, points, key="k"):
    body = {"program_id": "BEANS", "points": points, "idempotency_key": key}
    return api.post("/api/members/ana/redeem", body, **LATER)


def work(response):
    """What the worker does with it."""
    return complete_submission(UUID(response.json()["id"]))


def test_it_is_pending_until_the_worker_has_done_it(api, ana, beans, ana_beans):
    response = earn_later(api, purchase("12.50", reference="r-1"))

    pending = response.json()
    assert response.status_code == 202
    assert response["Location"] == f"/api/transactions/{pending['id']}"
    assert response["Preference-Applied"] == "respond-async"
    assert (pending["type"], pending["status"], pending["points"], pending["amount"]) == (
        "earn",
        "pending",
        None,
        "12.50",
    )
    assert api.get(response["Location"]).json() == pending
    assert available(api) == 0

    work(response)

    done = api.get(response["Location"]).json()
    assert (done["id"], done["type"], done["status"], done["points"]) == (pending["id"], "earn", "completed", 12)
    assert (done["member_id"], done["program_id"]) == (str(ana.id), str(beans.id))
    assert available(api) == 12


def test_working_twice_moves_points_once(api, ana_beans):
    response = earn_later(api, purchase("12.50"))

    work(response)
    work(response)

    assert available(api) == 12


def test_the_items_are_not_lost_on_the_way(api, ana_beans):
    items = [{"sku": "A", "quantity": "1.500", "amount": "10.00", "labels": {"colour": "red"}}]
    response = earn_later(api, purchase("10.00", items=items, occurred_at="2026-03-01T12:00:00+01:00"))
    work(response)

    done = api.get(response["Location"]).json()
    assert done["occurred_at"] == "2026-03-01T11:00:00Z"
    back = api.post(f"{response['Location']}/return", {"reference": "x", "items": [{"sku": "A", "quantity": "0.750"}]})
    assert back.json()["amount"] == "5.00"


def test_what_cannot_be_done_says_why(api, ana_beans):
    deposit(api, 10)
    response = redeem_later(api, 50)
    assert response.status_code == 202

    work(response)
    work(response)

    failed = api.get(response["Location"]).json()
    assert (failed["status"], failed["points"]) == ("failed", None)
    assert failed["problem"]["code"] == "insufficient-points"
    assert (failed["problem"]["available"], failed["problem"]["requested"]) == (10, 50)
    types = list(Event.objects.filter(aggregate_id=failed["id"]).order_by("sequence").values_list("type", flat=True))
    assert types == ["transaction.submitted", "transaction.failed"]


def test_what_can_be_refused_at_once_is(api, beans, ana_beans, ben):
    Program.objects.filter(pk=beans.pk).update(redeem_points_min=100)

    assert refusal(redeem_later(api, 50)) == (422, "below-minimum")
    assert refusal(earn_later(api, purchase(currency="USD"))) == (400, "validation-error")
    assert refusal(api.post("/api/members/ben/earn", purchase(), **LATER)) == (409, "membership-required")
    assert Submission.objects.count() == 0


def test_the_same_key_again_is_the_same_request(api, ana_beans):
    body = purchase("12.50")

    first, again = earn_later(api, body), earn_later(api, body)
    other = earn_later(api, body | {"amount": "13.00"})
    work(first)
    after = earn_later(api, body)

    assert (again.status_code, again.content, again["Idempotent-Replayed"]) == (202, first.content, "true")
    assert refusal(other) == (422, "idempotency-key-reused")
    assert (after.status_code, after.content) == (202, first.content)
    assert Submission.objects.count() == 1


def test_what_was_done_at_once_is_answered_at_once(api, ana_beans):
    body = purchase("12.50")
    first = api.post("/api/members/ana/earn", body)

    later = earn_later(api, body)

    assert (later.status_code, later.content, later["Idempotent-Replayed"]) == (201, first.content, "true")


def test_done_at_once_meanwhile_it_is_one_award(api, ana_beans):
    body = purchase("12.50")
    later = earn_later(api, body)
    at_once = api.post("/api/members/ana/earn", body).json()

    work(later)

    assert api.get(later["Location"]).json() == at_once
    assert available(api) == 12


def test_a_submission_of_another_brand_is_not_there(api, bistro_api, ana_beans):
    response = earn_later(api, purchase("12.50"))

    assert refusal(bistro_api.get(response["Location"])) == (404, "not-found")


@pytest.mark.django_db(transaction=True)
def test_the_worker_does_what_is_waiting(cafe_key, ana_beans):
    api = with_key(cafe_key)
    responses = [earn_later(api, purchase("2.00")) for _ in range(3)]

    work_as_the_worker()

    assert {api.get(one["Location"]).json()["status"] for one in responses} == {"completed"}
    assert available(api) == 6
