"""Programs and tiers over HTTP: who sees them, who changes them, what is refused."""

import pytest

from loyalty.identity.models import Staff
from programs.membership.models import Program
from programs.membership.operations import archive_program, create_program, update_program
from programs.membership.validity import TierTerms

SKY = {
    "code": "SKY",
    "name": "SkyMiles",
    "currency": "miles",
    "timezone": "Europe/London",
    "money_currency": "GBP",
    "earn_points": 5,
    "earn_per": "100",
    "expiry_months": 12,
    "tiers": [{"code": "gold", "name": "Gold", "points_min": 95}],
}


@pytest.fixture
def soup(bistro):
    return create_program(bistro, code="SOUP", name="Soup", tiers=[TierTerms("ladle", "Ladle", 5)])


@pytest.fixture
def town(bistro):
    return create_program(bistro, code="TOWN", name="Town", is_community=True)


def codes(answer):
    assert answer.status_code == 200, answer.content
    return [program["code"] for program in answer.json()["results"]]


def refusal(answer):
    return answer.status_code, answer.json()["code"]


def test_a_brand_opens_a_program_and_reads_it_by_id_and_code(api, cafe):
    answer = api.post("/api/programs", SKY)

    assert answer.status_code == 201, answer.content
    made = answer.json()
    assert answer.headers["Location"] == f"/api/programs/{made['id']}"
    assert made == api.get("/api/programs/SKY").json() == api.get(f"/api/programs/{made['id']}").json()
    expected = {
        "code": "SKY", "name": "SkyMiles", "brand_id": str(cafe.id), "kind": "points", "currency": "miles",
        "decimal_places": 0, "timezone": "Europe/London", "status": "active", "community": False,
        "money_currency": "GBP", "earn_points": 5, "earn_per": "100.00", "pending_days": 0, "expiry_months": 12,
        "return_policy": "debt", "debt_max": 1_000_000_000, "redeem_points_min": 1, "tier_months": 12, "version": 1,
    }  # fmt: skip
    assert {name: made[name] for name in expected} == expected


def test_opening_a_program_again_with_the_same_key_gives_the_first_answer(api):
    first = api.post("/api/programs", SKY, headers={"Idempotency-Key": "k1"})
    again = api.post("/api/programs", SKY, headers={"Idempotency-Key": "k1"})

    assert first.content == again.content
    assert again.headers["Idempotent-Replayed"] == "true"
    assert refusal(api.post("/api/programs", SKY)) == (409, "program-code-taken")


def test_every_mistake_in_a_program_has_its_pointer(api):
    body = SKY | {"earn_per": 100, "earn_points": -1, "tiers": [{"code": "gold", "points_min": "95"}], "colour": "red"}

    answer = api.post("/api/programs", body)

    assert refusal(answer) == (400, "validation-error")
    assert {error["pointer"] for error in answer.json()["errors"]} == {
        "/earn_per", "/earn_points", "/tiers/0/name", "/tiers/0/points_min", "/colour",
    }  # fmt: skip


def test_terms_that_do_not_go_together_have_their_pointers_too(api):
    body = SKY | {"timezone": "Mars", "money_currency": "JPY", "earn_per": "0.50", "tiers": SKY["tiers"] * 2}

    answer = api.post("/api/programs", body)

    assert [error["pointer"] for error in answer.json()["errors"]] == [
        "/timezone", "/earn_per", "/tiers/1/code", "/tiers/1/points_min",
    ]  # fmt: skip


def test_a_program_is_opened_by_who_may(client, ana_client, barista_client, key_with, manager_client, soup):
    assert client.post("/api/programs", SKY).status_code == 401
    assert refusal(ana_client.post("/api/programs", SKY)) == (403, "forbidden")
    assert refusal(barista_client.post("/api/programs", SKY)) == (403, "forbidden")
    assert refusal(key_with("read").post("/api/programs", SKY)) == (403, "scope-missing")
    assert refusal(manager_client.post("/api/programs", SKY | {"brand_id": "bistro"})) == (404, "not-found")
    assert manager_client.post("/api/programs", SKY).status_code == 201


def test_an_operator_says_for_which_brand(operator_client, cafe):
    assert refusal(operator_client.post("/api/programs", SKY)) == (400, "validation-error")

    made = operator_client.post("/api/programs", SKY | {"brand_id": "cafe"})

    assert made.json()["brand_id"] == str(cafe.id)


def test_everybody_sees_their_own_programs(
    client, api, ana_client, barista_client, operator_client, ana_beans, soup, town
):
    assert client.get("/api/programs").status_code == 401
    assert codes(api.get("/api/programs")) == codes(barista_client.get("/api/programs")) == ["BEANS"]
    assert codes(ana_client.get("/api/programs")) == ["BEANS", "TOWN"]
    assert codes(operator_client.get("/api/programs")) == ["BEANS", "SOUP", "TOWN"]


