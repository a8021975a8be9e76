"""Stamps at the same moment, each over a connection of its own: none is lost or given twice, and one sheet is open."""

import pytest

from loyalty.errors import LoyaltyError
from programs.activity.tests.together import all_at_once
from programs.rewards.models import Voucher
from programs.rewards.stamps import operations
from programs.rewards.stamps.expiring import close_expired_sheets
from programs.rewards.stamps.models import Stamp, StampCard, StampSheet
from programs.rewards.stamps.scans import scan_stamp
from programs.rewards.stamps.tests.collecting import faults_of, sheets_of
from programs.rewards.stamps.turning_in import turn_into_voucher

pytestmark = pytest.mark.django_db(transaction=True)


def code_of(call) -> str:
    """The refusal's code, or "done"."""
    try:
        call()
    except LoyaltyError as refusal:
        return refusal.code
    return "done"


def test_ten_of_one_reference_are_one(stamp, ana, ana_beans):
    added = all_at_once(10, lambda n: stamp(ana, "r-1", 2))

    assert sorted(one.is_replayed for one in added) == [False] + [True] * 9
    assert len({one.sheets for one in added}) == 1
    assert (sheets_of(ana), Stamp.objects.count()) == ([(1, 2, "open")], 1)


def test_twenty_references_are_twenty_on_the_right_sheets(stamp, ana, ana_beans):
    added = all_at_once(20, lambda n: stamp(ana, f"r-{n}"))

    assert not any(one.is_replayed for one in added)
    assert sheets_of(ana) == [(number, 4, "full") for number in range(1, 6)]
    assert faults_of(ana) == []
    places = [(one.sheets[0].number, one.sheets[0].stamps) for one in added]
    assert sorted(places) == [(number, stamps) for number in range(1, 6) for stamps in range(1, 5)]


def test_one_reference_for_two_members_is_one_members(stamp, ana, ben, ana_beans, ben_beans):
    outcomes = all_at_once(10, lambda n: code_of(lambda: stamp((ana, ben)[n % 2], "r-1")))

    assert sorted(set(outcomes)) == ["done", "reference-stamped"]
    assert outcomes.count("done") == 5
    assert len(sheets_of(ana)) + len(sheets_of(ben)) == 1


def test_no_more_than_a_days_worth(stamp, card, ana, ana_beans):
    StampCard.objects.update(day_max=3)
    card.refresh_from_db()

    outcomes = all_at_once(10, lambda n: code_of(lambda: stamp(ana, f"r-{n}")))

    assert (outcomes.count("done"), outcomes.count("stamps-day-max")) == (3, 7)


def test_joining_ten_times_is_joining_once(card, ana, ana_beans):
    joined = all_at_once(10, lambda n: operations.join_card(card, ana, actor="test"))

    assert (len({sheet.pk for sheet, _ in joined}), sum(is_new for _, is_new in joined)) == (1, 1)
    assert sheets_of(ana) == [(1, 0, "open")]


def test_a_full_sheet_gives_one_voucher_to_two(stamp, card, ana, ana_beans):
    stamp(ana, "r-1", 5)

    outcomes = all_at_once(8, lambda n: code_of(lambda: turn_into_voucher(card, ana, actor="test")))

    assert (outcomes.count("done"), outcomes.count("stamp-card-not-full")) == (1, 7)
    assert (Voucher.objects.count(), sheets_of(ana)) == (1, [(1, 4, "used"), (2, 1, "open")])


def test_turning_in_and_undoing_never_both_happen(stamp, card, ana, ana_beans):
    full = stamp(ana, "r-1", 4).stamp

    outcomes = all_at_once(
        8,
        lambda n: code_of(
            lambda: (
                turn_into_voucher(card, ana, actor="test")
                if n % 2
                else operations.undo_stamps(full, actor="test", reason="x")
            )
        ),
    )

    full.refresh_from_db()
    assert (Voucher.objects.count(), full.undone_at is None) in ((1, True), (0, False)), outcomes
    assert faults_of(ana) == []


def test_stamps_undone_twice_at_once_are_taken_off_once(stamp, ana, ana_beans):
    first = stamp(ana, "r-1", 2).stamp
    stamp(ana, "r-2", 3)

    all_at_once(8, lambda n: operations.undo_stamps(first, actor=f"test:{n}"))

    assert (sheets_of(ana), faults_of(ana)) == ([(1, 3, "open")], [])


def test_a_code_at_the_counter_scanned_ten_times_at_once_gives_one(card, ana, ana_beans):
    outcomes = all_at_once(10, lambda n: code_of(lambda: scan_stamp(card, ana, token_id=f"t{n}", actor="test")))

    assert (outcomes.count("done"), outcomes.count("scanned-lately")) == (1, 9)
    assert sheets_of(ana) == [(1, 1, "open")]


def test_closing_and_stamping_at_once(stamp, card, ana, ana_beans):
    stamp(ana, "r-0")
    sheet = StampSheet.objects.get()
    sheet.expires_at = sheet.joined_at
    sheet.save()

    all_at_once(
        10,
        lambda n: stamp(ana, f"r-{n + 1}") if n % 2 else close_expired_sheets(at=StampSheet.objects.first().joined_at),
    )

    assert sheets_of(ana) == [(1, 1, "expired"), (2, 4, "full"), (3, 1, "open")]
    assert faults_of(ana) == []
