"""Gifts through the API: what a gift does, what it is refused for, and who may give what."""

from datetime import timedelta

import pytest

from exchange.gifts.models import Gift, TransferPolicy
from exchange.gifts.tests.giving_points import books_are_whole, endow, give, lots_of, posted, take_part
from ledger.models import Lot, Posting
from loyalty import clock
from loyalty.events.models import Event
from loyalty.identity.models import Brand, BrandMember, Member, Person
from programs.activity.tests.tills import available, redeem, refusal
from programs.membership.models import Membership, Program

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def often(settings):
    """Nobody is too fast here."""
    settings.PERSON_POINTS_RATE = "1000/m"


def policy(program, **said) -> TransferPolicy:
    return TransferPolicy.objects.create(program=program, **said)


def test_a_member_gives_points_which_keep_the_time_at_which_they_are_gone(ana_client, beans, ana_beans, ben_beans):
    endow(ana_beans, (100, None), (60, 10), (30, 20))

    response = give(ana_client, 80, message="Cheers")

    gift = Gift.objects.get()
    answer = response.json()
    assert response.status_code == 201
    assert (answer["from_member_id"], answer["to_member_id"]) == (str(ana_beans.member_id), str(ben_beans.member_id))
    assert (answer["points"], answer["message"], answer["id"]) == (80, "Cheers", str(gift.pk))
    assert (lots_of(ana_beans), lots_of(ben_beans)) == ([(10, 0), (100, 0)], [(60, 1), (20, 1)])
    given, taken = (
        Lot.objects.filter(account_id=one.account_id, expires_at__isnull=False).order_by("expires_at")
        for one in (ben_beans, ana_beans)
    )
    assert [lot.expires_at for lot in given] == [lot.expires_at for lot in taken]
    assert {lot.available_at - gift.created_at for lot in given} == {timedelta(hours=24)}
    kinds = Posting.objects.filter(public_id__in=[answer["out_transaction_id"], answer["in_transaction_id"]])
    assert sorted(kinds.values_list("kind", "points")) == [("gift_in", 80), ("gift_out", -80)]
    assert books_are_whole(beans)


def test_a_gift_is_told_by_an_event(api, ana_beans, ben_beans):
    endow(ana_beans, (100, None))

    answer = give(api, 80, giver="ana").json()

    event = Event.objects.get(type="gift.sent")
    assert (str(event.aggregate_id), event.member_id) == (answer["id"], ana_beans.member_id)
    assert (event.data["points"], event.data["to_member_id"]) == (80, str(ben_beans.member_id))


def test_given_points_can_be_used_after_the_hours_of_the_policy(api, ana_beans, ben_beans):
    endow(ana_beans, (100, None))
    give(api, 80, giver="ana")

    assert available(api, "ben") == 0
    with clock.at(clock.now() + timedelta(hours=24, seconds=1)):
        assert available(api, "ben") == 80
        redeem(api, 80, member="ben")


@pytest.mark.parametrize("name", ["ben", "1000000000000017", "id"])
def test_the_receiver_is_named_by_id_external_id_or_card_number(ana_client, ana_beans, ben_beans, name):
    endow(ana_beans, (100, None))

    response = give(ana_client, 5, to=str(ben_beans.member_id) if name == "id" else name)

    assert response.json()["to_member_id"] == str(ben_beans.member_id)


def test_the_same_key_answers_the_first_answer_whatever_has_changed_since(ana_client, beans, ana_beans, ben_beans):
    endow(ana_beans, (100, None))
    first = give(ana_client, 80, key="k")
    Program.objects.filter(pk=beans.pk).update(status="paused")
    Membership.objects.filter(pk=ben_beans.pk).update(status="closed")

    again = give(ana_client, 80, key="k")

    assert (again.status_code, again.content, again["Idempotent-Replayed"]) == (201, first.content, "true")
    assert posted(ana_beans, ben_beans) == [20, 80]
    for other in ({"points": 81}, {"message": "x"}, {"to_member": str(ben_beans.member_id)}):
        assert refusal(give(ana_client, 80, key="k", body=other)) == (422, "idempotency-key-reused")


def test_who_owes_points_pays_with_what_they_are_given(api, beans, ana_beans, ben_beans):
    endow(ana_beans, (100, None))
    bought = api.post("/api/members/ben/earn", {
        "program_id": "BEANS", "amount": "30.00", "currency": "EUR", "reference": "r-1",
    }).json()  # fmt: skip
    redeem(api, 30, member="ben")
    api.post(f"/api/transactions/{bought['id']}/return", {"reference": "b-1"})

    give(api, 80, giver="ana")

    assert (posted(ana_beans, ben_beans), lots_of(ben_beans)) == ([20, 50], [(50, 1)])
    assert books_are_whole(beans)


