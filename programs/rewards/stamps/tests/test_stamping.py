"""Stamps on sheets: overflow, repeating, undoing, ends, days, scans."""

from datetime import UTC, datetime, timedelta

import pytest

from loyalty import clock
from loyalty.errors import Invalid
from loyalty.events.models import Event
from programs.activity.errors import MembershipRequired
from programs.membership.errors import MembershipSuspended, ProgramNotActive
from programs.rewards.models import Voucher
from programs.rewards.stamps import cards, operations
from programs.rewards.stamps.errors import (
    ReferenceStamped,
    ScannedLately,
    StampCardNotActive,
    StampCardNotFull,
    StampsDayMax,
    StampSpent,
)
from programs.rewards.stamps.expiring import close_expired_sheets
from programs.rewards.stamps.models import Stamp, StampCard
from programs.rewards.stamps.scans import scan_stamp
from programs.rewards.stamps.selectors import progress_of
from programs.rewards.stamps.tests.collecting import faults_of, sheets_of
from programs.rewards.stamps.turning_in import turn_into_voucher

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def events() -> list[str]:
    return list(Event.objects.filter(type__startswith="stamps.").order_by("id").values_list("type", flat=True))


def test_three_stamps_on_three_of_four_fill_the_sheet_and_begin_the_next(stamp, ana, ana_beans):
    stamp(ana, "r-1", 3)

    added = stamp(ana, "r-2", 3)

    assert sheets_of(ana) == [(1, 4, "full"), (2, 2, "open")]
    assert [(one.number, one.count, one.stamps) for one in added.sheets] == [(1, 1, 4), (2, 2, 2)]
    assert added.filled == (added.sheets[0].sheet_id,)
    assert faults_of(ana) == []


def test_several_full_sheets_may_wait(stamp, card, ana, ana_beans):
    stamp(ana, "r-1", 13)

    assert sheets_of(ana) == [(1, 4, "full"), (2, 4, "full"), (3, 4, "full"), (4, 1, "open")]
    assert events() == ["stamps.added", "stamps.full", "stamps.full", "stamps.full"]
    found = progress_of(card, ana.pk)
    assert (found.stamps, found.stamps_needed, len(found.full)) == (1, 4, 3)


def test_the_same_reference_gives_the_first_answer_whatever_happened_since(stamp, ana, ana_beans):
    first = stamp(ana, "r-1", 3)
    stamp(ana, "r-2", 3)
    operations.undo_stamps(first.stamp, actor="test")
    beans = ana_beans.program
    beans.status = "paused"
    beans.save()

    again = stamp(ana, "r-1", 3)

    assert (again.is_replayed, again.stamp.pk, again.sheets) == (True, first.stamp.pk, first.sheets)
    assert faults_of(ana) == []


@pytest.mark.parametrize("other", [{"count": 2}, {"member": "ben"}])
def test_a_reference_is_not_stamped_for_something_else(stamp, ana, ben, ana_beans, ben_beans, other):
    stamp(ana, "r-1")

    with pytest.raises(ReferenceStamped):
        stamp(ben if "member" in other else ana, "r-1", other.get("count", 1))

    assert Stamp.objects.count() == 1


def test_one_reference_is_stamped_on_each_of_two_cards(stamp, card, coffee, beans, ana, ana_beans):
    second = cards.create_card(beans, code="tea", name="Tea card", reward=coffee, actor="test")

    stamp(ana, "r-1")
    stamp(ana, "r-1", card=second)

    assert Stamp.objects.count() == 2


def test_who_takes_no_part_in_the_program_gets_none(stamp, card, ana):
    with pytest.raises(MembershipRequired):
        stamp(ana, "r-1")
    with pytest.raises(MembershipRequired):
        operations.join_card(card, ana, actor="test")

    assert sheets_of(ana) == []


def test_suspended_members_and_paused_cards_and_programs_get_none(stamp, card, beans, ana, ana_beans):
    StampCard.objects.filter(pk=card.pk).update(status="paused")
    card.refresh_from_db()
    with pytest.raises(StampCardNotActive):
        stamp(ana, "r-1")
    ana_beans.status = "suspended"
    ana_beans.save()
    with pytest.raises(MembershipSuspended):
        stamp(ana, "r-1")
    beans.status = "paused"
    beans.save()
    card.program.refresh_from_db()
    with pytest.raises(ProgramNotActive):
        stamp(ana, "r-1")

    assert sheets_of(ana) == []


