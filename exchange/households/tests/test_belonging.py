"""Households through the API: begun, joined, left, and who may do what."""

import pytest

from exchange.gifts.models import TransferPolicy
from exchange.gifts.tests.giving_points import endow, take_part
from exchange.households.models import Household, HouseholdMember
from exchange.households.tests.homes import begin, do, shown, standing
from loyalty import clock
from loyalty.events.models import Event
from loyalty.identity.models import Brand, Member, Person
from programs.activity.tests.tills import refusal
from programs.membership.models import Membership, Program

pytestmark = pytest.mark.django_db


def told() -> list[str]:
    found = Event.objects.filter(type__startswith="household.").order_by("id")
    return list(found.values_list("type", flat=True))


def test_who_begins_a_household_owns_it_and_is_in_it(ana_client, ana, ana_beans):
    made = begin(ana_client)

    answer = made.json()
    assert (made.status_code, made["Location"]) == (201, f"/api/households/{answer['id']}")
    assert (answer["owner_id"], answer["available"]) == (str(ana.pk), 0)
    assert [(part["member_id"], part["name"], part["status"]) for part in answer["members"]] == [
        (str(ana.pk), "Ana", "joined")
    ]
    assert begin(ana_client).json()["id"] == answer["id"]
    assert told() == ["household.created", "household.joined"]


def test_members_are_invited_and_join_by_themselves(ana_client, ben_client, ana, ben, ana_beans, ben_beans):
    household = begin(ana_client).json()["id"]
    assert ben_client.get(f"/api/households/{household}").status_code == 404

    invited = do(ana_client, household, "invite", to_member=ben_beans.card_number)
    do(ana_client, household, "invite", to_member="ben")
    joined = do(ben_client, household, "join")
    do(ben_client, household, "join")

    assert [(p["name"], p["status"]) for p in invited.json()["members"]] == [("Ana", "joined"), (None, "invited")]
    assert standing(ana_client, household) == {str(ana.pk): "joined", str(ben.pk): "joined"}
    assert joined.json()["members"][1]["shares_from"] > joined.json()["members"][1]["joined_at"]
    assert told() == ["household.created", "household.joined", "household.invited", "household.joined"]


def test_nobody_joins_for_a_member(api, barista_client, ana_client, home, beans):
    take_part(beans, "carl")
    do(ana_client, home, "invite", to_member="carl")

    for client in (api, barista_client):
        for verb in ("join", "decline", "leave"):
            assert refusal(do(client, home, verb)) == (403, "forbidden")


def test_whom_the_brand_begins_one_for_is_invited_to_it(barista_client, ana_client, ana, ana_beans):
    household = begin(barista_client, member_id="ana").json()["id"]

    assert standing(barista_client, household) == {str(ana.pk): "invited"}
    assert begin(barista_client, member_id="ana").json()["id"] == household
    do(ana_client, household, "join")
    assert standing(barista_client, household) == {str(ana.pk): "joined"}


def test_a_member_is_in_one_household_of_a_program(ana_client, ben_client, as_person, home, ben, beans):
    own = refusal(begin(ben_client))
    carl = take_part(beans, "carl")
    person = Person.objects.create_user("carl@example.com", "correct horse battery")
    Member.objects.filter(pk=carl.member_id).update(person=person)
    carls = begin(as_person(person)).json()["id"]
    do(as_person(person), carls, "invite", to_member="ben")

    assert own == refusal(do(ben_client, carls, "join")) == (409, "already-in-household")
    do(ben_client, home, "leave")
    assert do(ben_client, carls, "join").status_code == 200


def test_an_invitation_is_declined_once(ana_client, ben_client, ana_beans, ben_beans):
    household = begin(ana_client).json()["id"]
    do(ana_client, household, "invite", to_member="ben")

    assert do(ben_client, household, "decline").status_code == 204
    assert do(ben_client, household, "decline").status_code == 404
    assert do(ben_client, household, "join").status_code == 404
    assert do(ana_client, household, "invite", to_member="ben").status_code == 200
    assert do(ben_client, household, "join").status_code == 200


