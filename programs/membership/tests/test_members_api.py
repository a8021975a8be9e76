"""Who takes part in a program, over HTTP: joining, enrolling, listing, suspending, leaving."""

from hashlib import sha256

import pytest

from ledger.posting import Move, post_one
from loyalty.identity.models import BrandMember, Member
from programs.membership.cards import is_card_number
from programs.membership.models import Membership
from programs.membership.operations import create_program, suspend, update_program
from programs.membership.validity import TierTerms

MEMBERS = "/api/programs/BEANS/members"


@pytest.fixture
def town(bistro):
    return create_program(bistro, code="TOWN", name="Town", is_community=True)


def refusal(answer):
    return answer.status_code, answer.json()["code"]


def names(answer):
    assert answer.status_code == 200, answer.content
    return [membership["name"] for membership in answer.json()["results"]]


def test_a_brand_enrols_a_member_by_id_or_by_its_own_number(api, beans, ana, ben):
    by_number = api.post(MEMBERS, {"external_id": "ana"})
    by_id = api.post(MEMBERS, {"member_id": str(ben.id)})

    assert (by_number.status_code, by_id.status_code) == (201, 201)
    seen = by_number.json()
    membership = Membership.objects.get(member=ana)
    assert seen == {
        "id": str(membership.id),
        "program_id": str(beans.id),
        "program_code": "BEANS",
        "member_id": str(ana.id),
        "external_id": "ana",
        "name": "Ana",
        "email": "ana@example.com",
        "card_number": membership.card_number,
        "status": "active",
        "tier": None,
        "tier_is_given": False,
        "tier_until": None,
        "tier_protected_until": None,
        "attributes": {},
        "joined_at": seen["joined_at"],
    }
    assert is_card_number(seen["card_number"])
    assert by_number.headers["Location"] == f"/api/programs/{beans.id}/members/{ana.id}"
    assert api.get(by_number.headers["Location"]).json() == seen


def test_a_member_is_enrolled_at_their_own_address_too(api, beans, ana):
    answer = api.post(f"{MEMBERS}/ana")

    assert (answer.status_code, answer.json()["member_id"]) == (201, str(ana.id))


def test_enrolling_again_changes_nothing(api, beans, ana):
    assert api.post(MEMBERS, {"external_id": "ana"}).json() == api.post(MEMBERS, {"external_id": "ana"}).json()


@pytest.mark.parametrize("body", [{}, {"member_id": "ana", "external_id": "ana"}])
def test_a_member_is_named_in_one_way(api, beans, ana, body):
    assert refusal(api.post(MEMBERS, body)) == (400, "validation-error")


def test_nobody_enrols_whom_the_brand_does_not_know(api, operator_client, beans, bistro):
    stranger = Member.objects.create(name="Cy", created_by=bistro)

    assert refusal(api.post(MEMBERS, {"member_id": str(stranger.id)})) == (404, "not-found")
    assert refusal(operator_client.post(MEMBERS, {"member_id": str(stranger.id)})) == (404, "not-found")
    assert refusal(api.post(MEMBERS, {"external_id": "nobody"})) == (404, "not-found")


def test_nobody_enrols_in_a_paused_program(api, beans, ana):
    update_program(beans, {"status": "paused"})

    assert refusal(api.post(MEMBERS, {"external_id": "ana"})) == (409, "program-not-active")


def test_enrolling_is_for_who_may(bistro_api, ana_client, barista_client, key_with, beans, ana, ana_beans):
    body = {"external_id": "ana"}

    assert refusal(bistro_api.post(MEMBERS, body)) == (404, "not-found")
    assert refusal(ana_client.post(MEMBERS, body)) == (403, "forbidden")
    assert refusal(key_with("read").post(MEMBERS, body)) == (403, "scope-missing")
    assert barista_client.post(MEMBERS, body).status_code == 201


def test_a_member_joins_what_is_open_to_everybody_and_the_brand_knows_them(ana, ana_client, bistro_api, town, bistro):
    assert refusal(bistro_api.get(f"/api/members/{ana.id}")) == (404, "not-found")

    answer = ana_client.post("/api/programs/TOWN/join")

    assert (answer.status_code, answer.json()["member_id"]) == (201, str(ana.id))
    assert BrandMember.objects.filter(brand=bistro, member=ana, external_id=None).exists()
    assert bistro_api.get(f"/api/programs/TOWN/members/{ana.id}").status_code == 200
    assert ana_client.post("/api/programs/TOWN/join").json() == answer.json()


def test_a_member_joins_nothing_else(ana, ana_client, api, operator_client, beans):
    assert refusal(ana_client.post("/api/programs/BEANS/join")) == (404, "not-found")
    assert refusal(api.post("/api/programs/BEANS/join")) == (403, "forbidden")
    assert refusal(operator_client.post("/api/programs/BEANS/join")) == (403, "forbidden")


