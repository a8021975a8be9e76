"""The demo: what seeding leaves behind, and the landing page that plays with it."""

import pytest
from django.core.cache import cache
from django.core.management import call_command
from django.test import Client
from rest_framework.test import APIClient

from ledger.models import Posting
from loyalty.demo import credentials, seed, world
from loyalty.identity.models import Member, Person, ServerKey
from programs.membership.models import Membership, Program

pytestmark = pytest.mark.django_db


@pytest.fixture
def small_world(monkeypatch, settings, tmp_path):
    """Two synthetic members a program, and a var folder of its own."""
    monkeypatch.setattr(seed, "SYNTHETIC_PER_PROGRAM", 2)
    settings.VAR_DIR = tmp_path
    cache.clear()


def sow():
    result = seed.seed(lambda text: None)
    credentials.write(credentials.default_path(), url="http://localhost", result=result)
    return result


def counts():
    return {
        model.__name__: model.objects.count() for model in (Posting, Member, Membership, Person, ServerKey, Program)
    }


def test_the_demo_has_the_agreed_programs_and_people(small_world):
    sow()

    assert {str(p.id): p.code for p in Program.objects.all()} == {
        "f5f0db05-a6b8-44d9-aec0-468567bac28d": "FUEL",
        "feb00fff-d806-4b7c-8f9d-770b5aa4afc2": "SHOP",
        "ca8d3c6b-6e3a-4d08-88ec-68f33fa23dfa": "SKY",
        "f846eef0-e6df-43bf-87fe-59a3552c4e95": "STAY",
    }
    assert Program.objects.values("brand").distinct().count() == 4
    for number, name in (("USR-001", "Alice Chen"), ("USR-002", "Bob Mueller")):
        member = Member.objects.get(name=name)
        assert set(member.known_to.values_list("external_id", flat=True)) == {number}
        assert member.memberships.count() == 4
    assert Member.objects.filter(is_synthetic=False).count() == 0


def test_seeding_again_changes_nothing_and_keeps_passwords_and_keys(small_world):
    first, before = sow(), counts()

    assert (sow(), counts()) == (first, before)


def test_what_was_lost_is_set_anew(small_world):
    first = sow()
    credentials.default_path().unlink()

    second = sow()

    api = APIClient(headers={"Authorization": f"Api-Key {second.server_keys['FUEL']}"})
    lost = APIClient(headers={"Authorization": f"Api-Key {first.server_keys['FUEL']}"})
    assert api.get("/api/programs/FUEL").status_code == 200
    assert lost.get("/api/programs/FUEL").status_code == 401
    assert Person.objects.get(email="alice@example.com").check_password(second.members["Alice Chen"].password)


def test_the_books_of_the_demo_are_in_order(small_world, capsys):
    sow()

    call_command("reconcile_ledger")

    assert "all hold" in capsys.readouterr().out


def test_points_of_the_demo_can_be_exchanged_and_no_circle_makes_any(small_world, capsys):
    result = sow()
    sow()

    api = APIClient(headers={"Authorization": f"Api-Key {result.server_keys['SHOP']}"})
    rates = api.get("/api/rates").json()["results"]
    assert [(one["from_program_code"], one["to_program_code"], one["rate"], one["is_open"]) for one in rates] == [
        ("FUEL", "SHOP", "0.6", True),
        ("SHOP", "FUEL", "1.5", True),
        ("SHOP", "SKY", "0.3", True),
        ("SKY", "SHOP", "2.5", True),
    ]
    call_command("check_rates")
    assert "checked 6 pairs at 1 instant: no circle makes points out of nothing" in capsys.readouterr().out


def test_the_landing_page_links_everything_and_lists_the_endpoints(small_world):
    sow()

    page = Client().get("/").content.decode()

    for expected in ("/api/docs", "/admin/", "/api/members/{member}/earn", "FuelSaver Card", "Run the lifecycle"):
        assert expected in page


def test_without_a_demo_the_landing_page_says_how_to_get_one(db):
    page = Client().get("/").content.decode()

    assert "python manage.py quickstart" in page
    assert Client().post("/demo/key").status_code == 404


def test_the_pages_key_plays_the_lifecycle_and_can_do_little_else(small_world):
    sow()
    key = Client().post("/demo/key").json()["key"]
    api = APIClient(headers={"Authorization": f"Api-Key {key}"})
    member = f"/api/members/{world.MEMBERS[0].id}"

    given = api.post(f"{member}/deposit", {"program_id": "FUEL", "amount": 5, "idempotency_key": "k"}, format="json")
    refused = api.post("/api/members", {"external_id": "x"}, format="json")

    assert (given.status_code, refused.status_code) == (201, 403)
    assert api.get(f"{member}/balances").status_code == 200


def test_the_pages_key_is_refused_to_other_sites_and_to_those_who_want_many(small_world):
    sow()

    assert Client(enforce_csrf_checks=True).post("/demo/key").status_code == 403
    assert [Client().post("/demo/key").status_code for _ in range(11)][-2:] == [200, 429]


def test_a_production_has_no_demo_key(small_world, settings):
    sow()
    settings.PRODUCTION = True

    assert Client().post("/demo/key").status_code == 404