@pytest.mark.parametrize(
    ("said", "points", "answer"),
    [
        ({"gifts_are_open": False}, 10, (409, "gifts-closed")),
        ({"gift_min": 11}, 10, (422, "gift-below-min")),
        ({"gift_max": 9}, 10, (422, "gift-above-max")),
        ({"gift_daily_max": 9}, 10, (422, "daily-limit")),
        ({}, 101, (422, "insufficient-points")),
    ],
)
def test_what_the_policy_does_not_allow_is_refused_and_moves_nothing(
    ana_client, beans, ana_beans, ben_beans, said, points, answer
):
    policy(beans, **said)
    endow(ana_beans, (100, None))

    assert refusal(give(ana_client, points)) == answer
    assert (posted(ana_beans, ben_beans), Gift.objects.count()) == ([100, 0], 0)
    assert not Posting.objects.filter(kind__startswith="gift").exists()


def test_a_days_gifts_are_counted_and_summed_and_the_next_day_is_another(ana_client, beans, ana_beans, ben_beans):
    policy(beans, gift_daily_count=2, gift_daily_max=50)
    endow(ana_beans, (100, None))
    give(ana_client, 30)

    too_many = give(ana_client, 21)
    give(ana_client, 20)
    third = give(ana_client, 1)

    assert too_many.json()["given"] == 30
    assert [refusal(one) for one in (too_many, third)] == [(422, "daily-limit")] * 2
    Gift.objects.update(created_at=clock.now() - timedelta(days=1))
    assert give(ana_client, 50).status_code == 201


def test_nobody_gives_to_themselves(ana_client, ana_beans):
    endow(ana_beans, (100, None))

    assert refusal(give(ana_client, 10, to="ana")) == (422, "gift-to-self")


def test_who_cannot_receive_is_not_found_whatever_the_reason(ana_client, beans, ana_beans, ben_beans, bistro):
    endow(ana_beans, (100, None))
    outsider = Member.objects.create(name="Outsider", created_by=bistro)
    gone, closed, suspended = (take_part(beans, name) for name in ("gone", "closed", "suspended"))
    Member.objects.filter(pk=gone.member_id).update(is_active=False)
    Membership.objects.filter(pk=closed.pk).update(status="closed")
    Membership.objects.filter(pk=suspended.pk).update(status="suspended")

    refused = [give(ana_client, 10, to=to) for to in ("nobody", "gone", "closed", "suspended", str(outsider.pk))]

    assert {one.content for one in refused} == {refused[0].content}
    assert {refusal(one) for one in refused} == {(404, "not-found")}


def test_who_guesses_members_waits(ana_client, ana_beans, ben_beans):
    endow(ana_beans, (100, None))
    tried = [refusal(give(ana_client, 1, to=f"nobody-{n}")) for n in range(10)]

    assert set(tried) == {(404, "not-found")}
    assert refusal(give(ana_client, 1, to="nobody")) == (429, "rate-limited")
    assert refusal(give(ana_client, 1)) == (429, "rate-limited")


def test_hits_are_no_guesses(ana_client, beans, ana_beans, ben_beans):
    policy(beans, gift_daily_count=50)
    endow(ana_beans, (100, None))

    assert {give(ana_client, 1).status_code for _ in range(12)} == {201}


def test_a_member_gives_nobody_elses_points(ana_client, ana_beans, ben_beans):
    endow(ben_beans, (100, None))

    response = give(ana_client, 10, giver=str(ben_beans.member_id), to="ana")

    assert refusal(response) == (404, "not-found")


def test_staff_give_for_a_member_but_not_to_themselves_and_not_too_much_alone(
    barista_client, barista, cafe, beans, ana_beans, ben_beans
):
    Brand.objects.filter(pk=cafe.pk).update(approval_points_min=60)
    endow(ana_beans, (300, None))
    own = take_part(beans, "barista")
    Member.objects.filter(pk=own.member_id).update(person=barista)

    assert give(barista_client, 40, giver="ana").status_code == 201
    assert refusal(give(barista_client, 10, giver="ana", to="barista")) == (403, "own-request")
    together, alone = give(barista_client, 20, giver="ana"), give(barista_client, 60, giver="ana")
    assert [one.json()["code"] for one in (together, alone)] == ["approval-required"] * 2
    assert together.json()["within_a_day"] == 40


def test_who_is_staff_too_gives_their_own_as_a_member(as_person, cafe, beans, ana, ana_beans, ben_beans):
    Brand.objects.filter(pk=cafe.pk).update(approval_points_min=10)
    ana.person.posts.create(brand=cafe, role="staff")
    endow(ana_beans, (300, None))

    assert give(as_person(Person.objects.get(pk=ana.person_id)), 100).status_code == 201


