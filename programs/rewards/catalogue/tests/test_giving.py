"""Rewards that are given: what they take with them, and what there is none of."""

from datetime import timedelta

import pytest
from django.db import transaction

from loyalty import clock
from loyalty.events.models import Event
from programs.rewards.catalogue.errors import OutOfStock
from programs.rewards.catalogue.giving import give_reward
from programs.rewards.catalogue.tests.shelf import reward
from programs.rewards.models import PoolCode, RewardTaken, StockHold, Voucher
from programs.rewards.vouchers.errors import AlreadyGiven

pytestmark = pytest.mark.django_db


def give(one, member, **more):
    asked = {"kind": "birthday", "occasion": "", "actor": "job:birthdays", "at": clock.now()} | more
    with transaction.atomic():
        return give_reward(one, member, **asked)


def test_a_given_reward_is_a_voucher_and_one_of_the_stock(beans, ana):
    mug = reward(beans, "mug", stock_left=2, voucher_days=10, uses_max=3)

    voucher = give(mug, ana)

    mug.refresh_from_db()
    voucher = Voucher.objects.get(pk=voucher.pk)
    assert (voucher.kind, voucher.status, voucher.uses_max, mug.stock_left) == ("birthday", "issued", 3, 1)
    assert (voucher.expires_at - voucher.issued_at).days == 10
    assert not RewardTaken.objects.exists()


def test_what_there_is_none_of_is_not_given(beans, ana):
    mug = reward(beans, "mug", stock_left=0)

    with pytest.raises(OutOfStock):
        give(mug, ana)

    assert not Voucher.objects.exists()


def test_what_is_set_aside_to_be_claimed_is_not_given(beans, ana):
    mug = reward(beans, "mug", stock_left=1)
    StockHold.objects.create(reward=mug, member=ana, expires_at=clock.now() + timedelta(minutes=5))

    with pytest.raises(OutOfStock):
        give(mug, ana)


def test_the_same_occasion_takes_no_second_one(beans, ana):
    mug = reward(beans, "mug", stock_left=2)
    give(mug, ana, occasion="birthday 2026")

    with pytest.raises(AlreadyGiven):
        give(mug, ana, occasion="birthday 2026")

    mug.refresh_from_db()
    assert mug.stock_left == 1


def test_a_gift_card_holds_its_value(beans, ana):
    card = give(reward(beans, "card", kind="gift_card", value_minor=2500), ana, kind="personal")

    assert (card.kind, card.value_minor, card.balance_minor, card.uses_max) == ("gift", 2500, 2500, None)


def test_a_donation_is_redeemed_at_once(beans, ana):
    voucher = give(reward(beans, "trees", kind="donation"), ana)

    assert (voucher.status, voucher.uses) == ("redeemed", 1)


def test_a_code_of_somebody_else_comes_from_the_pool_and_then_there_is_none(beans, ana, ben):
    cinema = reward(beans, "cinema", kind="external_code")
    PoolCode.objects.create(reward=cinema, code="SEAT-1")

    voucher = give(cinema, ana)

    assert (voucher.external_code, Voucher.objects.get().external_code) == ("SEAT-1", "SEAT-1")
    assert PoolCode.objects.get().voucher == voucher
    with pytest.raises(OutOfStock):
        give(cinema, ben)


def test_the_brand_is_told_once_when_few_and_when_none_are_left(beans, ana):
    mug = reward(beans, "mug", stock_left=4, stock_low_at=2)

    for _ in range(4):
        give(mug, ana)

    told = Event.objects.filter(aggregate_id=mug.pk).order_by("id").values_list("type", "data__stock_left")
    assert list(told) == [("reward.low_stock", 2), ("reward.sold_out", 0)]


def test_a_pool_that_runs_low_is_told_of_too(beans, ana):
    cinema = reward(beans, "cinema", kind="external_code", stock_low_at=1)
    PoolCode.objects.bulk_create(PoolCode(reward=cinema, code=f"SEAT-{n}") for n in range(3))

    for _ in range(3):
        give(cinema, ana)

    told = Event.objects.filter(aggregate_id=cinema.pk).order_by("id").values_list("type", "data__stock_left")
    assert list(told) == [("reward.low_stock", 1), ("reward.sold_out", 0)]
