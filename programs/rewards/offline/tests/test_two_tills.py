"""Two tills without a line take the same vouchers, and what they did comes into the books in every order there is:
no voucher is used more often than it can be, and what was handed out beyond that is written down as a loss."""

from collections import Counter as Count
from datetime import timedelta
from itertools import combinations, permutations

import pytest

from loyalty.identity.keys import principal_of
from loyalty.testing.worlds import undone
from programs.rewards.models import Voucher, VoucherUse
from programs.rewards.offline.models import OfflineScan
from programs.rewards.offline.settling import sync_offline
from programs.rewards.offline.tests.counter import ago, register, shown, voucher

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture
def principal(cafe_key):
    return principal_of(cafe_key)


@pytest.fixture
def tills(api):
    return [register(api), register(api)]


def queue_of(till, vouchers):
    """What a till did: a code of each of these vouchers, a second apart."""
    began = ago(minutes=30)
    moments = [began + timedelta(seconds=n) for n in range(len(vouchers))]
    return [till.scan(shown(one, at=at), at=at) for one, at in zip(vouchers, moments, strict=True)]


def interleavings(first, second):
    """Every order of both queues in which each keeps its own."""
    places = range(len(first) + len(second))
    for mine in combinations(places, len(first)):
        one, other = iter(first), iter(second)
        yield [next(one) if place in mine else next(other) for place in places]


def check_books(items, uses_wanted: dict) -> None:
    """Each item has one verdict that is final; each voucher as many uses as it can have; the rest are losses."""
    scans = list(OfflineScan.objects.all())
    assert Count((str(scan.till_id), scan.sequence) for scan in scans) == Count(
        (item["device_id"], item["sequence"]) for item in items
    )
    accepted = [scan for scan in scans if scan.verdict == "accepted"]
    lost = [scan for scan in scans if scan.verdict == "already_used"]
    assert len(accepted) + len(lost) == len(items)
    assert Count(scan.voucher_id for scan in accepted) == uses_wanted
    assert {scan.use_id for scan in accepted} == {use.pk for use in VoucherUse.objects.all()}
    assert Count(use.voucher_id for use in VoucherUse.objects.all()) == uses_wanted
    assert {one.pk: one.uses for one in Voucher.objects.all() if one.uses} == uses_wanted
    assert all((scan.loss_points, scan.loss_minor, scan.borne_by) == (100, 500, "brand") for scan in lost)
    assert not any(scan.borne_by or scan.loss_points for scan in accepted)


def test_every_interleaving_with_answers_lost_and_queues_sent_again(principal, tills, beans):
    once, other, twice = voucher(beans), voucher(beans), voucher(beans, kind="generic", uses_max=2)
    first, second = tills
    queues = queue_of(first, [once, twice, other]), queue_of(second, [twice, once, twice])
    seen = 0

    for order in interleavings(*queues):
        with undone():
            for n, item in enumerate(order):
                verdicts = sync_offline(principal, [item])
                # Every third answer is lost: what came so far comes again, cut at any place.
                if n % 3 == 2:
                    again = sync_offline(principal, order[n // 2 : n + 1])
                    assert again[-1] == verdicts[0]
            final = sync_offline(principal, order)
            assert sync_offline(principal, order) == final
            check_books(order, {once.pk: 1, other.pk: 1, twice.pk: 2})
        seen += 1
    assert seen == 20


def test_every_order_of_arrival_with_gaps_in_it(principal, tills, beans):
    once, other = voucher(beans), voucher(beans)
    first, second = tills
    items = [*queue_of(first, [once, other, once]), *queue_of(second, [other, once])]

    for order in permutations(items):
        with undone():
            for item in order:
                sync_offline(principal, [item])
            check_books(order, {once.pk: 1, other.pk: 1})
