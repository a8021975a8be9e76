"""Everything about one person as one document: who gets it, and what of it."""

import json

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from loyalty.events.models import Event
from loyalty.identity.models import BrandMember, MemberNote
from programs.activity.tests.tills import deposit

pytestmark = pytest.mark.django_db


@pytest.fixture
def shared(bistro, cafe, ana):
    """Ana is known to the bistro too; both wrote about her."""
    BrandMember.objects.create(brand=bistro, member=ana, external_id="bistro-ana")
    MemberNote.objects.create(brand=bistro, member=ana, text="likes soup")
    MemberNote.objects.create(brand=cafe, member=ana, text="likes tea")
    return ana


def notes(document) -> list[str]:
    return sorted(note["text"] for note in document["sections"]["notes"])


def test_members_get_everything_about_themselves(api, shared, ana_client, ana_beans):
    deposit(api, 5, reason="welcome")

    answer = ana_client.get("/api/members/me/export")
    document = answer.json()

    assert (document["member_id"], document["person_id"]) == (str(shared.pk), str(shared.person_id))
    assert notes(document) == ["likes soup", "likes tea"]
    assert document["sections"]["profile"][0]["email"] == "ana@example.com"
    assert document["sections"]["login"][0]["email"] == "ana@example.com"
    assert document["sections"]["transactions"][0]["data"]["description"] == "welcome"
    assert "password" not in document["sections"]["login"][0]
    assert Event.objects.get(type="member.exported").data == {"actor": f"person:{shared.person_id}"}


def test_a_brands_admin_gets_what_the_brand_has(api, shared, manager_client):
    document = manager_client.get(f"/api/members/{shared.pk}/export").json()

    assert (document["brand"], notes(document)) == ("cafe", ["likes tea"])
    assert [link["external_id"] for link in document["sections"]["known_to"]] == ["ana"]
    assert (document["sections"]["login"], document["sections"]["devices"]) == ([], [])


def test_others_get_nothing(api, shared, barista_client, ben, as_person, bistro_api):
    assert as_person(ben.person).get(f"/api/members/{shared.pk}/export").status_code == 404
    assert barista_client.get("/api/members/ana/export").status_code == 403
    assert api.get("/api/members/ana/export").status_code == 403


def test_the_portal_gives_the_file_to_whom_it_may(shared, manager, barista):
    page = reverse("admin:loyalty_member_personal_data", args=[shared.pk])
    portal = Client()
    portal.force_login(manager)

    assert portal.get(page).status_code == 302
    answer = portal.post(page)
    assert answer["Content-Disposition"] == f'attachment; filename="member-{shared.pk}.json"'
    assert notes(json.loads(answer.content)) == ["likes tea"]
    portal.force_login(barista)
    assert portal.post(page).status_code == 403


def test_the_command_writes_a_file_for_its_owner_only(shared, tmp_path):
    file = tmp_path / "ana.json"

    call_command("export_member", "ana@example.com", to=file)
    assert notes(json.loads(file.read_text())) == ["likes soup", "likes tea"]
    assert file.stat().st_mode & 0o077 == 0
    call_command("export_member", "bistro-ana", brand="bistro", to=file)
    assert notes(json.loads(file.read_text())) == ["likes soup"]
    with pytest.raises(CommandError, match="nobody"):
        call_command("export_member", "bistro-ana", brand="cafe")
