"""Where stamps lie, and where they lie once some are taken away."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as some

from programs.rewards.stamps.laying import Part, Space, lay_again, put

DAY = timedelta(days=1)
FIRST = datetime(2026, 3, 1, tzinfo=UTC)


def part(stamp: str, count: int, day: int = 0) -> Part:
    return Part(stamp, count, FIRST + day * DAY)


def test_what_is_over_goes_on_the_next_sheet():
    assert put(3, left=1, needed=10) == [1, 2]


def test_many_fill_several_sheets():
    assert put(25, left=0, needed=10) == [10, 10, 5]
    assert put(21, left=1, needed=10) == [1, 10, 10]


@given(some.integers(1, 500), some.integers(0, 30), some.integers(1, 30))
def test_none_is_lost_and_no_sheet_is_overfull(count, left, needed):
    placed = put(count, left=left, needed=needed)

    assert sum(placed) == count
    assert all(placed)
    assert all(one <= needed for one in placed[1 if left else 0 :])
    assert not left or placed[0] <= left


def test_later_ones_move_back():
    laid = lay_again([part("b", 2), part("c", 3)], [Space(3), Space(3)])

    assert [sheet.parts for sheet in laid] == [[("b", 2), ("c", 1)], [("c", 2)]]


def test_one_that_came_after_a_sheets_end_does_not_move_back_to_it():
    ends = FIRST + 30 * DAY
    laid = lay_again([part("a", 2), part("c", 2, day=40)], [Space(3, ends), Space(3, FIRST + 70 * DAY)])

    assert [(sheet.stamps, sheet.is_closed) for sheet in laid] == [(2, True), (2, False)]


def test_the_end_is_counted_from_the_first_that_is_left_and_never_comes_earlier():
    ends = FIRST + 30 * DAY
    spaces = [Space(3, ends, 30 * DAY)]

    assert lay_again([part("b", 1, day=5)], spaces)[0].expires_at == ends + 5 * DAY
    assert lay_again([part("b", 1, day=-5)], spaces)[0].expires_at == ends
    assert lay_again([], spaces)[0].expires_at is None
