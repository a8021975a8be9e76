"""Whatever is claimed, set aside, given, cancelled and left alone, in any order: stock, limits and points add up."""

import random
from datetime import timedelta

import pytest
from django.db import transaction

from ledger.reconciliation import reconcile
from ledger.selectors import balances
from ledger.tests.books import clean
from loyalty import clock
from loyalty.errors import LoyaltyError
from programs.activity.corrections import deposit
from programs.activity.places import Names
from programs.rewards.catalogue.cancelling import cancel_claim
from programs.rewards.catalogue.claiming import claim_reward
from programs.rewards.catalogue.giving import give_reward
from programs.rewards.catalogue.holding import hold_stock, release_stock
from programs.rewards.catalogue.tests.shelf import reward
from programs.rewards.models import Reward, RewardTaken, StockHold, Voucher

pytestmark = pytest.mark.django_db

STOCK, COST, POINTS, LIMIT = 6, 30, 100, 2


@pytest.mark.parametrize("seed", range(4))
def test_stock_limits_and_points_add_up(importer, beans, ana_beans, ben_beans, seed):
    chance, now, numbers = random.Random(seed), clock.now(), iter(range(1000))
    people = {"ana": ana_beans, "ben": ben_beans}
    mug = reward(beans, "mug", points_cost=COST, stock_left=STOCK, member_max=LIMIT)
    for name in people:
        with clock.at(now):
            deposit(importer, Names("BEANS", str(people[name].member_id)), points=POINTS, key=name)
    given = 0

    for _ in range(40):
        now += timedelta(minutes=chance.choice((0, 1, 10)))
        who = people[chance.choice(list(people))]
        member, claimed = str(who.member_id), Voucher.objects.filter(member=who.member_id, status="claimed")
        step = chance.choice(("claim", "claim", "hold", "release", "cancel", "give"))
        with clock.at(now):
            held = StockHold.objects.filter(member=who.member_id, status="open", expires_at__gt=now).first()
            try:
                if step == "claim":
                    claim_reward(importer, "mug", key=f"c-{next(numbers)}", member=member, hold_id=held and held.pk)
                elif step == "hold":
                    hold_stock(importer, "mug", member=member)
                elif step == "release" and held:
                    release_stock(importer, held.pk)
                elif step == "cancel" and claimed.exists():
                    cancel_claim(importer, claimed.first().pk, key=f"x-{next(numbers)}")
                elif step == "give" and chance.random() < 0.2:
                    with transaction.atomic():
                        give_reward(mug, who.member, kind="birthday", occasion="", actor="job", at=now)
                    given += 1
            except LoyaltyError as refusal:
                assert refusal.code in ("out-of-stock", "member-limit", "insufficient-points"), refusal
            _check(people, given, now)
    assert clean(reconcile())


def _check(people, given: int, now) -> None:
    live = {
        name: Voucher.objects.filter(member=one.member_id, status="claimed").count() for name, one in people.items()
    }
    left = Reward.objects.get().stock_left
    open_holds = StockHold.objects.filter(status="open", expires_at__gt=now).count()
    taken = dict(RewardTaken.objects.values_list("member_id", "count"))
    held = balances([one.account_id for one in people.values()])

    assert left + sum(live.values()) + given == STOCK and 0 <= open_holds <= left
    for name, one in people.items():
        assert taken.get(one.member_id, 0) == live[name] <= LIMIT
        assert held[one.account_id].available == POINTS - COST * live[name]