def test_when_the_owner_leaves_the_first_who_joined_owns_it_and_the_last_one_ends_it(
    ana_client, ben_client, home, ben, api
):
    do(ana_client, home, "leave")
    heir = shown(api, home)
    do(ben_client, home, "leave")

    assert (heir["owner_id"], heir["ended_at"]) == (str(ben.pk), None)
    assert shown(api, home)["ended_at"] is not None
    assert told()[-3:] == ["household.left", "household.left", "household.ended"]
    assert refusal(do(api, home, "invite", to_member="ana")) == (409, "household-ended")


def test_the_owner_and_the_brand_take_members_out(ana_client, ben_client, api, home, ana, ben, beans):
    take_part(beans, "carl")
    do(ana_client, home, "invite", to_member="carl")

    assert refusal(do(ben_client, home, "remove", member_id=str(ana.pk))) == (403, "forbidden")
    assert do(ana_client, home, "remove", member_id=str(ben.pk)).status_code == 204
    assert do(api, home, "remove", member_id="carl").status_code == 204
    assert refusal(do(api, home, "remove", member_id="carl")) == (404, "not-found")
    assert standing(api, home) == {str(ana.pk): "joined"}
    assert set(HouseholdMember.objects.values_list("status", flat=True)) == {"joined", "removed"}


def test_only_the_owner_invites(ben_client, home, beans):
    take_part(beans, "carl")

    assert refusal(do(ben_client, home, "invite", to_member="carl")) == (404, "not-found")


def test_who_cannot_be_invited_is_not_found_and_guessing_is_bounded(ana_client, home, beans):
    gone = take_part(beans, "gone")
    Membership.objects.filter(pk=gone.pk).update(status="closed")

    tried = [refusal(do(ana_client, home, "invite", to_member=name)) for name in ["gone", *map(str, range(9))]]

    assert set(tried) == {(404, "not-found")}
    assert refusal(do(ana_client, home, "invite", to_member="x")) == (429, "rate-limited")


def test_a_household_has_as_many_members_as_the_policy_says(ana_client, home, beans):
    TransferPolicy.objects.create(program=beans, household_size_max=3)
    for name in ("carl", "dora"):
        take_part(beans, name)

    assert do(ana_client, home, "invite", to_member="carl").status_code == 200
    assert refusal(do(ana_client, home, "invite", to_member="dora")) == (409, "household-full")


def test_a_policy_or_program_that_is_closed_lets_nobody_in(ana_client, ana_beans, beans):
    TransferPolicy.objects.create(program=beans, households_are_open=False)
    assert refusal(begin(ana_client)) == (409, "households-closed")

    Program.objects.filter(pk=beans.pk).update(status="paused")
    assert refusal(begin(ana_client)) == (409, "program-not-active")


def test_a_cool_down_stands_against_joining(ana, as_person, cafe, ana_beans):
    Brand.objects.filter(pk=cafe.pk).update(cool_down_hours=24)
    Person.objects.filter(pk=ana.person_id).update(cool_down_from=clock.now())

    assert refusal(begin(as_person(Person.objects.get(pk=ana.person_id)))) == (403, "step-up-required")


def test_strangers_see_no_household(bistro_api, home, as_person, beans):
    assert bistro_api.get(f"/api/households/{home}").status_code == 404
    assert bistro_api.get("/api/households").json()["results"] == []
    for verb in ("invite", "join", "leave", "remove", "redeem"):
        body = {"invite": {"to_member": "ben"}, "remove": {"member_id": "ben"}}.get(verb, {})
        body = {"points": 1, "idempotency_key": "k"} if verb == "redeem" else body
        assert do(bistro_api, home, verb, **body).status_code in (403, 404)


def test_households_are_listed(ana_client, api, home, ana, ben):
    (row,) = ana_client.get("/api/households").json()["results"]

    assert (row["id"], row["size"], row["owner_id"]) == (home, 2, str(ana.pk))
    assert api.get("/api/households?program_id=BEANS&member_id=ben").json()["results"] == [row]
    assert Household.objects.count() == 1


def test_what_they_have_together_is_told(ana_client, home, ana_beans, ben_beans):
    endow(ana_beans, (70, None))
    endow(ben_beans, (50, 3))

    assert shown(ana_client, home)["available"] == 120
