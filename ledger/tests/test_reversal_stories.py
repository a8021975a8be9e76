"""Worked examples: what returns, reversals and debts come to, day by day."""

import pytest

from ledger import errors
from ledger.models import LotUse
from ledger.tests.books import day

pytestmark = pytest.mark.django_db


def test_a_reversed_burn_goes_back_to_its_lots_with_their_first_expiry(book):
    book.earn(700, 0, expires=100)
    book.earn(300, 0, expires=50)
    book.burn(400, 1, name="burn")

    answer = book.reverse("burn", 2)

    assert (answer.points, answer.balance_after, book.lots) == (400, 1000, [700, 300])
    with pytest.raises(errors.AlreadyReversed):
        book.reverse("burn", 3)


def test_what_lapsed_meanwhile_comes_back_and_expires_at_once(book):
    book.earn(100, 0, expires=10)
    book.earn(100, 0, expires=20)
    book.burn(150, 1, name="burn")

    book.reverse("burn", 15)

    assert (book.balance, book.lots) == (100, [0, 100])
    assert book.history[-2:] == [("reverse", 150), ("expire", -100)]
    assert [use.entry.occurred_at for use in LotUse.objects.order_by("id")][-1] == day(15)


def test_a_reversal_is_not_reversed(book):
    book.earn(100, 0)
    book.burn(100, 1, name="burn")
    book.reverse("burn", 2, name="reversal")

    with pytest.raises(errors.NotReversible):
        book.reverse("reversal", 3)


def test_a_return_takes_its_own_lot_first(book):
    book.earn(100, 0, name="a", expires=50)
    book.earn(100, 0, expires=20)

    answer = book.give_back("a", 40, 1)

    assert (answer.points, answer.shortfall, book.lots) == (-40, 0, [60, 100])


def test_parts_of_a_return_add_up_to_the_whole(book):
    book.earn(100, 0, name="a")

    taken = [book.give_back("a", total, 1).points for total in (5, 5, 17, 100, 100)]

    assert taken == [-5, 0, -12, -83, 0]
    assert book.balance == 0


def test_what_was_spent_is_taken_from_other_lots_and_the_rest_is_owed(book):
    book.earn(100, 0, name="a", expires=10)
    book.burn(100, 1)
    book.earn(30, 2)

    answer = book.give_back("a", 100, 3)

    assert (answer.points, answer.balance_after, book.debt, book.lots) == (-100, -70, 70, [0, 0])


def test_pending_lots_pay_for_a_return_after_all_others(book):
    book.earn(100, 0, name="a")
    book.burn(100, 1)
    book.earn(60, 2, pending=30)
    book.earn(60, 2)

    book.give_back("a", 100, 3)

    assert (book.lots, book.debt) == ([0, 20, 0], 0)


def test_debt_is_paid_before_anything_else(book):
    book.earn(100, 0, name="a")
    book.burn(100, 1)
    book.give_back("a", 100, 2)

    first = book.earn(30, 3)
    second = book.earn(80, 4)

    assert (first.balance_after, second.balance_after, book.debt, book.lots) == (-70, 10, 0, [0, 0, 10])


def test_what_had_expired_is_a_shortfall_and_not_taken_twice(book):
    book.earn(100, 0, name="a", expires=10)
    book.burn(40, 1)

    answer = book.give_back("a", 100, 11)

    assert (answer.points, answer.shortfall, answer.balance_after, book.debt) == (-40, 60, -40, 40)


def test_points_that_paid_for_another_return_count_as_spent(book):
    book.earn(50, 0, name="a")
    book.burn(50, 1)
    book.earn(50, 2, name="b")
    book.give_back("a", 50, 3)

    answer = book.give_back("b", 50, 4)

    assert (answer.points, book.balance, book.debt) == (-50, -50, 50)


@pytest.mark.parametrize(("policy", "taken", "shortfall"), [("within_balance", -50, 100), ("debt", -150, 0)])
def test_a_return_after_spending_follows_the_policy(book, policy, taken, shortfall):
    book.earn(150, 0, name="a")
    book.burn(100, 1)

    answer = book.give_back("a", 150, 2, policy=policy)

    assert (answer.points, answer.shortfall, book.balance) == (taken, shortfall, 50 + taken)


def test_a_return_can_be_refused_when_points_were_spent(book):
    book.earn(150, 0, name="a")
    book.burn(100, 1)

    with pytest.raises(errors.InsufficientPoints):
        book.give_back("a", 150, 2, policy="refuse")

    assert (book.balance, book.history) == (50, [("earn", 150), ("redeem", -100)])


def test_debt_is_bounded(book):
    book.earn(5000, 0, name="a")
    book.burn(5000, 1)

    with pytest.raises(errors.InsufficientPoints):
        book.give_back("a", 5000, 2)
    book.give_back("a", 1000, 3)

    assert book.debt == 1000


def test_reversing_a_burn_pays_the_debt_first(book):
    book.earn(100, 0, name="a")
    book.burn(100, 1, name="burn")
    book.give_back("a", 60, 2)

    answer = book.reverse("burn", 3)

    assert (answer.points, answer.balance_after, book.debt, book.lots) == (100, 40, 0, [40])


def test_reversing_an_earn_takes_back_what_has_not_come_back(book):
    book.earn(100, 0, name="a")
    book.give_back("a", 30, 1)

    answer = book.reverse("a", 2)

    assert (answer.points, book.balance) == (-70, 0)
    with pytest.raises(errors.AlreadyReversed):
        book.reverse("a", 3)


def test_a_return_in_parts_counts_what_came_back_between_them_once(book):
    book.earn(100, 0, name="a", expires=50)
    book.burn(100, 1, name="burn")
    book.earn(100, 2)
    book.give_back("a", 50, 3)
    book.reverse("burn", 4)

    answer = book.give_back("a", 100, 5)

    assert (answer.points, answer.shortfall, book.balance, book.debt, book.lots) == (-50, 0, 100, 0, [50, 50])


def test_adjustments_go_both_ways_and_can_be_reversed(book):
    book.do("adjust", 100, 0, name="up")
    book.do("adjust", -40, 1, name="down")
    book.reverse("down", 2)
    answer = book.reverse("up", 3)

    assert (answer.points, book.balance) == (-100, 0)
