"""Views of lists: kept, shared with colleagues, and out of reach of anybody else."""

import pytest
from django.test import Client
from django.urls import reverse

from loyalty.identity.models import Person, Staff
from loyalty.portal.models import SavedView

SCREEN = "loyalty_member"
LIST = "/admin/loyalty/member/"


def portal(person) -> Client:
    client = Client()
    client.force_login(person)
    return client


@pytest.fixture
def stranger(bistro):
    person = Person.objects.create_user("stranger@example.com", "correct horse battery")
    Staff.objects.create(person=person, brand=bistro, role=Staff.Role.ADMIN)
    return person


def save(client, brand="", *, query="is_active__exact=1", name="Here"):
    form = {"screen": SCREEN, "name": name, "query": query, "brand": getattr(brand, "pk", brand)}
    return client.post(reverse("admin:save_view"), form, follow=True)


def test_a_view_with_a_filter_by_value_is_shared(barista, manager, cafe):
    answer = save(portal(barista), cafe)

    assert answer.status_code == 200
    assert SavedView.objects.get().brand == cafe
    assert "Here" in portal(manager).get(f"{LIST}?whole=1").content.decode()


def test_a_stranger_reaches_no_view_and_shares_none_with_a_brand_of_others(barista, stranger, cafe):
    save(portal(barista), cafe)
    view, client = SavedView.objects.get(), portal(stranger)

    for page in ("delete_view", "open_with_view"):
        answer = client.post(reverse(f"admin:{page}", args=[view.pk]), {"screen": SCREEN}, follow=True)
        assert "There is no such view any more." in answer.content.decode()
    save(client, cafe, name="There")

    assert list(SavedView.objects.all()) == [view]
