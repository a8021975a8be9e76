"""Points spent together: whose go first, exact shares, all or none, and what is refused."""

from datetime import timedelta
from random import Random

import pytest

from exchange.gifts.models import TransferPolicy
from exchange.gifts.tests.giving_points import books_are_whole, endow, lots_of, posted, take_part
from exchange.households.models import HouseholdMember, PooledSpend
from exchange.households.spending import shares_of
from exchange.households.tests.homes import do, spend, wait
from ledger.models import Lot, Posting
from loyalty import clock
from loyalty.events.models import Event
from loyalty.identity.models import Brand, Member, Person
from programs.activity.tests.tills import refusal
from programs.membership.models import Membership, Program

pytestmark = pytest.mark.django_db


def shares(response) -> dict[str, int]:
    return {part["member_id"]: part["points"] for part in response.json()["parts"]}


def test_points_that_are_gone_first_go_first_whoever_has_them(ana_client, home, beans, ana_beans, ben_beans):
    endow(ana_beans, (100, 5), (100, None))
    endow(ben_beans, (60, 3), (60, 9))

    spent = spend(ana_client, home, 200, description="A grinder", reference="order-7")

    assert spent.status_code == 201
    assert shares(spent) == {str(ana_beans.member_id): 100, str(ben_beans.member_id): 100}
    assert (lots_of(ana_beans), lots_of(ben_beans)) == ([(100, 0)], [(20, 0)])
    parts = Posting.objects.filter(public_id__in=[part["transaction_id"] for part in spent.json()["parts"]])
    assert sorted(parts.values_list("kind", "points", "reference")) == [("redeem", -100, "order-7")] * 2
    event = Event.objects.get(type="household.spent")
    assert (event.data["points"], event.member_id, len(event.data["parts"])) == (200, ana_beans.member_id, 2)
    assert ana_client.get(f"/api/households/{home}/redeem").json()["results"] == [spent.json()]
    assert books_are_whole(beans)


def test_of_lots_of_the_same_end_the_older_goes_first(api, home, ana_beans, ben_beans):
    endow(ben_beans, (50, None))
    endow(ana_beans, (50, None))

    assert shares(spend(api, home, 30)) == {str(ben_beans.member_id): 30}


@pytest.mark.parametrize("seed", range(20))
def test_shares_are_whole_and_exact_whatever_the_lots(seed):
    dice = Random(seed)
    lots = [(dice.randint(1, 4), dice.randint(1, 99)) for _ in range(dice.randint(1, 30))]
    points = dice.randint(1, sum(left for _, left in lots))

    found = shares_of(lots, points)

    assert sum(found.values()) == points
    for account, share in found.items():
        assert 0 < share <= sum(left for one, left in lots if one == account)
    assert shares_of(lots, 10**9) == {a: sum(left for b, left in lots if b == a) for a, _ in lots}


def test_the_same_key_answers_the_first_answer(ana_client, api, home, ana_beans, ben_beans):
    endow(ana_beans, (100, None))
    first = spend(ana_client, home, 80, key="k")
    api.post(f"/api/pooled-spends/{first.json()['id']}/reverse", {"reason": "x"})

    again = spend(ana_client, home, 80, key="k")

    assert (again.content, again["Idempotent-Replayed"], posted(ana_beans)) == (first.content, "true", [100])
    assert refusal(spend(ana_client, home, 81, key="k")) == (422, "idempotency-key-reused")


def test_too_few_points_move_none(ana_client, home, beans, ana_beans, ben_beans):
    endow(ana_beans, (100, None))
    endow(ben_beans, (60, None))

    refused = spend(ana_client, home, 161)

    assert refusal(refused) == (422, "insufficient-points")
    assert (refused.json()["available"], refused.json()["requested"]) == (160, 161)
    assert (posted(ana_beans, ben_beans), PooledSpend.objects.count()) == ([100, 60], 0)


def test_what_has_lapsed_or_is_pending_is_not_spent(api, home, ana_beans, ben_beans):
    endow(ana_beans, (100, 5))
    endow(ben_beans, (60, None))

    with clock.at(clock.now() + timedelta(days=5)):
        refused = spend(api, home, 61)
        spent = spend(api, home, 60)

    assert refused.json()["available"] == 60
    assert shares(spent) == {str(ben_beans.member_id): 60}
    assert posted(ana_beans) == [0]


def test_who_joined_a_short_time_ago_neither_pays_nor_spends(ana_client, ben_client, home, beans, ana_beans, ben_beans):
    endow(ana_beans, (100, None))
    endow(ben_beans, (60, 1))
    HouseholdMember.objects.filter(member=ben_beans.member_id).update(joined_at=clock.now())

    assert shares(spend(ana_client, home, 50)) == {str(ana_beans.member_id): 50}
    assert refusal(spend(ana_client, home, 51)) == (422, "insufficient-points")
    assert refusal(spend(ben_client, home, 1)) == (409, "household-wait")
    TransferPolicy.objects.create(program=beans, household_wait_hours=0)
    assert spend(ben_client, home, 110).status_code == 201


