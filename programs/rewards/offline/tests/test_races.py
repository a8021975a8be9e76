"""Tills that come back at the same moment."""

from collections import Counter as Count

import pytest

from loyalty.events.models import Event
from loyalty.identity.keys import principal_of
from loyalty.testing.clients import with_key
from programs.activity.tests.together import all_at_once
from programs.rewards.models import VoucherUse
from programs.rewards.offline.models import OfflineScan, TillDevice
from programs.rewards.offline.settling import sync_offline
from programs.rewards.offline.tests.counter import Counter, ago, register, shown, voucher

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


def test_two_tills_bring_the_same_voucher(api, cafe_key, beans):
    for _ in range(5):
        mine, moment = voucher(beans), ago(minutes=1)
        items = [register(api).scan(shown(mine, at=moment), at=moment) for _ in range(2)]
        principal = principal_of(cafe_key)

        told = all_at_once(2, lambda n: sync_offline(principal, [items[n]])[0].verdict)  # noqa: B023

        assert sorted(told) == ["accepted", "already_used"]
        assert VoucherUse.objects.filter(voucher=mine).count() == 1
        assert OfflineScan.objects.get(voucher=mine, verdict="already_used").loss_points == 100


def test_one_queue_is_brought_four_times_at_once(api, cafe_key, beans):
    till, moment = register(api), ago(minutes=1)
    queue = [till.scan(shown(voucher(beans), at=moment), at=moment) for _ in range(6)]
    principal = principal_of(cafe_key)

    told = all_at_once(4, lambda n: sync_offline(principal, queue[::-1] if n % 2 else queue))

    assert {one.verdict for answer in told for one in answer} == {"accepted"}
    assert (VoucherUse.objects.count(), OfflineScan.objects.count()) == (6, 6)
    assert Event.objects.filter(type="offline.settled").count() == 6
    assert TillDevice.objects.get().last_sequence == 6


def test_a_queue_is_brought_in_parts_at_once(api, cafe_key, beans):
    till, moment = register(api), ago(minutes=1)
    queue = [till.scan(shown(voucher(beans), at=moment), at=moment) for _ in range(8)]
    principal = principal_of(cafe_key)

    all_at_once(4, lambda n: sync_offline(principal, queue[2 * n : 2 * n + 2]))

    assert Count(one.verdict for one in sync_offline(principal, queue)) == {"accepted": 8}
    assert VoucherUse.objects.count() == 8


def test_a_members_limit_holds_at_two_tills_at_once(api, cafe_key, beans, ana_beans, settings):
    settings.OFFLINE_MEMBER_MAX = 1
    moment = ago(minutes=1)
    mine = [voucher(beans, ana_beans.member) for _ in range(2)]
    items = [register(api).scan(shown(one, at=moment), at=moment) for one in mine]
    principal = principal_of(cafe_key)

    told = all_at_once(2, lambda n: sync_offline(principal, [items[n]])[0])

    assert sorted((one.verdict, one.reason) for one in told) == [("accepted", ""), ("held", "member-limit")]


def test_a_till_is_registered_once_by_many_at_once(cafe, cafe_key):
    counter = Counter()

    told = all_at_once(4, lambda n: with_key(cafe_key).post("/api/tills", counter.asking()).status_code)

    assert sorted(told) == [200, 200, 200, 201]
    assert TillDevice.objects.count() == 1
