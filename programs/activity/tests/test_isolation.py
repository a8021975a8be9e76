"""What belongs to another brand or member is not there, whichever way one asks."""

import uuid

import pytest

from loyalty.identity.models import BrandMember, Member
from programs.activity.tests.tills import available, deposit, earn, fresh, purchase, refusal

pytestmark = pytest.mark.django_db
NOT_FOUND = (404, "not-found")


@pytest.fixture
def world(api, ana_beans):
    """Ids of ana's things at the cafe."""
    deposit(api, 1000)
    held = api.post("/api/members/ana/holds", {"program_id": "BEANS", "points": 10, "idempotency_key": fresh()}).json()
    return {"earned": earn(api, "50.00")["id"], "hold": held["id"]}


def calls(world, beans, member):
    """Every address of this room, as a stranger would call it with good bodies and the right ids."""
    earned, hold = world["earned"], world["hold"]
    program = str(beans.id)
    key = {"idempotency_key": fresh()}
    yield "get", f"/api/members/{member}", None
    for name in ("balances", "balance", "transactions", "history", "statement?month=2026-10"):
        yield "get", f"/api/members/{member}/{name}", None
    yield "get", f"/api/transactions/{earned}", None
    yield "get", f"/api/transactions/{earned}/explanation", None
    yield "post", f"/api/members/{member}/earn", purchase(program_id=program)
    yield "post", f"/api/members/{member}/redeem", {"program_id": program, "points": 5} | key
    yield "post", f"/api/members/{member}/deposit", {"program_id": program, "amount": 5} | key
    yield "post", f"/api/members/{member}/holds", {"program_id": program, "points": 5} | key
    yield "post", f"/api/holds/{hold}/capture", key
    yield "post", f"/api/holds/{hold}/release", key
    yield "post", "/api/transactions/accrue", purchase(program_id=program, member_id=member)
    yield "post", "/api/transactions/accrue", purchase(program_id=program, card_number="1000000000000009")
    yield "post", "/api/transactions/preview", purchase(program_id=program, member_id=member)
    yield "post", "/api/transactions/redeem", {"program_id": program, "points": 5, "member_id": member} | key
    yield "post", f"/api/transactions/{earned}/reverse", {"reason": "x"} | key
    yield "post", f"/api/transactions/{earned}/return", {"reference": "x"}


def test_another_brand_finds_nothing(api, bistro_api, world, beans, ana):
    for method, address, body in calls(world, beans, str(ana.id)):
        response = getattr(bistro_api, method)(address, body) if body else getattr(bistro_api, method)(address)

        assert refusal(response) == NOT_FOUND, (method, address)
    assert available(api) == 1040


def test_another_member_finds_nothing(api, as_person, ben, ben_beans, world, beans, ana, settings):
    settings.PERSON_POINTS_RATE = "1000/m"
    client = as_person(ben.person)
    for method, address, body in calls(world, beans, str(ana.id)):
        response = getattr(client, method)(address, body) if body else getattr(client, method)(address)

        # What members never do they are refused, whoever it is about.
        is_theirs = method == "get" or "redeem" in address
        assert refusal(response) == (NOT_FOUND if is_theirs else (403, "forbidden")), (method, address)
    assert available(api) == 1040


def test_what_does_not_exist_looks_the_same(api, world, beans):
    nobody = str(uuid.uuid4())
    strange = {"earned": nobody, "hold": nobody}
    for method, address, body in calls(strange, beans, nobody):
        if "card_number" in (body or {}):
            continue
        response = getattr(api, method)(address, body) if body else getattr(api, method)(address)

        assert refusal(response) == NOT_FOUND, (method, address)


def test_nobody_gets_nowhere(client, world, beans, ana):
    for method, address, body in calls(world, beans, str(ana.id)):
        response = getattr(client, method)(address, body) if body else getattr(client, method)(address)

        assert refusal(response) == (401, "not-authenticated"), (method, address)


def test_a_key_that_only_reads_moves_nothing(key_with, world, beans, ana):
    client = key_with("read")
    for method, address, body in calls(world, beans, str(ana.id)):
        response = getattr(client, method)(address, body) if body else getattr(client, method)(address)

        if method == "get":
            assert response.status_code == 200, address
        else:
            assert refusal(response) == (403, "scope-missing"), address


def test_a_member_sees_their_own(ana_client, world):
    for name in ("", "/balances", "/balance", "/transactions", "/history", "/statement?month=2026-10"):
        assert ana_client.get(f"/api/members/me{name}").status_code == 200
    assert ana_client.get(f"/api/transactions/{world['earned']}").status_code == 200


def test_the_same_external_id_at_two_brands_is_two_members(api, bistro, bistro_api, world, ben):
    BrandMember.objects.create(brand=bistro, member=ben, external_id="ana")

    assert bistro_api.get("/api/members/ana").json()["id"] == str(ben.id)
    assert bistro_api.get("/api/members/ana/balances").json() == []
    assert refusal(bistro_api.post("/api/members/ana/earn", purchase())) == NOT_FOUND


def test_what_a_brand_sees_of_a_shared_member_is_its_own_programs(bistro, bistro_api, world, ana):
    BrandMember.objects.create(brand=bistro, member=ana, external_id="guest-1")

    assert bistro_api.get("/api/members/guest-1/balances").json() == []
    assert bistro_api.get("/api/members/guest-1/transactions").json()["results"] == []
    assert refusal(bistro_api.get(f"/api/transactions/{world['earned']}")) == NOT_FOUND


def test_an_operator_sees_all(operator_client, world, ana):
    assert operator_client.get(f"/api/members/{ana.id}/balance").json()["available"] == 1040
    assert operator_client.get(f"/api/transactions/{world['earned']}").status_code == 200


@pytest.mark.parametrize("ref", ["x" * 300, "%00", "..", "' or 1=1 --", "\u0667"])
def test_odd_names_are_not_found(api, world, ref):
    assert api.get(f"/api/members/{ref}/balances").status_code == 404
    assert api.get(f"/api/transactions/{ref}").status_code == 404


def test_a_member_whom_the_brand_does_not_know_is_not_there_even_by_id(api, world, bistro):
    stranger = Member.objects.create(name="Stranger", created_by=bistro)
    BrandMember.objects.create(brand=bistro, member=stranger)

    assert refusal(api.post(f"/api/members/{stranger.id}/earn", purchase())) == NOT_FOUND
    assert refusal(api.post("/api/transactions/preview", purchase(member_id=str(stranger.id)))) == NOT_FOUND
    assert refusal(api.get(f"/api/members/{stranger.id}/balances")) == NOT_FOUND