def test_who_left_or_may_not_move_points_does_not_pay(ana_client, ben_client, home, ana_beans, ben_beans):
    endow(ana_beans, (100, None))
    endow(ben_beans, (60, 1))

    Membership.objects.filter(pk=ben_beans.pk).update(status="suspended")
    assert shares(spend(ana_client, home, 50)) == {str(ana_beans.member_id): 50}
    assert refusal(spend(ben_client, home, 1)) == (409, "membership-suspended")
    Membership.objects.filter(pk=ben_beans.pk).update(status="active")
    do(ben_client, home, "leave")
    assert refusal(spend(ana_client, home, 51)) == (422, "insufficient-points")
    assert refusal(spend(ben_client, home, 1)) == (404, "not-found")


def test_what_the_program_says_of_redemptions_holds(ana_client, home, beans, ana_beans, ben_beans):
    Program.objects.filter(pk=beans.pk).update(
        redeem_points_min=50, expiry_kind="inactivity", expiry_months=12, timezone="UTC"
    )
    endow(ana_beans, (100, 5))
    endow(ben_beans, (60, 3))

    assert refusal(spend(ana_client, home, 49)) == (422, "below-minimum")
    spend(ana_client, home, 70)

    ana_left, ben_left = (Lot.objects.get(account_id=one.account_id) for one in (ana_beans, ben_beans))
    assert (ana_left.remaining, ben_left.remaining) == (90, 0)
    assert ana_left.expires_at > clock.now() + timedelta(days=300)


@pytest.mark.parametrize(
    ("change", "answer"),
    [({"households_are_open": False}, (409, "households-closed")), ({}, (403, "step-up-required"))],
)
def test_a_closed_policy_and_a_cool_down_stand_against_it(as_person, ana, cafe, beans, home, ana_beans, change, answer):
    endow(ana_beans, (100, None))
    if change:
        TransferPolicy.objects.create(program=beans, **change)
    else:
        Brand.objects.filter(pk=cafe.pk).update(cool_down_hours=24)
        Person.objects.filter(pk=ana.person_id).update(cool_down_from=clock.now())

    assert refusal(spend(as_person(Person.objects.get(pk=ana.person_id)), home, 10)) == answer


def test_the_brand_spends_for_a_member_of_the_household(api, home, beans, ana_beans, ben_beans):
    take_part(beans, "carl")
    endow(ana_beans, (100, None))

    assert spend(api, home, 10).json()["member_id"] == str(ana_beans.member_id)
    assert spend(api, home, 10, member_id="ben").json()["member_id"] == str(ben_beans.member_id)
    assert refusal(spend(api, home, 10, member_id="carl")) == (409, "not-in-household")


def test_a_spend_comes_back_whole_to_the_lots_it_came_from(api, ana_client, home, beans, ana_beans, ben_beans):
    endow(ana_beans, (100, 5))
    endow(ben_beans, (60, 3))
    spent = spend(ana_client, home, 150).json()

    assert refusal(ana_client.post(f"/api/pooled-spends/{spent['id']}/reverse", {})) == (403, "forbidden")
    undone = api.post(f"/api/pooled-spends/{spent['id']}/reverse", {"reason": "Sold out"})
    again = api.post(f"/api/pooled-spends/{spent['id']}/reverse", {"reason": "Sold out"})

    assert (undone.status_code, undone.content) == (200, again.content)
    assert undone.json()["reversed_at"] is not None
    assert (lots_of(ana_beans), lots_of(ben_beans)) == ([(100, 0)], [(60, 0)])
    assert Posting.objects.filter(kind="reverse").count() == 2
    assert books_are_whole(beans)


def test_what_came_back_to_one_of_them_before_stays_so(api, ana_client, home, ana_beans, ben_beans):
    endow(ana_beans, (100, 5))
    endow(ben_beans, (60, 3))
    spent = spend(ana_client, home, 150).json()
    first = spent["parts"][0]["transaction_id"]
    assert api.post(f"/api/transactions/{first}/reverse", {"idempotency_key": "r", "reason": "x"}).status_code == 201

    assert api.post(f"/api/pooled-spends/{spent['id']}/reverse", {}).status_code == 200
    assert posted(ana_beans, ben_beans) == [100, 60]


def test_nobody_reverses_what_was_paid_with_their_own_points(barista_client, barista, api, home, ana_client, ben_beans):
    endow(ben_beans, (60, 3))
    spent = spend(ana_client, home, 50).json()
    Member.objects.filter(pk=ben_beans.member_id).update(person=barista)

    assert refusal(barista_client.post(f"/api/pooled-spends/{spent['id']}/reverse", {})) == (403, "own-request")


def test_strangers_reverse_nothing(bistro_api, home, ana_client, ana_beans):
    endow(ana_beans, (60, 3))
    spent = spend(ana_client, home, 50).json()

    assert bistro_api.post(f"/api/pooled-spends/{spent['id']}/reverse", {}).status_code == 404
    wait(home)
