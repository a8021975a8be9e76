"""Stamp cards over HTTP: who may do what, what is answered, what is refused with which code."""

import pytest

from loyalty.identity.models import Location, Staff
from programs.membership.models import Membership
from programs.membership.operations import create_program
from programs.rewards.models import Reward
from programs.rewards.stamps import cards
from programs.rewards.stamps.models import Stamp, StampSheet
from programs.rewards.stamps.tests.collecting import faults_of, sheets_of

pytestmark = pytest.mark.django_db
CARD = "/api/stamp-cards/coffee"
NEW = {"program_id": "BEANS", "code": "tea", "name": "Tea card", "stamps_needed": 5, "reward_id": "free-coffee"}


def refusal(answer):
    return answer.status_code, answer.json()["code"]


def give(client, reference="r-1", **more):
    return client.post(f"{CARD}/stamps", {"member_id": "ana", "reference": reference} | more)


def test_a_manager_makes_and_changes_a_card(manager_client, coffee, beans):
    made = manager_client.post("/api/stamp-cards", NEW)

    assert made.status_code == 201
    card = made.json()
    assert (card["code"], card["stamps_needed"], card["reward_code"], card["scan_hours"]) == (
        "tea", 5, "free-coffee", 12,
    )  # fmt: skip
    changed = manager_client.patch(f"/api/stamp-cards/{card['id']}", {"day_max": 2, "status": "paused"})
    assert (changed.json()["day_max"], changed.json()["status"]) == (2, "paused")
    assert manager_client.get("/api/stamp-cards/tea").json() == changed.json()
    assert [one["code"] for one in manager_client.get("/api/stamp-cards?status=paused").json()["results"]] == ["tea"]
    assert manager_client.get("/api/stamp-cards?status=active").json()["results"] == []


def test_a_card_has_a_code_of_its_own_and_a_reward_of_its_program(manager_client, card, coffee, bistro, cafe):
    other = create_program(cafe, code="OTHER", name="Other")
    foreign = Reward.objects.create(program=other, code="x", name="X", status="active")

    assert refusal(manager_client.post("/api/stamp-cards", NEW | {"code": "coffee"})) == (409, "stamp-card-code-taken")
    for reward in (str(foreign.pk), "x", "none"):
        answer = manager_client.post("/api/stamp-cards", NEW | {"reward_id": reward})
        assert refusal(answer) == (400, "validation-error")
        assert [one["pointer"] for one in answer.json()["errors"]] == ["/reward_id"]


def test_an_archived_card_stays_so(manager_client, card):
    assert manager_client.patch(CARD, {"status": "archived"}).status_code == 200
    assert refusal(manager_client.patch(CARD, {"status": "active"})) == (409, "stamp-card-archived")
    assert refusal(manager_client.patch(CARD, {"name": "Else"})) == (409, "stamp-card-archived")


def test_a_card_on_which_somebody_collects_is_no_draft_again(manager_client, stamp, card, ana, ana_beans):
    assert manager_client.patch(CARD, {"status": "draft"}).status_code == 200
    assert manager_client.patch(CARD, {"status": "active"}).status_code == 200
    card.refresh_from_db()
    stamp(ana, "r-1")

    assert refusal(manager_client.patch(CARD, {"status": "draft"})) == (400, "validation-error")


def test_members_see_active_cards_of_their_programs(ana_client, card, ana_beans, as_person, ben, coffee):
    cards.create_card(card.program, code="later", name="Later", reward=coffee, status="draft", actor="test")
    type(card.program).objects.update(is_community=False)

    assert [one["code"] for one in ana_client.get("/api/stamp-cards").json()["results"]] == ["coffee"]
    assert as_person(ben.person).get("/api/stamp-cards").json()["results"] == []
    assert refusal(as_person(ben.person).get(CARD)) == (404, "not-found")


def test_a_member_joins_and_joins_again(ana_client, card, ana_beans):
    first, second = ana_client.post(f"{CARD}/join", {}), ana_client.post(f"{CARD}/join", {})

    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json()
    told = first.json()
    assert (told["is_joined"], told["stamps"], told["stamps_needed"], len(told["sheets"])) == (True, 0, 4, 1)


def test_joining_a_card_enrols_nobody(ana_client, api, card, ana):
    card.program.is_community = True
    card.program.save()

    assert refusal(ana_client.post(f"{CARD}/join", {})) == (409, "membership-required")
    assert refusal(give(api)) == (409, "membership-required")
    assert Membership.objects.count() == 0


def test_stamping_fills_the_card_and_begins_the_next(api, card, ana, ana_beans):
    assert give(api, count=3).status_code == 201
    answer = give(api, "r-2", count=3)

    told = answer.json()
    assert answer.status_code == 201
    assert (told["stamps"], told["stamps_needed"], told["filled_sheets"], told["source"]) == (2, 4, 1, "server")
    assert [(one["number"], one["count"], one["is_full"]) for one in told["sheets"]] == [(1, 1, True), (2, 2, False)]
    progress = api.get(f"{CARD}/progress?member_id=ana").json()
    assert (progress["stamps"], progress["full_sheets"]) == (2, 1)