def test_joining_twice_gives_the_same_sheet(card, ana, ana_beans):
    first, is_new = operations.join_card(card, ana, actor="test")
    second, is_new_again = operations.join_card(card, ana, actor="test")

    assert (first.pk, is_new, is_new_again) == (second.pk, True, False)
    assert list(Event.objects.filter(type="card.joined").values_list("aggregate_id", "member_id")) == [
        (first.pk, ana.pk)
    ]


def test_stamping_joins_by_itself(stamp, ana, ana_beans):
    stamp(ana, "r-1")

    assert list(Event.objects.order_by("id").values_list("type", flat=True))[-2:] == ["card.joined", "stamps.added"]


@pytest.mark.parametrize("count", [0, 41])
def test_a_count_is_bounded_by_ten_cards_full(stamp, ana, ana_beans, count):
    with pytest.raises(Invalid):
        stamp(ana, "r-1", count)


def test_no_more_than_the_days_worth_in_the_programs_time_zone(stamp, card, beans, ana, ana_beans):
    beans.timezone, card.day_max = "Pacific/Auckland", 2
    beans.save()
    card.save()
    card.program.refresh_from_db()
    with clock.at(NOON + 3 * DAY):
        # Auckland is 13 hours ahead: its 11 March begins at 11:00 UTC of the 10th.
        stamp(ana, "r-1", 2, at=NOON - HOUR - timedelta(seconds=1))
        stamp(ana, "r-2", 1, at=NOON - HOUR)
        with pytest.raises(StampsDayMax) as refused:
            stamp(ana, "r-3", 2, at=NOON)
        undone = stamp(ana, "r-4", 1, at=NOON).stamp
        operations.undo_stamps(undone, actor="test")
        stamp(ana, "r-5", 1, at=NOON)

    assert refused.value.facts == {"day_max": 2, "left": 1}
    assert sum(one.count for one in Stamp.objects.filter(undone_at=None)) == 4


def test_a_sheet_that_is_over_takes_none_whether_or_not_it_was_closed(stamp, card, ana, ben, ana_beans, ben_beans):
    card.expires_after_days = 30
    card.save()
    with clock.at(NOON):
        stamp(ana, "a-1", 2)
        stamp(ben, "b-1", 2)
    with clock.at(NOON + 30 * DAY - timedelta(seconds=1)):
        assert progress_of(card, ana.pk).stamps == 2
        assert close_expired_sheets(at=clock.now()) == 0
    with clock.at(NOON + 30 * DAY):
        assert progress_of(card, ana.pk).stamps == 0
        stamp(ana, "a-2", 3)
        assert close_expired_sheets(at=clock.now()) == 1
        assert close_expired_sheets(at=clock.now()) == 0
        stamp(ben, "b-2", 3)

    assert sheets_of(ana) == sheets_of(ben) == [(1, 2, "expired"), (2, 3, "open")]
    assert events().count("stamps.expired") == 2


def test_full_sheets_do_not_run_out(stamp, card, ana, ana_beans):
    card.expires_after_days = 30
    card.save()
    with clock.at(NOON):
        stamp(ana, "a-1", 4)
    with clock.at(NOON + 300 * DAY):
        assert turn_into_voucher(card, ana, actor="test").kind == "stamps"


def test_undoing_takes_them_off_and_opens_a_full_sheet(stamp, ana, ana_beans):
    stamp(ana, "r-1", 3)
    second = stamp(ana, "r-2", 1).stamp

    done = operations.undo_stamps(second, actor="person:x", reason="wrong member")

    assert sheets_of(ana) == [(1, 3, "open")]
    assert (done.undone_by, done.undone_reason) == ("person:x", "wrong member")
    assert events() == ["stamps.added", "stamps.added", "stamps.full", "stamps.undone"]


def test_stamps_given_later_move_back(stamp, ana, ana_beans):
    first = stamp(ana, "r-1", 3).stamp
    stamp(ana, "r-2", 3)

    operations.undo_stamps(first, actor="test")

    assert sheets_of(ana) == [(1, 3, "open")]
    assert faults_of(ana) == []