def test_programs_are_filtered(ana, ana_client, ana_beans, bistro, soup, town):
    Staff.objects.create(person=ana.person, brand=bistro, role="admin")
    update_program(soup, {"status": "paused"})

    assert codes(ana_client.get("/api/programs?joined=true")) == ["BEANS"]
    assert codes(ana_client.get("/api/programs?managed=true")) == ["SOUP", "TOWN"]
    assert codes(ana_client.get("/api/programs?community=true")) == ["TOWN"]
    assert codes(ana_client.get("/api/programs?managed=true&status=paused")) == ["SOUP"]
    assert refusal(ana_client.get("/api/programs?joined=yes")) == (400, "validation-error")


def test_programs_come_in_pages(operator_client, beans, soup, town):
    first = operator_client.get("/api/programs?page_size=2")

    assert codes(first) == ["BEANS", "SOUP"]
    assert codes(operator_client.get(first.json()["next"])) == ["TOWN"]


@pytest.mark.parametrize("method", ["get", "patch", "delete"])
def test_anothers_program_is_not_found(api, ana_client, soup, method):
    for ref in ("SOUP", soup.id):
        assert refusal(getattr(api, method)(f"/api/programs/{ref}")) == (404, "not-found")
    # Whoever may not do it to any program learns nothing of this one.
    for_a_member = (404, "not-found") if method == "get" else (403, "forbidden")
    for ref in ("SOUP", soup.id, "NONE"):
        assert refusal(getattr(ana_client, method)(f"/api/programs/{ref}")) == for_a_member


def test_a_program_that_has_not_changed_is_not_sent_again(api, beans):
    etag = api.get("/api/programs/BEANS").headers["ETag"]

    assert api.get("/api/programs/BEANS", headers={"If-None-Match": etag}).status_code == 304
    update_program(beans, {"name": "Beans"})
    assert api.get("/api/programs/BEANS", headers={"If-None-Match": etag}).status_code == 200


def test_a_program_is_changed_field_by_field(api, beans):
    body = {"name": "Beans", "expiry_months": 6, "currency": "grains", "decimal_places": 2, "community": True}

    answer = api.patch("/api/programs/BEANS", body)

    seen = answer.json()
    assert {name: seen[name] for name in body} == body
    assert (seen["version"], seen["earn_per"]) == (2, "1.00")
    assert api.patch("/api/programs/BEANS", {"expiry_months": None}).json()["expiry_months"] is None


def test_tiers_are_put_in_the_place_of_those_there_were(api, beans):
    api.patch("/api/programs/BEANS", {"tiers": [{"code": "a", "name": "A", "points_min": 10}]})
    tiers = [{"code": "c", "name": "C", "points_min": 30}, {"code": "b", "name": "B", "points_min": 20}]

    api.patch("/api/programs/BEANS", {"tiers": tiers})

    assert codes(api.get("/api/programs/BEANS/tiers")) == ["b", "c"]


def test_members_see_a_community_program_but_do_not_change_it(ana_client, town):
    assert ana_client.get("/api/programs/TOWN").status_code == 200
    assert refusal(ana_client.patch("/api/programs/TOWN", {"name": "Mine"})) == (403, "forbidden")
    assert refusal(ana_client.delete("/api/programs/TOWN")) == (403, "forbidden")


def test_deleting_archives_and_what_is_archived_stays_so(api, beans):
    assert api.delete("/api/programs/BEANS").status_code == 204
    assert api.delete("/api/programs/BEANS").status_code == 204

    assert api.get("/api/programs/BEANS").json()["status"] == "archived"
    assert refusal(api.patch("/api/programs/BEANS", {"status": "active"})) == (409, "program-archived")
    assert Program.objects.get().version == 2


def test_tiers_are_seen_by_program_the_lowest_first(api, operator_client, beans, soup):
    update_program(beans, {}, tiers=[TierTerms("gold", "Gold", 95, "Free cake"), TierTerms("silver", "Silver", 30)])

    assert codes(api.get("/api/programs/BEANS/tiers")) == codes(api.get("/api/tiers")) == ["silver", "gold"]
    assert codes(operator_client.get("/api/tiers")) == ["silver", "gold", "ladle"]
    assert codes(operator_client.get("/api/tiers?program_id=SOUP")) == ["ladle"]
    assert api.get("/api/tiers").json()["results"][1] == {
        "program_id": str(beans.id),
        "program_code": "BEANS",
        "code": "gold",
        "name": "Gold",
        "points_min": 95,
        "benefits": "Free cake",
        "multiplier": "1",
        "perks": [],
    }
    assert refusal(api.get("/api/tiers?program_id=SOUP")) == (404, "not-found")
    assert refusal(api.get("/api/programs/SOUP/tiers")) == (404, "not-found")


def test_a_key_without_the_scope_reads_nothing(key_with, beans):
    narrow = key_with("earn")

    for address in ("/api/programs", "/api/programs/BEANS", "/api/programs/BEANS/tiers", "/api/tiers"):
        assert refusal(narrow.get(address)) == (403, "scope-missing")


def test_nobody_joins_what_is_archived(ana_client, town):
    archive_program(town)

    assert refusal(ana_client.post("/api/programs/TOWN/join")) == (404, "not-found")
