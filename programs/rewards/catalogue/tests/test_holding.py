"""One of the stock set aside for a member for a while."""

from datetime import timedelta
from uuid import uuid4

import pytest

from loyalty import clock
from programs.activity.tests.tills import pointers, refusal
from programs.rewards.catalogue.tests.shelf import reward
from programs.rewards.catalogue.tests.test_claiming import claim
from programs.rewards.models import PoolCode, Reward, StockHold

pytestmark = pytest.mark.django_db


def hold(api, code="mug", *, member="ana", **more):
    return api.post(f"/api/offers/{code}/hold", {"member_id": member} | more)


def test_what_is_set_aside_is_only_its_members_and_then_claimed(api, ana_beans, ben_beans):
    reward(ana_beans.program, "mug", stock_left=1)

    held = hold(api)

    assert held.status_code == 201 and held.json()["member_id"] == str(ana_beans.member_id)
    assert refusal(claim(api, member="ben")) == (409, "out-of-stock")
    assert refusal(hold(api, member="ben")) == (409, "out-of-stock")
    assert claim(api, hold_id=held.json()["id"]).status_code == 201
    assert (StockHold.objects.get().status, Reward.objects.get().stock_left) == ("used", 0)
    assert refusal(claim(api, hold_id=held.json()["id"])) == (409, "out-of-stock")


def test_a_claim_without_saying_so_uses_what_the_member_set_aside(api, ana_beans):
    reward(ana_beans.program, "mug", stock_left=1)
    hold(api)

    assert claim(api).status_code == 201
    assert StockHold.objects.get().status == "used"


def test_it_goes_back_by_itself(api, ana_beans, ben_beans):
    reward(ana_beans.program, "mug", stock_left=1)
    held = hold(api, expires_in=60).json()

    with clock.at(clock.now() + timedelta(seconds=61)):
        assert refusal(claim(api, hold_id=held["id"])) == (409, "stock-hold-over")
        assert claim(api, member="ben").status_code == 201


def test_a_member_has_one_and_asking_again_moves_its_end(api, ana_beans):
    reward(ana_beans.program, "mug", stock_left=1)

    first, again = hold(api).json(), hold(api, expires_in=3600).json()

    assert first["id"] == again["id"] and first["expires_at"] < again["expires_at"]
    assert StockHold.objects.count() == 1


def test_it_is_given_back_before_its_time(api, ana_beans, ben_beans):
    reward(ana_beans.program, "mug", stock_left=1)
    held = hold(api).json()

    assert [api.delete(f"/api/offers/holds/{held['id']}").status_code for _ in range(2)] == [204, 204]
    assert claim(api, member="ben").status_code == 201


def test_what_was_claimed_is_not_given_back(api, ana_beans):
    reward(ana_beans.program, "mug", stock_left=1)
    held = hold(api).json()
    claim(api)

    assert refusal(api.delete(f"/api/offers/holds/{held['id']}")) == (409, "stock-hold-over")


def test_codes_of_a_pool_are_set_aside_too(api, ana_beans, ben_beans):
    cinema = reward(ana_beans.program, "cinema", kind="external_code")
    PoolCode.objects.create(reward=cinema, code="SEAT-1")
    hold(api, "cinema")

    assert refusal(claim(api, "cinema", member="ben")) == (409, "out-of-stock")
    assert claim(api, "cinema").json()["external_code"] == "SEAT-1"


def test_others_holds_are_nobodys_business(api, ana_client, bistro_api, as_person, ben, ana_beans, ben_beans):
    reward(ana_beans.program, "mug", stock_left=3)
    held = hold(api).json()
    address = f"/api/offers/holds/{held['id']}"

    assert refusal(bistro_api.delete(address)) == (404, "not-found")
    assert refusal(as_person(ben.person).delete(address)) == (404, "not-found")
    assert refusal(claim(api, member="ben", hold_id=held["id"])) == (404, "not-found")
    assert refusal(claim(api, hold_id=str(uuid4()))) == (404, "not-found")
    assert refusal(api.delete("/api/offers/holds/nonsense")) == (404, "not-found")
    assert ana_client.delete(address).status_code == 204


def test_nothing_is_set_aside_for_longer_than_an_hour_or_for_who_may_not_claim(api, ana_beans):
    reward(ana_beans.program, "mug", status="paused")

    assert pointers(hold(api, expires_in=3601)) == ["/expires_in"]
    assert refusal(hold(api)) == (409, "offer-not-open")
