"""Every change of a consent is written down, whatever way it comes, and read by whom it concerns."""

import pytest
from django.test import Client
from django.urls import reverse

from loyalty.identity.models import Member
from loyalty.identity.privacy.models import ConsentChange
from loyalty.testing.clients import JsonClient

pytestmark = pytest.mark.django_db


def told(member) -> list[tuple]:
    rows = ConsentChange.objects.filter(member=member).order_by("id")
    return [(row.purpose, row.is_given, row.brand_id, row.actor, row.source) for row in rows]


def test_who_registers_gives_their_own_word(client):
    body = {"email": "dora@example.com", "password": "a long enough one", "consents": {"sms": True, "mail": False}}
    made = JsonClient().post("/api/members/register", body)

    member = Member.objects.get(pk=made.json()["member_id"])
    assert told(member) == [("sms", True, None, f"person:{member.person_id}", "registration")]


def test_what_a_brand_enters_and_changes_is_in_its_name(api, cafe):
    made = api.post("/api/members", {"external_id": "d", "consents": {"mail": True}}).json()
    api.patch("/api/members/d", {"consents": {"mail": None, "sms": True}})
    api.patch("/api/members/d", {"consents": {"sms": True}})

    key = f"key:{cafe.server_keys.get().pk}"
    assert told(made["id"]) == [
        ("mail", True, cafe.pk, key, "api"),
        ("mail", False, cafe.pk, key, "api"),
        ("sms", True, cafe.pk, key, "api"),
    ]


def test_the_members_own_word_is_theirs(ana, ana_client):
    ana_client.patch("/api/members/me", {"consents": {"mail": True}})

    assert told(ana) == [("mail", True, None, f"person:{ana.person_id}", "api")]


def test_staff_write_down_what_was_said_and_where(ana, cafe, barista):
    portal = Client()
    portal.force_login(barista)
    page = reverse("admin:loyalty_member_record_consent", args=[ana.pk])
    said = {"purpose": "mail", "said": "given", "source": "at the till", "request_key": ana.pk}

    assert portal.post(page, said).status_code == 302
    assert portal.post(page, said | {"said": "taken_back"}).status_code == 302
    assert portal.post(page, said | {"purpose": "No good"}).status_code == 200
    ana.refresh_from_db()
    assert ana.consents == {}
    actor = f"person:{barista.pk}"
    assert told(ana) == [
        ("mail", True, cafe.pk, actor, "portal: at the till"),
        ("mail", False, cafe.pk, actor, "portal: at the till"),
    ]
    assert "taken back (portal: at the till)" in portal.get(
        reverse("admin:loyalty_member_change", args=[ana.pk])
    ).content.decode().replace("\n", " ")


def test_the_history_is_read_by_whom_it_concerns(ana, api, ana_client, bistro, bistro_api, cafe):
    api.patch("/api/members/ana", {"consents": {"mail": True}})
    ana_client.patch("/api/members/me", {"consents": {"sms": True}})
    ConsentChange.objects.create(member=ana, brand=bistro, purpose="theirs", is_given=True, actor="x")

    own = ana_client.get("/api/members/me/consents").json()["results"]
    assert [(row["purpose"], row["brand_id"]) for row in own] == [
        ("theirs", str(bistro.pk)), ("sms", None), ("mail", str(cafe.pk)),
    ]  # fmt: skip
    assert own[2] | {"occurred_at": "", "actor": ""} == {
        "purpose": "mail", "is_given": True, "brand_id": str(cafe.pk), "source": "api", "occurred_at": "", "actor": "",
    }  # fmt: skip
    seen = api.get("/api/members/ana/consents").json()["results"]
    assert [row["purpose"] for row in seen] == ["sms", "mail"]
    assert bistro_api.get(f"/api/members/{ana.pk}/consents").status_code == 404


def test_addresses_go_in_and_out(api, ana_client, ana):
    body = {"external_id": "d", "address": {"street": "Lane 1", "city": "Utrecht", "country": "NL"}}
    made = api.post("/api/members", body).json()
    empty = {"street": None, "postal_code": None, "city": None, "region": None, "country": None}
    assert made["address"] == empty | {"street": "Lane 1", "city": "Utrecht", "country": "NL"}

    changed = api.patch("/api/members/d", {"address": {"street": None, "postal_code": "3511"}}).json()
    assert changed["address"] == empty | {"city": "Utrecht", "country": "NL", "postal_code": "3511"}
    assert api.patch("/api/members/d", {"address": None}).json()["address"] is None
    bad = api.patch("/api/members/d", {"address": {"country": "nl", "planet": "x"}})
    assert {each["pointer"] for each in bad.json()["errors"]} == {"/address/country", "/address/planet"}


def test_phones_in_the_portal_are_kept_in_international_form(cafe, ana, manager):
    cafe.country = "NL"
    cafe.save()
    portal = Client()
    portal.force_login(manager)
    form = {"name": "Ana", "email": "ana@example.com", "external_id": "ana", "birth_date": ""}
    page = reverse("admin:loyalty_member_edit", args=[ana.pk])

    assert portal.post(page, form | {"phone": "06 1234 5678"}).status_code == 302
    ana.refresh_from_db()
    assert ana.phone == "+31612345678"
    assert "not a phone number" in portal.post(page, form | {"phone": "12"}).content.decode()
