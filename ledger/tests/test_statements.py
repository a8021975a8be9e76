"""Statements: opening, lines and closing of a period, at its edges too, swept or not."""

import pytest

from ledger.selectors import balances
from ledger.statements import statement
from ledger.tests.books import day
from loyalty import clock

pytestmark = pytest.mark.django_db


def lines(found):
    return [(line.posting.kind, line.posting.points, line.running) for line in found.lines]


def test_a_statement_runs_from_its_opening_to_its_closing(book):
    book.earn(100, 0)
    book.burn(30, 10)
    book.earn(50, 20)
    book.burn(5, 31)

    found = statement(book.account_id, day(10), day(31))

    assert (found.opening, lines(found), found.closing) == (100, [("redeem", -30, 70), ("earn", 50, 120)], 120)
    assert found.totals == {"redeem": -30, "earn": 50}


def test_lines_stand_in_the_order_of_the_world_not_of_the_books(book):
    book.earn(100, 5)
    book.earn(7, 3)

    found = statement(book.account_id, day(0), day(31))

    assert lines(found) == [("earn", 7, 7), ("earn", 100, 107)]


@pytest.mark.parametrize("is_swept", [True, False])
def test_what_lapses_at_the_end_is_in_the_period_and_at_the_start_is_not(book, is_swept):
    book.earn(100, 1, expires=31)
    if is_swept:
        book.sweep(32)

    with clock.at(day(40)):
        before = statement(book.account_id, day(0), day(31))
        after = statement(book.account_id, day(31), day(60))

    assert (lines(before), before.closing) == ([("earn", 100, 100), ("expire", -100, 0)], 0)
    assert (after.opening, after.lines, after.closing) == (0, [], 0)


@pytest.mark.parametrize("is_swept", [True, False])
def test_a_hold_that_ran_out_comes_back_and_takes_what_lapsed_with_it(book, is_swept):
    book.earn(60, 0, expires=5)
    book.earn(40, 0, expires=31)
    book.do("hold", 100, 1, expires_at=day(10))
    if is_swept:
        book.sweep(32)

    with clock.at(day(40)):
        whole = statement(book.account_id, day(0), day(31))
        edge = statement(book.account_id, day(10), day(31))

    assert lines(whole)[2:] == [("hold", -100, 0), ("release", 100, 100), ("expire", -60, 40), ("expire", -40, 0)]
    assert (edge.opening, lines(edge)) == (40, [("expire", -40, 0)])


def test_what_is_yet_to_come_is_not_in_it(book):
    book.earn(100, 1, expires=20)

    with clock.at(day(10)):
        found = statement(book.account_id, day(0), day(31))

    assert (lines(found), found.closing) == ([("earn", 100, 100)], 100)


def test_what_comes_back_at_the_very_start_and_lapses_with_it_is_in_the_period(book):
    book.earn(100, 0, expires=5)
    book.burn(100, 1, name="burn")
    book.reverse("burn", 10)

    found = statement(book.account_id, day(10), day(20))

    assert (found.opening, lines(found)) == (0, [("reverse", 100, 100), ("expire", -100, 0)])
    assert balances([book.account_id], at=day(10))[book.account_id].posted == 0


def test_an_account_without_postings_has_an_empty_statement(book):
    found = statement(book.account_id, day(0), day(31))

    assert (found.opening, found.lines, found.closing, found.totals) == (0, [], 0, {})
