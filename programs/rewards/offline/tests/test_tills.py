"""Tills are registered with a key that is theirs, changed, and revoked."""

import pytest

from loyalty.events.models import Event
from loyalty.identity.models import Location, Staff
from programs.rewards.offline.models import TillDevice
from programs.rewards.offline.tests.counter import Counter, register

pytestmark = pytest.mark.django_db


@pytest.fixture
def market(cafe):
    return Location.objects.create(brand=cafe, code="market", name="Market square")


def test_a_till_is_registered_once(api, cafe, market):
    counter = Counter()
    first = api.post("/api/tills", counter.asking(location_id="market"))
    again = api.post("/api/tills", counter.asking(location_id="market"))

    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    told = first.json()
    assert first.headers["Location"] == f"/api/tills/{told['id']}"
    assert (told["brand_code"], told["location_code"], told["status"]) == ("cafe", "market", "active")
    assert (told["public_key"], told["last_sequence"], told["last_digest"]) == (counter.public_key, 0, "")
    event = Event.objects.get(type="till.registered")
    assert (str(event.aggregate_id), event.data["name"], event.data["location"]) == (told["id"], "Counter 1", "market")


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"proof": "x" * 86}, 422, "wrong-proof"),
        ({"name": "Another"}, 422, "wrong-proof"),
        ({"proof": ""}, 422, "wrong-proof"),
        ({"public_key": "x"}, 400, "validation-error"),
        ({"location_id": "nowhere"}, 400, "validation-error"),
        ({"brand_id": "bistro"}, 404, "not-found"),
    ],
)
def test_a_till_without_a_right_proof_is_refused(api, cafe, bistro, change, status, code):
    answer = api.post("/api/tills", Counter().asking() | change)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert not TillDevice.objects.exists()


def test_the_key_of_another_till_cannot_be_registered(api, cafe):
    counter = register(api)
    thief = Counter()

    answer = api.post("/api/tills", thief.asking(public_key=counter.public_key))

    assert answer.json()["code"] == "wrong-proof"


def test_one_key_has_one_name(api):
    counter = register(api)
    counter.name = "Counter 2"

    assert api.post("/api/tills", counter.asking()).json()["code"] == "till-key-taken"


def test_a_revoked_key_does_not_come_back(api):
    counter = register(api)

    assert api.delete(f"/api/tills/{counter.id}?reason=Lost").status_code == 204
    assert api.delete(f"/api/tills/{counter.id}").status_code == 204
    told = api.get(f"/api/tills/{counter.id}").json()
    assert (told["status"], told["note"]) == ("revoked", "Lost")
    assert Event.objects.get(type="till.revoked").data["reason"] == "Lost"
    assert api.post("/api/tills", counter.asking()).json()["code"] == "till-revoked"


def test_admins_change_tills_and_others_do_not(api, manager_client, barista_client, market):
    counter = register(api)
    address = f"/api/tills/{counter.id}"

    told = manager_client.patch(address, {"name": "Window", "location_id": "market", "offline_max": 7}).json()

    assert (told["name"], told["location_code"], told["offline_max"]) == ("Window", "market", 7)
    assert manager_client.patch(address, {"location_id": None}).json()["location_code"] is None
    assert barista_client.patch(address, {"offline_max": 100_000}).status_code == 403
    assert api.patch(address, {"offline_max": 100_000}).status_code == 403
    api.delete(address)
    assert manager_client.patch(address, {"name": "Door"}).json()["code"] == "till-revoked"


def test_tills_of_another_brand_are_not_there(api, bistro_api):
    counter = register(api)

    assert bistro_api.get(f"/api/tills/{counter.id}").status_code == 404
    assert bistro_api.delete(f"/api/tills/{counter.id}").status_code == 404
    assert bistro_api.get("/api/tills").json()["results"] == []
    assert [one["id"] for one in api.get("/api/tills?status=active").json()["results"]] == [counter.id]
    assert api.get("/api/tills?status=revoked").json()["results"] == []


def test_a_till_of_a_bound_post_stands_where_the_post_is(as_person, barista, cafe, market):
    Location.objects.create(brand=cafe, code="station", name="Station")
    Staff.objects.filter(person=barista).update(location=market)
    client = as_person(barista)

    assert client.post("/api/tills", Counter().asking()).json()["location_code"] == "market"
    assert client.post("/api/tills", Counter().asking(location_id="station")).json()["code"] == "other-location"
