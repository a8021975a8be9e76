"""A till's queue comes into the books: each item once, in order, with a verdict."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils.dateparse import parse_datetime

from loyalty import clock
from loyalty.events.models import Event
from loyalty.identity.keys import principal_of
from programs.rewards.models import Voucher, VoucherUse
from programs.rewards.offline.models import OfflineScan, TillDevice
from programs.rewards.offline.tests.counter import ago, register, shown, sync, verdicts, voucher
from programs.rewards.vouchers.redeeming import Order, RedeemRequest, redeem_voucher

pytestmark = pytest.mark.django_db


@pytest.fixture
def counter(api):
    return register(api)


def queue_of(counter, program, count, *, at=None, member=None):
    """So many items, each with a voucher of its own, a second apart."""
    began = at or ago(minutes=30)
    moments = [began + timedelta(seconds=n) for n in range(count)]
    return [counter.scan(shown(voucher(program, member), at=moment), at=moment) for moment in moments]


def test_an_item_redeems_its_voucher_as_of_then(api, counter, beans, ana_beans):
    mine = voucher(beans, ana_beans.member)
    moment = ago(hours=2)
    item = counter.scan(shown(mine, at=moment), at=moment, reference="R-1")

    (verdict,) = sync(api, item)

    use = VoucherUse.objects.get()
    assert verdict == {
        "sequence": 1, "verdict": "accepted", "reason": None, "detail": None, "use_id": str(use.id),
        "discount": "5.00", "currency": "EUR",
    }  # fmt: skip
    assert (use.voucher_id, use.is_offline, use.occurred_at, use.reference) == (mine.pk, True, moment, "R-1")
    scan = OfflineScan.objects.get()
    assert (scan.verdict, scan.use_id, scan.member_id, scan.borne_by) == ("accepted", use.id, mine.member_id, "")


def test_the_same_queue_sent_three_times_changes_nothing(api, counter, beans):
    items = queue_of(counter, beans, 3)
    first = sync(api, *items)
    books = (VoucherUse.objects.count(), OfflineScan.objects.count(), Event.objects.count())

    assert sync(api, *items) == sync(api, *reversed(items))[::-1] == first
    assert (VoucherUse.objects.count(), OfflineScan.objects.count(), Event.objects.count()) == books == (3, 3, books[2])


def test_items_behind_a_gap_are_held_and_settled_when_the_missing_ones_come(api, counter, beans):
    items = queue_of(counter, beans, 4)

    assert verdicts(api, items[0], items[2], items[3]) == [("accepted", None), ("held", "gap"), ("held", "gap")]
    assert VoucherUse.objects.count() == 1
    assert verdicts(api, items[2]) == [("held", "gap")]
    assert verdicts(api, items[1]) == [("accepted", None)]
    assert VoucherUse.objects.count() == 4
    assert verdicts(api, *items) == [("accepted", None)] * 4


def test_items_may_come_in_any_order_within_a_queue(api, counter, beans):
    items = queue_of(counter, beans, 3)

    assert verdicts(api, items[2], items[0], items[1]) == [("accepted", None)] * 3


def test_two_items_under_one_number_put_the_till_into_quarantine(api, counter, beans):
    (first,) = queue_of(counter, beans, 1)
    counter.last = (0, "")
    (twin, after) = queue_of(counter, beans, 2)

    assert verdicts(api, first, twin) == [("accepted", None), ("held", "forked")]
    assert TillDevice.objects.get().status == "quarantined"
    assert Event.objects.filter(type="till.quarantined").count() == 1
    assert verdicts(api, after) == [("held", "forked")]
    counter.last = (1, OfflineScan.objects.get(is_forked=False).digest)
    assert verdicts(api, *queue_of(counter, beans, 1)) == [("held", "quarantined")]
    assert verdicts(api, first, twin, after) == [("accepted", None), ("held", "forked"), ("held", "forked")]
    assert VoucherUse.objects.count() == 1


def test_an_item_that_follows_another_than_the_last_is_a_fork(api, counter, beans):
    (first,) = queue_of(counter, beans, 1)
    counter.last = (1, "0" * 64)

    assert verdicts(api, first, *queue_of(counter, beans, 1)) == [("accepted", None), ("held", "forked")]


def test_a_twin_of_an_item_that_waits_behind_a_gap_is_a_fork(api, counter, beans):
    _, second = queue_of(counter, beans, 2)
    counter.last = (1, "0" * 64)
    (twin,) = queue_of(counter, beans, 1)

    assert verdicts(api, second) == [("held", "gap")]
    assert verdicts(api, twin) == [("held", "forked")]
    assert TillDevice.objects.get().status == "quarantined"


def test_an_early_item_that_does_not_follow_what_came_is_a_fork(api, counter, beans):
    first, _ = queue_of(counter, beans, 2)
    counter.last = (1, "0" * 64)
    (early,) = queue_of(counter, beans, 1)

    assert verdicts(api, early) == [("held", "gap")]
    assert verdicts(api, first) == [("accepted", None)]
    assert verdicts(api, early) == [("held", "forked")]
    assert TillDevice.objects.get().status == "quarantined"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"reference": "R-2"}, "wrong-signature"),
        ({"scanned_at": "2026-01-01T12:00:00Z"}, "wrong-signature"),
        ({"signature": ""}, "wrong-signature"),
        ({"signature": "x" * 86}, "wrong-signature"),
        ({"device_id": "019a9f30-5c1e-7d7b-9a54-3f0e2b1c4d5e"}, "unknown-till"),
        ({"device_id": "till-1"}, "validation-error"),
        ({"sequence": "1"}, "validation-error"),
        ({"surprise": 1}, "validation-error"),
    ],
)
def test_what_the_till_did_not_sign_is_refused_and_leaves_no_trace(api, counter, beans, change, reason):
    (item,) = queue_of(counter, beans, 1)

    assert verdicts(api, item | change) == [("refused", reason)]
    assert not OfflineScan.objects.exists()
    assert verdicts(api, item) == [("accepted", None)]


def test_an_item_that_cannot_be_read_does_not_hold_up_the_others(api, counter, beans):
    first, second = queue_of(counter, beans, 2)

    assert verdicts(api, {"token": 1}, first, {}, second) == [
        ("refused", "validation-error"), ("accepted", None), ("refused", "validation-error"), ("accepted", None),
    ]  # fmt: skip


def test_another_brand_cannot_bring_a_tills_queue(bistro_api, counter, beans):
    assert verdicts(bistro_api, *queue_of(counter, beans, 1)) == [("refused", "unknown-till")]
    assert not OfflineScan.objects.exists()


def test_another_tills_signature_is_wrong(api, counter, beans):
    other = register(api)
    (item,) = queue_of(counter, beans, 1)

    assert verdicts(api, other.signed(item)) == [("refused", "wrong-signature")]


@pytest.mark.parametrize(
    ("at", "reason"),
    [
        (lambda: datetime(1970, 1, 1, tzinfo=UTC), "too-old"),
        (lambda: ago(days=3, minutes=1), "too-old"),
        (lambda: ago(days=-1), "in-the-future"),
        (lambda: ago(minutes=-3), "in-the-future"),
    ],
)
def test_times_that_cannot_be_are_held(api, counter, beans, at, reason):
    moment = at()
    item = counter.scan(shown(voucher(beans), at=moment), at=moment)

    assert verdicts(api, item) == [("held", reason)]
    assert not VoucherUse.objects.exists()
    assert verdicts(api, *queue_of(counter, beans, 1)) == [("accepted", None)]


@pytest.mark.parametrize("at", [lambda: ago(hours=71), lambda: ago(minutes=-1)])
def test_times_within_bounds_are_believed(api, counter, beans, at):
    moment = at()

    assert verdicts(api, counter.scan(shown(voucher(beans), at=moment), at=moment)) == [("accepted", None)]


def test_an_item_dated_before_the_one_in_front_of_it_is_held(api, counter, beans):
    items = [*queue_of(counter, beans, 1), *queue_of(counter, beans, 1, at=ago(minutes=40))]

    assert verdicts(api, *items) == [("accepted", None), ("held", "back-dated")]


def test_a_code_is_judged_as_of_then(api, counter, beans):
    moment = ago(hours=1)
    token = shown(voucher(beans), at=moment)
    within, after = moment + timedelta(seconds=64), moment + timedelta(seconds=66)

    assert verdicts(api, counter.scan(token, at=after)) == [("expired_then", "token-expired")]
    assert verdicts(api, counter.scan(token, at=after)) == [("expired_then", "token-expired")]
    fresh = shown(voucher(beans), at=moment + timedelta(seconds=60))
    assert verdicts(api, counter.scan(fresh, at=within + timedelta(seconds=60))) == [("accepted", None)]


def test_a_code_that_was_not_valid_yet_is_refused(api, counter, beans):
    token = shown(voucher(beans), at=ago(minutes=10))

    assert verdicts(api, counter.scan(token, at=ago(minutes=11))) == [("refused", "token-not-yet-valid")]


def test_a_voucher_that_ran_out_since_is_redeemed_as_of_then(api, counter, beans):
    mine = voucher(beans, expires_at=ago(minutes=5))
    early, late = ago(minutes=6), ago(minutes=4)

    assert verdicts(api, counter.scan(shown(mine, at=early), at=early)) == [("accepted", None)]
    other = voucher(beans, expires_at=ago(minutes=5))
    assert verdicts(api, counter.scan(shown(other, at=late), at=late)) == [("expired_then", "voucher-expired")]


def test_only_vouchers_are_redeemed_off_line(api, counter, beans, ana_beans):
    token = shown(voucher(beans), purpose="member", subject=ana_beans.pk, at=ago(minutes=1))

    assert verdicts(api, counter.scan(token, at=ago(minutes=1))) == [("refused", "wrong-purpose")]
    assert OfflineScan.objects.get().borne_by == ""


def test_a_code_for_another_brand_is_refused(api, counter, beans, bistro):
    token = shown(voucher(beans), audience="bistro", at=ago(minutes=1))

    assert verdicts(api, counter.scan(token, at=ago(minutes=1))) == [("refused", "wrong-audience")]


def test_a_voucher_used_on_line_is_a_loss_that_the_brand_bears(api, cafe_key, counter, beans, ana_beans):
    mine = voucher(beans, ana_beans.member)
    moment = ago(minutes=1)
    item = counter.scan(shown(mine, at=moment), at=moment)
    on_line = RedeemRequest(voucher=str(mine.pk), key="a", order=Order.of_amount(1250, "EUR"))
    redeem_voucher(principal_of(cafe_key), on_line)

    assert verdicts(api, item) == [("already_used", "voucher-used-up")]
    scan = OfflineScan.objects.get()
    assert (scan.loss_points, scan.loss_minor, scan.borne_by) == (100, 500, "brand")
    told = Event.objects.get(type="offline.loss")
    assert (told.aggregate_id, told.member_id, told.program_id) == (scan.till_id, mine.member_id, beans.pk)
    assert told.data == {
        "scan_id": str(scan.pk), "sequence": 1, "verdict": "already_used", "reason": "voucher-used-up", "points": 100,
        "minor": 500, "borne_by": "brand",
    }  # fmt: skip


def test_a_voucher_cancelled_since_is_a_loss(api, counter, beans):
    mine = voucher(beans)
    moment = ago(minutes=1)
    item = counter.scan(shown(mine, at=moment), at=moment)
    Voucher.objects.filter(pk=mine.pk).update(status="disabled", disabled_at=clock.now())

    assert verdicts(api, item) == [("refused", "voucher-disabled")]
    assert OfflineScan.objects.get().loss_points == 100


def test_a_till_redeems_no_more_a_day_than_it_is_trusted_with(api, manager_client, counter, beans):
    manager_client.patch(f"/api/tills/{counter.id}", {"offline_max": 2})
    yesterday = queue_of(counter, beans, 1, at=ago(hours=25))

    assert verdicts(api, *yesterday, *queue_of(counter, beans, 3)) == [
        ("accepted", None), ("accepted", None), ("accepted", None), ("held", "till-limit"),
    ]  # fmt: skip


def test_a_member_redeems_no_more_a_day_at_all_tills_together(api, counter, beans, ana_beans, ben_beans, settings):
    settings.OFFLINE_MEMBER_MAX = 2
    other = register(api)
    mine = queue_of(counter, beans, 2, member=ana_beans.member)
    theirs = queue_of(other, beans, 1, at=ago(minutes=50), member=ana_beans.member)

    assert verdicts(api, *mine) == [("accepted", None)] * 2
    assert verdicts(api, *theirs) == [("held", "member-limit")]
    assert verdicts(api, *queue_of(other, beans, 1, member=ben_beans.member)) == [("accepted", None)]


def test_of_a_revoked_till_what_came_before_is_held_and_what_came_after_refused(api, counter, beans):
    before = queue_of(counter, beans, 1, at=ago(minutes=2))
    with clock.at(ago(minutes=1)):
        assert api.delete(f"/api/tills/{counter.id}?reason=Lost").status_code == 204
    after = queue_of(counter, beans, 1, at=ago(seconds=30))

    assert verdicts(api, *before, *after) == [("held", "till-revoked"), ("refused", "till-revoked")]
    assert not VoucherUse.objects.exists()
    assert OfflineScan.objects.get(verdict="refused").loss_points == 100


def test_the_answer_says_what_time_it_is(api, counter, beans):
    answer = api.post("/api/qr/sync", {"scans": queue_of(counter, beans, 1)}).json()

    assert abs(parse_datetime(answer["received_at"]) - clock.now()) < timedelta(seconds=10)
