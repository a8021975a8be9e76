"""The portal's screen of locations, and the location of a post."""

import pytest
from django.urls import reverse

from loyalty.events.models import Event
from loyalty.identity.models import Location, Person, Staff

pytestmark = pytest.mark.django_db
LIST, ADD = "admin:loyalty_location_changelist", "admin:loyalty_location_add"


@pytest.fixture
def portal(client, manager):
    """The portal as the cafe's manager sees it."""
    client.force_login(manager)
    return client


@pytest.fixture
def here(cafe):
    return Location.objects.create(brand=cafe, code="here", name="Here")


@pytest.fixture
def elsewhere(bistro):
    return Location.objects.create(brand=bistro, code="elsewhere", name="Far elsewhere")


def sent(portal, address: str, form: dict):
    return portal.post(address, form, format="multipart")


def test_a_manager_enters_renames_and_closes_a_location(portal, cafe):
    entered = sent(portal, reverse(ADD), {"brand": cafe.pk, "code": "new", "name": "New", "is_active": "on"})
    location = Location.objects.get()
    changed = sent(portal, reverse("admin:loyalty_location_change", args=[location.pk]), {"name": "Newer"})

    location.refresh_from_db()
    assert (entered.status_code, changed.status_code) == (302, 302)
    assert (location.code, location.name, location.is_active) == ("new", "Newer", False)
    told = Event.objects.filter(aggregate_id=location.pk).order_by("id").values_list("type", flat=True)
    assert list(told) == ["location.created", "location.changed"]


def test_only_the_brands_own_are_listed_and_opened(portal, here, elsewhere):
    listed = portal.get(reverse(LIST)).content.decode()

    assert ("Here" in listed, "Far elsewhere" in listed) == (True, False)
    assert portal.get(reverse("admin:loyalty_location_change", args=[elsewhere.pk])).status_code == 404


def test_nobody_deletes_one(portal, here):
    assert portal.post(reverse("admin:loyalty_location_delete", args=[here.pk]), {"post": "yes"}).status_code == 403
    assert Location.objects.filter(pk=here.pk).exists()


def test_a_post_is_bound_to_a_location_of_its_brand(portal, barista, here, elsewhere):
    post = Staff.objects.get(person=barista)
    address = reverse("admin:loyalty_staff_change", args=[post.pk])
    page = portal.get(address).content.decode()
    assert ("Here" in page, "Far elsewhere" in page) == (True, False)

    bound = sent(portal, address, {"role": "partner", "location": here.pk, "is_active": "on"})
    post.refresh_from_db()
    assert (bound.status_code, post.role, post.location_id) == (302, "partner", here.pk)

    refused = sent(portal, address, {"role": "partner", "location": elsewhere.pk, "is_active": "on"})
    post.refresh_from_db()
    assert (refused.status_code, post.location_id) == (200, here.pk)

    freed = sent(portal, address, {"role": "partner", "location": "", "is_active": "on"})
    post.refresh_from_db()
    assert (freed.status_code, post.location_id) == (302, None)


def test_whoever_is_entered_can_be_bound_at_once(portal, manager, cafe, bistro, here, elsewhere):
    Staff.objects.create(person=manager, brand=bistro, role="admin")
    form = {"email": "new@example.com", "name": "New", "password": "correct horse battery", "role": "partner"}

    crossed = sent(portal, reverse("admin:loyalty_staff_add"), form | {"brand": cafe.pk, "location": elsewhere.pk})
    assert (crossed.status_code, Person.objects.filter(email="new@example.com").exists()) == (200, False)
    entered = sent(portal, reverse("admin:loyalty_staff_add"), form | {"brand": cafe.pk, "location": here.pk})

    assert entered.status_code == 302
    assert Staff.objects.get(person__email="new@example.com").location_id == here.pk


def test_a_post_keeps_a_location_that_was_closed(portal, barista, here):
    Staff.objects.filter(person=barista).update(location=here)
    Location.objects.update(is_active=False)
    post = Staff.objects.get(person=barista)

    kept = sent(
        portal, reverse("admin:loyalty_staff_change", args=[post.pk]),
        {"role": "partner", "location": here.pk, "is_active": "on"},
    )  # fmt: skip

    post.refresh_from_db()
    assert (kept.status_code, post.role, post.location_id) == (302, "partner", here.pk)