def test_staff_do_not_join_their_brands_closed_program_by_themselves(as_person, barista, beans):
    Member.objects.create(name="Barista", person=barista)

    assert refusal(as_person(barista).post("/api/programs/BEANS/join")) == (403, "forbidden")


def test_a_brand_lists_and_searches_its_members(api, barista_client, ana_beans, ben_beans):
    suspend(ben_beans)

    assert sorted(names(api.get(MEMBERS))) == ["Ana", "Ben"]
    assert names(barista_client.get(MEMBERS + "?q=be")) == ["Ben"]
    assert names(api.get(MEMBERS + f"?q={ana_beans.card_number}")) == ["Ana"]
    assert names(api.get(MEMBERS + "?status=suspended")) == ["Ben"]
    first = api.get(MEMBERS + "?page_size=1")
    assert sorted(names(first) + names(api.get(first.json()["next"]))) == ["Ana", "Ben"]


def test_the_list_tells_the_tier_of_each(api, beans, ana_beans, ben_beans, django_assert_max_num_queries):
    update_program(beans, {}, tiers=[TierTerms("silver", "Silver", 30), TierTerms("gold", "Gold", 95)])
    account, print_ = ana_beans.account_id, sha256(b"x").digest()
    post_one(Move(kind="earn", account_id=account, key="k", fingerprint=print_, actor="t", points=30))

    with django_assert_max_num_queries(6):
        answer = api.get(MEMBERS)

    assert {one["name"]: one["tier"] for one in answer.json()["results"]} == {"Ana": "silver", "Ben": None}


def test_of_a_programs_members_members_see_only_themselves(ana, ana_client, ana_beans, ben_beans):
    assert refusal(ana_client.get(MEMBERS)) == (403, "forbidden")
    assert ana_client.get(f"{MEMBERS}/me").json()["card_number"] == ana_beans.card_number
    assert ana_client.get(f"{MEMBERS}/{ana.id}").status_code == 200
    assert refusal(ana_client.get(f"{MEMBERS}/{ben_beans.member_id}")) == (404, "not-found")


@pytest.mark.parametrize("method", ["get", "post", "patch", "delete"])
def test_another_brand_finds_nobody_here(bistro_api, ana_beans, method):
    assert refusal(getattr(bistro_api, method)(f"{MEMBERS}/ana")) == (404, "not-found")


def test_a_membership_is_suspended_and_reinstated(api, ana_beans):
    assert api.patch(f"{MEMBERS}/ana", {"status": "suspended"}).json()["status"] == "suspended"
    assert api.patch(f"{MEMBERS}/ana", {"status": "active"}).json()["status"] == "active"
    assert refusal(api.patch(f"{MEMBERS}/ana", {"status": "closed"})) == (400, "validation-error")


def test_partners_look_but_do_not_change(as_person, barista, cafe, ana_beans):
    barista.posts.update(role="partner")
    partner = as_person(barista)

    assert partner.get(f"{MEMBERS}/ana").status_code == 200
    assert refusal(partner.delete(f"{MEMBERS}/ana")) == (403, "forbidden")
    assert refusal(partner.patch(f"{MEMBERS}/ana", {"status": "suspended"})) == (403, "forbidden")


def test_members_do_not_lift_their_own_suspension(ana_client, ana_beans):
    suspend(ana_beans)

    assert refusal(ana_client.patch(f"{MEMBERS}/me", {"status": "active"})) == (403, "forbidden")


def test_a_suspended_member_does_not_join_again(ana, ana_client, town):
    ana_client.post("/api/programs/TOWN/join")
    suspend(Membership.objects.get())

    assert refusal(ana_client.post("/api/programs/TOWN/join")) == (409, "membership-suspended")


def test_leaving_is_for_the_brand_and_for_members_themselves(api, ana_client, bistro_api, ana_beans, ben_beans):
    assert ana_client.delete(f"{MEMBERS}/me").status_code == 204
    assert api.delete(f"{MEMBERS}/ben").status_code == 204
    assert api.delete(f"{MEMBERS}/ben").status_code == 204

    assert set(Membership.objects.values_list("status", flat=True)) == {"closed"}
    assert refusal(ana_client.get("/api/programs/BEANS")) == (404, "not-found")
    assert refusal(api.patch(f"{MEMBERS}/ana", {"status": "active"})) == (409, "membership-closed")


def test_who_does_not_take_part_is_not_found(api, beans, ana):
    for method in ("get", "delete"):
        assert refusal(getattr(api, method)(f"{MEMBERS}/ana")) == (404, "not-found")