def test_undoing_twice_takes_off_once(stamp, ana, ana_beans):
    first = stamp(ana, "r-1", 3).stamp
    stamp(ana, "r-2", 3)

    operations.undo_stamps(first, actor="test", reason="first")
    again = operations.undo_stamps(first, actor="test", reason="second")

    assert (again.undone_reason, sheets_of(ana)) == ("first", [(1, 3, "open")])


def test_what_was_turned_in_is_not_undone(stamp, card, ana, ana_beans):
    split = stamp(ana, "r-1", 6).stamp
    later = stamp(ana, "r-2", 1).stamp
    turn_into_voucher(card, ana, actor="test")

    with pytest.raises(StampSpent):
        operations.undo_stamps(split, actor="test")
    operations.undo_stamps(later, actor="test")

    assert sheets_of(ana) == [(1, 4, "used"), (2, 2, "open")]
    assert faults_of(ana) == []


def test_stamps_of_a_later_time_do_not_move_to_a_sheet_that_is_over(stamp, card, ana, ana_beans):
    card.expires_after_days = 30
    card.save()
    with clock.at(NOON):
        first = stamp(ana, "r-1", 4).stamp
    with clock.at(NOON + DAY):
        stamp(ana, "r-2", 1)
    with clock.at(NOON + 2 * DAY):
        operations.undo_stamps(first, actor="test")
        assert sheets_of(ana) == [(1, 1, "open")]
    with clock.at(NOON + 31 * DAY):
        assert progress_of(card, ana.pk).stamps == 0

    assert faults_of(ana) == []


def test_a_full_sheet_gives_one_voucher(stamp, card, ana, ana_beans):
    stamp(ana, "r-1", 5)

    voucher = turn_into_voucher(card, ana, actor="test")

    assert (voucher.kind, voucher.member_id, voucher.status) == ("stamps", ana.pk, "issued")
    assert sheets_of(ana) == [(1, 4, "used"), (2, 1, "open")]
    with pytest.raises(StampCardNotFull) as refused:
        turn_into_voucher(card, ana, actor="test")
    assert refused.value.facts == {"stamps": 1, "stamps_needed": 4}
    assert Voucher.objects.count() == 1


def test_a_reward_that_is_sold_out_leaves_the_sheet_full(stamp, card, coffee, ana, ana_beans):
    coffee.stock_left = 0
    coffee.save()
    card.refresh_from_db()
    stamp(ana, "r-1", 4)

    with pytest.raises(Exception, match="none of the reward left"):
        turn_into_voucher(card, ana, actor="test")

    assert (sheets_of(ana), Voucher.objects.count()) == ([(1, 4, "full")], 0)


def test_a_card_that_asks_for_more_does_so_from_the_next_sheet_on(stamp, card, ana, ana_beans):
    stamp(ana, "r-1", 3)
    changed = cards.change_card(card, {"stamps_needed": 6}, actor="test")

    stamp(ana, "r-2", 3, card=changed)

    assert sheets_of(ana) == [(1, 4, "full"), (2, 2, "open")]
    assert progress_of(changed, ana.pk).stamps_needed == 6


def test_a_code_at_the_counter_gives_one_stamp_in_some_hours(card, ana, ana_beans):
    with clock.at(NOON):
        scan_stamp(card, ana, token_id="t1", actor="test")
    with clock.at(NOON + 12 * HOUR - timedelta(seconds=90)), pytest.raises(ScannedLately) as refused:
        scan_stamp(card, ana, token_id="t2", actor="test")
    with clock.at(NOON + 12 * HOUR):
        scan_stamp(card, ana, token_id="t1", actor="test")

    assert refused.value.facts == {"again_at": "2026-03-11T00:00:00Z", "retry_after": 90}
    assert sheets_of(ana) == [(1, 2, "open")]


def test_a_scan_that_was_undone_is_not_scanned_again_at_once(card, ana, ana_beans):
    with clock.at(NOON):
        operations.undo_stamps(scan_stamp(card, ana, token_id="t1", actor="test").stamp, actor="test")
        with pytest.raises(ScannedLately):
            scan_stamp(card, ana, token_id="t1", actor="test")