def test_the_same_reference_again_is_answered_as_before(api, card, ana, ana_beans, ben_beans):
    first = give(api, count=3)
    give(api, "r-2", count=3)
    again = give(api, count=3)

    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert (again.headers.get("Idempotent-Replayed"), first.headers.get("Idempotent-Replayed")) == ("true", None)
    assert refusal(give(api, count=2)) == (422, "reference-stamped")
    assert refusal(give(api, count=3, member_id="ben")) == (422, "reference-stamped")
    assert sheets_of(ana) == [(1, 4, "full"), (2, 2, "open")]


def test_members_give_themselves_none(ana_client, card, ana_beans):
    assert refusal(give(ana_client, member_id="me")) == (403, "forbidden")


@pytest.mark.parametrize("body", [{"count": 0}, {"count": 41}, {"occurred_at": "2199-01-01T00:00:00Z"}])
def test_counts_and_times_are_bounded(api, card, ana_beans, body):
    assert refusal(give(api, **body)) == (400, "validation-error")
    assert Stamp.objects.count() == StampSheet.objects.count() == 0


def test_a_days_worth_is_told(api, card, ana_beans):
    card.day_max = 2
    card.save()
    give(api, count=2)

    answer = give(api, "r-2")

    assert refusal(answer) == (422, "stamps-day-max")
    assert (answer.json()["day_max"], answer.json()["left"]) == (2, 0)


def test_staff_of_one_location_stamp_there_and_nowhere_else(barista_client, barista, cafe, bistro, card, ana_beans):
    here = Location.objects.create(brand=cafe, code="here", name="Here")
    for brand, code in ((cafe, "there"), (bistro, "elsewhere")):
        Location.objects.create(brand=brand, code=code, name=code)
    Staff.objects.filter(person=barista).update(location=here, role="partner")

    assert give(barista_client).json()["location_id"] == str(here.pk)
    assert refusal(give(barista_client, "r-2", location_id="there")) == (403, "other-location")
    assert refusal(give(barista_client, "r-3", location_id="elsewhere")) == (400, "validation-error")
    assert Stamp.objects.get().source == "staff"


def test_members_see_their_own_progress_only(ana_client, card, stamp, ana, ben, ana_beans, ben_beans):
    stamp(ana, "r-1", 3)

    assert ana_client.get(f"{CARD}/progress").json()["stamps"] == 3
    assert ana_client.get(f"{CARD}/progress?member_id={ana.pk}").json()["stamps"] == 3
    assert refusal(ana_client.get(f"{CARD}/progress?member_id={ben.pk}")) == (404, "not-found")
    assert refusal(ana_client.get(f"/api/members/{ben.pk}/stamps")) == (404, "not-found")


def test_progress_of_nobody_in_particular_is_refused(api, card):
    assert refusal(api.get(f"{CARD}/progress")) == (400, "validation-error")


def test_all_stamps_of_a_member(api, ana_client, card, stamp, coffee, beans, ana, ana_beans):
    tea = cards.create_card(beans, code="tea", name="Tea", reward=coffee, stamps_needed=2, actor="test")
    stamp(ana, "r-1", 3)
    stamp(ana, "r-2", 3, card=tea)

    seen = api.get("/api/members/ana/stamps?page_size=1").json()

    assert [one["reference"] for one in seen["results"]] == ["r-2"]
    assert [(one["stamp_card_code"], one["stamps"], one["full_sheets"]) for one in seen["cards"]] == [
        ("coffee", 3, 0),
        ("tea", 1, 1),
    ]
    assert [one["reference"] for one in api.get(seen["next"]).json()["results"]] == ["r-1"]
    assert ana_client.get("/api/members/me/stamps").json()["cards"] == seen["cards"]


def test_undoing_with_a_reason(api, barista_client, card, stamp, ana, ana_beans):
    first, second = stamp(ana, "r-1", 3).stamp, stamp(ana, "r-2", 3).stamp

    undone = barista_client.delete(f"/api/members/ana/stamps/{first.pk}", {"reason": "wrong member"})
    again = barista_client.delete(f"/api/members/ana/stamps/{second.pk}?reason=twice")

    assert (undone.status_code, undone.json()["undone_reason"]) == (200, "wrong member")
    assert (again.status_code, again.json()["undone_reason"]) == (200, "twice")
    assert (sheets_of(ana), faults_of(ana)) == ([(1, 0, "open")], [])


def test_stamps_of_another_member_are_not_undone_by_a_wrong_address(api, card, stamp, ana, ben, ana_beans, ben_beans):
    given = stamp(ana, "r-1").stamp

    assert refusal(api.delete(f"/api/members/ben/stamps/{given.pk}")) == (404, "not-found")
    assert refusal(api.delete("/api/members/ana/stamps/nothing")) == (404, "not-found")


def turn_in(client, key="k-1", **body):
    return client.post(f"{CARD}/voucher", body, HTTP_IDEMPOTENCY_KEY=key)


