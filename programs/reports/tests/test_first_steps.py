"""A brand that has just begun is led from nothing to its first purchase, and then no more."""

import pytest
from django.test import Client

from loyalty.identity.models import Brand, Staff


@pytest.fixture
def beginners(db, manager):
    """The first page as the admin of a brand that has nothing sees it."""
    Staff.objects.filter(person=manager).delete()
    brand = Brand.objects.create(code="tea", name="Teahouse")
    Staff.objects.create(brand=brand, person=manager, role=Staff.Role.ADMIN)
    client = Client()
    client.force_login(manager)
    return client, brand


def steps(client) -> dict[str, tuple[bool, bool]]:
    """Title -> whether it is done, and whether a button leads there; empty without the panel."""
    drawn = [panel for panel in client.get("/admin/").context["panels"] if panel.template == "admin/home_steps.html"]
    return {step.title: (step.is_done, bool(step.link)) for panel in drawn for step in panel.facts["steps"]}


def test_a_brand_without_anything_is_told_what_to_do_first(beginners):
    client, _brand = beginners

    assert steps(client) == {
        "Open a program": (False, True),
        "Enter or import your members": (False, True),
        "Invite your colleagues": (False, True),
        "Connect a till or shop": (False, True),
        "Record the first purchase": (False, False),
    }


def test_what_is_done_is_ticked_and_colleagues_see_only_what_they_may_do(beginners, barista):
    client, brand = beginners
    Staff.objects.filter(person=barista).delete()
    Staff.objects.create(brand=brand, person=barista, role=Staff.Role.STAFF)
    colleague = Client()
    colleague.force_login(barista)

    assert steps(client)["Invite your colleagues"] == (True, True)
    assert steps(colleague)["Open a program"] == (False, False)
    assert steps(colleague)["Invite your colleagues"] == (True, False)


def test_a_brand_whose_points_have_moved_has_no_first_steps(client, manager, ana_beans, api):
    asked = {"program_id": str(ana_beans.program_id), "amount": 5, "idempotency_key": "first"}
    assert api.post(f"/api/members/{ana_beans.member_id}/deposit", asked).status_code == 201
    client.force_login(manager)

    assert steps(client) == {}
