"""Many claims at the same moment, over connections of their own: nothing is sold twice, and nobody who got nothing has
lost a point."""

from collections import Counter

import pytest

from ledger.models import Balance
from ledger.reconciliation import reconcile
from ledger.tests.books import clean
from loyalty.errors import LoyaltyError
from loyalty.identity.models import BrandMember, Member
from programs.activity.corrections import deposit
from programs.activity.places import Names
from programs.activity.tests.together import all_at_once
from programs.membership.enrolment import enrol
from programs.rewards.catalogue.cancelling import cancel_claim
from programs.rewards.catalogue.claiming import claim_reward
from programs.rewards.catalogue.holding import hold_stock
from programs.rewards.catalogue.tests.shelf import reward
from programs.rewards.models import PoolCode, Reward, RewardTaken, StockHold, Voucher

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def crowd(cafe, beans, importer):
    """A function that makes so many members, each with some points."""

    def make(many: int, points: int) -> list[str]:
        names = []
        for n in range(many):
            member = Member.objects.create(name=f"Member {n}", created_by=cafe)
            BrandMember.objects.create(brand=cafe, member=member, external_id=f"m-{n}")
            enrol(beans, member)
            deposit(importer, Names("BEANS", str(member.pk)), points=points, key=f"gift-{n}")
            names.append(str(member.pk))
        return names

    return make


def outcome(call) -> str:
    try:
        call()
    except LoyaltyError as refusal:
        return refusal.code
    return "claimed"


def books_are_right() -> bool:
    return clean(reconcile())


def test_of_fifty_claims_of_the_last_ten_ten_succeed_and_nobody_else_lost_a_point(importer, beans, crowd):
    reward(beans, "mug", points_cost=100, stock_left=10, stock_low_at=3)
    members = crowd(50, 100)

    told = all_at_once(50, lambda n: outcome(lambda: claim_reward(importer, "mug", key=f"c-{n}", member=members[n])))

    assert Counter(told) == {"claimed": 10, "out-of-stock": 40}
    owners = {str(owner) for owner in Voucher.objects.values_list("member_id", flat=True)}
    assert len(owners) == Voucher.objects.count() == 10 and Reward.objects.get().stock_left == 0
    left = dict(Balance.objects.filter(account__owner_id__in=members).values_list("account__owner_id", "posted"))
    assert {str(owner): points for owner, points in left.items()} == {
        one: 0 if one in owners else 100 for one in members
    }
    assert sum(RewardTaken.objects.values_list("count", flat=True)) == 10
    assert books_are_right()


def test_of_twenty_claims_by_one_member_with_a_limit_of_one_one_succeeds(importer, beans, crowd):
    reward(beans, "mug", points_cost=10, stock_left=100, member_max=1)
    (member,) = crowd(1, 1000)

    told = all_at_once(20, lambda n: outcome(lambda: claim_reward(importer, "mug", key=f"c-{n}", member=member)))

    assert Counter(told) == {"claimed": 1, "member-limit": 19}
    assert Balance.objects.get(account__owner_id=member).posted == 990
    assert Reward.objects.get().stock_left == 99 and books_are_right()


def test_of_twenty_claims_with_points_for_one_one_succeeds(importer, beans, crowd):
    reward(beans, "mug", points_cost=100, stock_left=100)
    (member,) = crowd(1, 100)

    told = all_at_once(20, lambda n: outcome(lambda: claim_reward(importer, "mug", key=f"c-{n}", member=member)))

    assert Counter(told) == {"claimed": 1, "insufficient-points": 19}
    assert Reward.objects.get().stock_left == 99 and Voucher.objects.count() == 1 and books_are_right()


@pytest.mark.parametrize("cost", [0, 50])
def test_one_request_twenty_times_is_one_claim(importer, beans, crowd, cost):
    reward(beans, "mug", points_cost=cost, stock_left=100, member_max=1)
    (member,) = crowd(1, 100)

    told = all_at_once(20, lambda n: claim_reward(importer, "mug", key="k", member=member))

    assert len({one.voucher.pk for one in told}) == 1 and [one.is_replayed for one in told].count(False) == 1
    assert Voucher.objects.count() == 1 and Reward.objects.get().stock_left == 99


def test_codes_of_a_pool_are_given_once_each(importer, beans, crowd):
    cinema = reward(beans, "cinema", kind="external_code", points_cost=1)
    PoolCode.objects.bulk_create(PoolCode(reward=cinema, code=f"SEAT-{n}") for n in range(5))
    members = crowd(20, 1)

    told = all_at_once(20, lambda n: outcome(lambda: claim_reward(importer, "cinema", key=f"c-{n}", member=members[n])))

    assert Counter(told) == {"claimed": 5, "out-of-stock": 15}
    assert sorted(Voucher.objects.values_list("external_code", flat=True)) == [f"SEAT-{n}" for n in range(5)]


def test_what_is_set_aside_meanwhile_is_not_claimed_by_others(importer, beans, crowd):
    reward(beans, "mug", stock_left=5)
    members = crowd(20, 1)

    def go(n: int) -> str:
        if n % 2:
            return outcome(lambda: hold_stock(importer, "mug", member=members[n]))
        return outcome(lambda: claim_reward(importer, "mug", key=f"c-{n}", member=members[n]))

    told = all_at_once(20, go)

    assert Counter(told) == {"claimed": 5, "out-of-stock": 15}
    assert Reward.objects.get().stock_left == StockHold.objects.filter(status="open").count()
    for held in StockHold.objects.all():
        claim_reward(importer, "mug", key=f"h-{held.pk}", member=str(held.member_id), hold_id=held.pk)
    assert Reward.objects.get().stock_left == 0


def test_a_claim_cancelled_twenty_times_comes_back_once(importer, beans, crowd):
    reward(beans, "mug", points_cost=60, stock_left=5)
    (member,) = crowd(1, 100)
    voucher = claim_reward(importer, "mug", key="k", member=member).voucher

    told = all_at_once(20, lambda n: cancel_claim(importer, voucher.pk, key=f"x-{n}"))

    assert [one.is_replayed for one in told].count(False) == 1
    assert Balance.objects.get(account__owner_id=member).posted == 100
    assert (Reward.objects.get().stock_left, RewardTaken.objects.get().count) == (5, 0) and books_are_right()