def test_a_full_card_becomes_a_voucher_once(api, ana_client, card, stamp, ana, ana_beans):
    stamp(ana, "r-1", 9)

    first, again = turn_in(ana_client), turn_in(ana_client)
    by_staff = api.post(f"{CARD}/voucher", {"member_id": "ana", "idempotency_key": "k-2"})
    replayed = api.post(f"{CARD}/voucher", {"member_id": "ana", "idempotency_key": "k-2"})

    assert (first.status_code, by_staff.status_code, again.content) == (201, 201, first.content)
    assert (again.headers["Idempotent-Replayed"], replayed.content) == ("true", by_staff.content)
    voucher = first.json()
    assert (voucher["kind"], voucher["status"], voucher["member_id"]) == ("stamps", "issued", str(ana.pk))
    assert ana_client.get(first.headers["Location"]).json()["id"] == voucher["id"]
    assert sheets_of(ana) == [(1, 4, "used"), (2, 4, "used"), (3, 1, "open")]
    sheets = ana_client.get("/api/members/me/stamps").json()["cards"][0]["sheets"]
    assert sorted(filter(None, (one["voucher_id"] for one in sheets))) == sorted([voucher["id"], by_staff.json()["id"]])


def test_what_is_not_full_or_has_no_key_is_not_turned_in(api, ana_client, card, stamp, ana, ana_beans):
    stamp(ana, "r-1", 3)

    answer = turn_in(ana_client)

    assert refusal(answer) == (409, "stamp-card-not-full")
    assert (answer.json()["stamps"], answer.json()["stamps_needed"]) == (3, 4)
    assert refusal(ana_client.post(f"{CARD}/voucher", {})) == (400, "idempotency-key-required")
    assert refusal(turn_in(api, member_id="ben")) == (404, "not-found")


def test_a_sold_out_reward_leaves_the_card_full(ana_client, card, coffee, stamp, ana, ana_beans):
    coffee.stock_left = 0
    coffee.save()
    stamp(ana, "r-1", 4)
    assert refusal(turn_in(ana_client)) == (409, "out-of-stock")
    coffee.stock_left = 1
    coffee.save()

    assert turn_in(ana_client).status_code == 201

    coffee.refresh_from_db()
    assert (coffee.stock_left, sheets_of(ana)) == (0, [(1, 4, "used")])


def test_spent_stamps_are_not_undone(api, ana_client, card, stamp, ana, ana_beans):
    given = stamp(ana, "r-1", 4).stamp
    turn_in(ana_client)

    assert refusal(api.delete(f"/api/members/ana/stamps/{given.pk}")) == (409, "stamp-spent")


def test_who_holds_cards(api, card, stamp, ana, ben, ana_beans, ben_beans):
    stamp(ana, "r-1", 6)
    stamp(ben, "r-2", 1)
    seen = api.get("/api/programs/BEANS/stamp-holders?page_size=2").json()

    rows = seen["results"] + api.get(seen["next"]).json()["results"]

    assert [(one["external_id"], one["sheet"]["status"], one["sheet"]["stamps"]) for one in rows] == [
        ("ben", "open", 1),
        ("ana", "open", 2),
        ("ana", "full", 4),
    ]
    full = api.get("/api/programs/BEANS/stamp-holders?status=full&card=coffee").json()["results"]
    assert [one["external_id"] for one in full] == ["ana"]
    assert refusal(api.get("/api/programs/BEANS/stamp-holders?card=none")) == (404, "not-found")


def test_another_brand_finds_nothing(bistro_api, card, stamp, ana, ana_beans):
    given = stamp(ana, "r-1", 4).stamp
    at = f"/api/stamp-cards/{card.pk}"
    asked = [
        bistro_api.get(at),
        bistro_api.patch(at, {"name": "Ours"}),
        bistro_api.post(f"{at}/join", {"member_id": str(ana.pk)}),
        bistro_api.post(f"{at}/stamps", {"member_id": str(ana.pk), "reference": "x"}),
        bistro_api.post(f"{at}/voucher", {"member_id": str(ana.pk), "idempotency_key": "k"}),
        bistro_api.get(f"{at}/progress?member_id={ana.pk}"),
        bistro_api.get(f"/api/members/{ana.pk}/stamps"),
        bistro_api.delete(f"/api/members/{ana.pk}/stamps/{given.pk}"),
        bistro_api.get("/api/programs/BEANS/stamp-holders"),
        bistro_api.post("/api/stamp-cards", NEW),
    ]

    assert [refusal(one) for one in asked] == [(404, "not-found")] * len(asked)
    assert bistro_api.get("/api/stamp-cards").json()["results"] == []


def test_a_code_that_two_cards_have_names_none(api, card, cafe):
    other = create_program(cafe, code="OTHER", name="Other")
    reward = Reward.objects.create(program=other, code="x", name="X", status="active")
    cards.create_card(other, code="coffee", name="Other coffee", reward=reward, actor="test")

    assert refusal(api.get(CARD)) == (409, "ambiguous-stamp-card")
    assert api.get(f"/api/stamp-cards/{card.pk}").status_code == 200
