"""How often a till may ask who somebody is: as often in the portal's search as on its own page."""

from types import SimpleNamespace

import pytest
from django.core.cache import cache
from django.test import Client

from loyalty.identity.models import Person, Staff


@pytest.fixture
def kiosk(cafe) -> Client:
    """The portal as a partner sees it."""
    person = Person.objects.create_user("kiosk@example.com", "correct horse battery")
    Staff.objects.create(person=person, brand=cafe, role=Staff.Role.PARTNER)
    client = Client()
    client.force_login(person)
    return client


def test_a_partner_does_not_try_address_after_address_in_the_search(kiosk, ana_beans, monkeypatch):
    # All within one minute, however long they take.
    monkeypatch.setattr("django_ratelimit.core.time", SimpleNamespace(time=lambda: 1_800_000_000))
    cache.clear()
    answers = [kiosk.post("/admin/search/?part=1", {"q": f"somebody{n}@example.com"}).status_code for n in range(61)]

    assert answers == [200] * 60 + [429]
    assert kiosk.post("/admin/till/", {"text": "ana@example.com"}).status_code == 429


def test_names_are_searched_only_where_one_may_see_members(kiosk, bistro, ana_beans):
    cache.clear()
    Staff.objects.create(person=Person.objects.get(email="kiosk@example.com"), brand=bistro, role=Staff.Role.STAFF)

    assert ana_beans.card_number not in kiosk.post("/admin/till/", {"text": "Ana"}, follow=True).content.decode()
    found = kiosk.post("/admin/till/", {"text": "ana@example.com"}, follow=True).content.decode()
    assert "1000 0000 0000 0009" in found or ana_beans.card_number in found