def test_a_cool_down_stands_against_giving(ana, as_person, cafe, ana_beans, ben_beans):
    Brand.objects.filter(pk=cafe.pk).update(cool_down_hours=24)
    Person.objects.filter(pk=ana.person_id).update(cool_down_from=clock.now())
    endow(ana_beans, (100, None))

    assert refusal(give(as_person(Person.objects.get(pk=ana.person_id)), 10)) == (403, "step-up-required")


def test_a_key_needs_its_scope_and_the_brand(key_with, bistro_api, ana_beans, ben_beans):
    endow(ana_beans, (100, None))

    assert refusal(give(key_with("read", "redeem"), 10, giver="ana")) == (403, "scope-missing")
    assert refusal(give(bistro_api, 10, giver="ana")) == (404, "not-found")


@pytest.mark.parametrize("change", [{"program": {"status": "paused"}}, {"member": {"status": "suspended"}}])
def test_a_program_and_a_membership_that_are_not_active_give_nothing(ana_client, beans, ana_beans, ben_beans, change):
    endow(ana_beans, (100, None))
    Program.objects.filter(pk=beans.pk).update(**change.get("program", {"name": "x"}))
    Membership.objects.filter(pk=ana_beans.pk).update(**change.get("member", {"status": "active"}))

    code = "program-not-active" if "program" in change else "membership-suspended"
    assert refusal(give(ana_client, 10))[1] == code


def test_bodies_are_read_strictly(ana_client, ana_beans):
    for wrong in (
        {"points": 0},
        {"points": 1.5},
        {"points": "10"},
        {"to_member": ""},
        {"message": "x" * 201},
        {"x": 1},
    ):
        assert refusal(give(ana_client, 10, body=wrong)) == (400, "validation-error")
    keyless = ana_client.post("/api/members/me/gifts", {"program_id": "BEANS", "to_member": "ben", "points": 1})
    assert refusal(keyless) == (400, "idempotency-key-required")


def test_gifts_are_listed_for_both_with_a_cursor(ana_client, as_person, ben, api, bistro_api, ana_beans, ben_beans):
    endow(ana_beans, (100, None))
    endow(ben_beans, (100, None))
    first, second = give(api, 10, giver="ana").json(), give(api, 20, giver="ben", to="ana").json()

    page = ana_client.get("/api/members/me/gifts?page_size=1").json()
    rest = ana_client.get(page["next"]).json()

    assert (page["results"], rest["results"], rest["next"]) == ([second], [first], None)
    assert as_person(ben.person).get("/api/members/me/gifts?direction=given").json()["results"] == [second]
    assert api.get("/api/members/ben/gifts?direction=received&program_id=BEANS").json()["results"] == [first]
    assert ana_client.get(f"/api/members/{ben.pk}/gifts").status_code == 404
    assert bistro_api.get(f"/api/members/{ben.pk}/gifts").status_code == 404


def test_a_brand_sees_what_was_given_in_its_own_programs_only(api, bistro_api, bistro, ana, ana_beans, ben_beans):
    BrandMember.objects.create(brand=bistro, member=ana, external_id="a")
    endow(ana_beans, (100, None))
    give(api, 10, giver="ana")

    assert bistro_api.get("/api/members/a/gifts").json()["results"] == []


def test_a_policy_is_shown_and_changed(api, manager_client, barista_client, bistro_api, beans):
    usual = api.get("/api/programs/BEANS/transfer-policy").json()

    changed = manager_client.patch("/api/programs/BEANS/transfer-policy", {"gift_max": 500, "gift_hops_max": 2})

    assert (usual["gift_max"], usual["gift_hops_max"], usual["gift_hold_hours"]) == (None, 1, 24)
    assert changed.json() == usual | {"gift_max": 500, "gift_hops_max": 2}
    assert Event.objects.get(type="transfer_policy.changed").data["changes"] == {"gift_max": 500, "gift_hops_max": 2}
    manager_client.patch("/api/programs/BEANS/transfer-policy", {"gift_max": 500})
    assert Event.objects.filter(type="transfer_policy.changed").count() == 1
    assert refusal(manager_client.patch("/api/programs/BEANS/transfer-policy", {"gift_min": 501})) == (
        400, "validation-error",
    )  # fmt: skip
    assert manager_client.patch("/api/programs/BEANS/transfer-policy", {"gift_max": None}).json()["gift_max"] is None
    assert refusal(barista_client.patch("/api/programs/BEANS/transfer-policy", {"gift_min": 2})) == (403, "forbidden")
    assert bistro_api.get("/api/programs/BEANS/transfer-policy").status_code == 404
