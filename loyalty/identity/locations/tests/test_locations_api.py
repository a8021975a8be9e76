"""Locations over HTTP, and posts that are bound to one."""

import pytest

from loyalty.events.models import Event
from loyalty.history.models import Change
from loyalty.identity.approvals.models import ApprovalRequest
from loyalty.identity.approvals.operations import approve
from loyalty.identity.models import Location, Staff
from loyalty.testing.clients import with_login

pytestmark = pytest.mark.django_db
NEW = {"code": "amsterdam-1", "name": "Amsterdam Central"}


def refusal(answer):
    return answer.status_code, answer.json()["code"]


@pytest.fixture
def amsterdam(cafe):
    return Location.objects.create(brand=cafe, **NEW)


@pytest.fixture
def paris(bistro):
    return Location.objects.create(brand=bistro, code="paris", name="Paris")


def test_a_manager_enters_a_location_and_switches_it_off(manager_client, cafe):
    made = manager_client.post("/api/locations", NEW)

    assert made.status_code == 201
    location = made.json()
    assert (location["brand_id"], location["code"], location["is_active"]) == (str(cafe.pk), "amsterdam-1", True)
    off = manager_client.patch("/api/locations/amsterdam-1", {"is_active": False, "name": "Amsterdam"})
    assert (off.json()["is_active"], off.json()["name"]) == (False, "Amsterdam")
    assert manager_client.get(made.headers["Location"]).json() == off.json()
    told = Event.objects.filter(aggregate_id=location["id"]).order_by("id").values_list("type", flat=True)
    assert list(told) == ["location.created", "location.changed"]
    assert Change.objects.filter(kind="loyalty.location").count() == 2


def test_a_code_is_used_once_in_a_brand(manager_client, bistro_api, amsterdam):
    assert refusal(manager_client.post("/api/locations", NEW)) == (409, "location-code-taken")
    assert bistro_api.post("/api/locations", NEW).status_code == 201


@pytest.mark.parametrize("body", [NEW | {"code": "a b"}, NEW | {"name": " "}, NEW | {"code": ""}, {"code": "x"}])
def test_what_is_no_location_is_refused(manager_client, body):
    assert refusal(manager_client.post("/api/locations", body)) == (400, "validation-error")


def test_staff_and_partners_see_them_and_change_none(barista_client, barista, amsterdam):
    for role in ("staff", "partner"):
        Staff.objects.filter(person=barista).update(role=role)
        assert [one["code"] for one in barista_client.get("/api/locations").json()["results"]] == ["amsterdam-1"]
        assert refusal(barista_client.post("/api/locations", NEW)) == (403, "forbidden")
        assert refusal(barista_client.patch("/api/locations/amsterdam-1", {"name": "x"})) == (403, "forbidden")


def test_members_see_none(ana_client, amsterdam):
    assert refusal(ana_client.get("/api/locations")) == (403, "forbidden")


def test_another_brands_are_not_there(manager_client, api, amsterdam, paris):
    for ref in ("paris", str(paris.pk)):
        assert refusal(manager_client.get(f"/api/locations/{ref}")) == (404, "not-found")
        assert refusal(api.patch(f"/api/locations/{ref}", {"name": "Ours"})) == (404, "not-found")
    assert [one["code"] for one in api.get("/api/locations").json()["results"]] == ["amsterdam-1"]


def test_the_list_can_be_of_open_ones_only(api, amsterdam, cafe):
    Location.objects.create(brand=cafe, code="closed", name="Closed", is_active=False)

    assert [one["code"] for one in api.get("/api/locations").json()["results"]] == ["amsterdam-1", "closed"]
    assert [one["code"] for one in api.get("/api/locations?is_active=true").json()["results"]] == ["amsterdam-1"]


def test_a_code_of_two_brands_names_none_for_who_works_at_both(manager, cafe, bistro, amsterdam):
    Staff.objects.create(person=manager, brand=bistro, role="admin")
    Location.objects.create(brand=bistro, **NEW)

    assert refusal(with_login(manager).get("/api/locations/amsterdam-1")) == (409, "ambiguous-location")


class TestPosts:
    def give(self, client, person, **post):
        return client.patch(f"/api/users/{person.id}", {"roles": [{"brand_id": "cafe", "role": "staff"} | post]})

    def test_a_post_is_bound_to_a_location_and_stays_so_until_it_is_named(self, manager_client, barista, amsterdam):
        (bound,) = self.give(manager_client, barista, location_id="amsterdam-1").json()["roles"]
        (kept,) = self.give(manager_client, barista, role="partner").json()["roles"]
        (freed,) = self.give(manager_client, barista, role="partner", location_id=None).json()["roles"]

        assert (bound["location_id"], bound["location_code"]) == (str(amsterdam.pk), "amsterdam-1")
        assert (kept["role"], kept["location_code"]) == ("partner", "amsterdam-1")
        assert (freed["role"], freed["location_id"]) == ("partner", None)
        changes = Event.objects.filter(type="user.role_changed").order_by("id").values_list("data", flat=True)
        assert [one.get("location", "-") for one in changes] == ["amsterdam-1", "-", None]

    def test_saying_it_again_changes_nothing(self, manager_client, barista, amsterdam):
        for _turn in range(2):
            assert self.give(manager_client, barista, location_id=str(amsterdam.pk)).status_code == 200

        assert Event.objects.filter(type="user.role_changed").count() == 1

    def test_a_location_of_another_brand_or_a_closed_one_is_refused(self, manager_client, barista, amsterdam, paris):
        Location.objects.filter(pk=amsterdam.pk).update(is_active=False)
        for ref in ("paris", str(paris.pk), "amsterdam-1", "nowhere"):
            answer = self.give(manager_client, barista, location_id=ref)

            assert refusal(answer) == (400, "validation-error")
            assert [one["pointer"] for one in answer.json()["errors"]] == ["/roles/0/location_id"]
        assert Staff.objects.get(person=barista).location is None

    def test_a_role_that_waits_takes_its_location_along(self, manager_client, cafe, barista, amsterdam, manager):
        cafe.approval_roles = "all"
        cafe.save()
        second = type(manager).objects.create_user("second@example.com", name="Second")
        Staff.objects.create(person=second, brand=cafe, role="admin")
        waits = self.give(manager_client, barista, role="admin", location_id="amsterdam-1")
        assert (waits.status_code, waits.json()["roles"][0]["location_id"]) == (202, None)

        approve(second.worker, ApprovalRequest.objects.get())

        post = Staff.objects.get(person=barista)
        assert (post.role, post.location_id) == ("admin", amsterdam.pk)
