"""Worked examples: postings of several lots, what they pay, and how they are taken back."""

import msgspec
import pytest
from django.db import DatabaseError, connection

from ledger import errors
from ledger.models import LedgerEntry, Lot, LotUse, Posting
from ledger.posting import LotTerms
from ledger.reconciliation import reconcile
from ledger.tests.books import clean, day
from loyalty.events.models import Event

pytestmark = pytest.mark.django_db


def terms(*lots):
    """Lots of (points, pending until, expires), in days of the story."""
    return [LotTerms(n, pending and day(pending), expires and day(expires)) for n, pending, expires in lots]


def earn(book, *lots, n=0, **more):
    return book.do("earn", sum(lot[0] for lot in lots), n, lots=terms(*lots), **more)


def returned(book):
    return list(Lot.objects.filter(account_id=book.account_id).order_by("id").values_list("returned", flat=True))


def test_each_lot_has_its_own_life_and_entry_in_one_posting_with_one_event(book):
    answer = earn(book, (60, None, 10), (30, 5, None), (10, None, 3))

    entries = LedgerEntry.objects.order_by("id").values_list("points", "credit_after", "credit_version")
    lots = Lot.objects.order_by("id").values_list("points", "available_at", "expires_at")
    assert (answer.points, answer.balance_after) == (100, 100)
    assert list(entries) == [(60, 60, 1), (30, 90, 2), (10, 100, 3)]
    assert list(lots) == [(60, day(0), day(10)), (30, day(5), None), (10, day(0), day(3))]
    assert (Posting.objects.count(), Event.objects.filter(type="points.earned").count()) == (1, 1)
    assert clean(reconcile())


def test_one_lot_is_as_none_said(book):
    earn(book, (60, 2, 10))

    assert Lot.objects.values_list("points", "available_at", "expires_at").get() == (60, day(2), day(10))


def test_lots_lapse_and_are_spent_one_by_one(book):
    earn(book, (60, None, 10), (30, 5, None), (10, None, 3))
    book.burn(20, 1)

    book.sweep(11)

    assert (book.lots, book.balance) == ([0, 30, 0], 30)


def test_debt_is_paid_out_of_the_lots_in_their_order(book):
    book.earn(100, 0, name="a")
    book.burn(100, 0)
    book.give_back("a", 70, 1)

    answer = earn(book, (50, None, None), (40, None, 9), (10, None, 9), n=2)

    assert (answer.balance_after, book.debt, book.lots) == (30, 0, [0, 0, 20, 10])
    assert clean(reconcile())


@pytest.mark.parametrize(
    ("kind", "points", "lots"),
    [("earn", 10, [4, 5]), ("earn", 10, [10, 0]), ("earn", 10, [11, -1]), ("redeem", 10, [4, 6])],
)
def test_lots_have_points_that_sum_to_the_postings_own(book, kind, points, lots):
    with pytest.raises(ValueError, match="lots"):
        book.do(kind, points, 0, lots=[LotTerms(lot) for lot in lots])


@pytest.mark.parametrize("lots", [[4, 5], [11, -1], [], [None]])
def test_the_database_refuses_lots_that_do_not_sum_to_the_postings_points(book, lots):
    move = book.move("earn", 10).row(0) | {"lots": [{"points": points} for points in lots]}

    with pytest.raises(DatabaseError, match="sum to its own"), connection.cursor() as cursor:
        cursor.execute("select * from ledger_post(%s::jsonb, false)", [msgspec.json.encode([move]).decode()])


def test_a_return_takes_of_each_lot_what_it_is_told_to(book):
    earn(book, (60, None, None), (30, None, None), (10, None, None), name="a")

    first = book.do("return", 0, 1, target=book.postings["a"], targets=[20, 0, 10])
    again = book.do("return", 0, 2, target=book.postings["a"], targets=[20, 0, 10])
    last = book.do("return", 0, 3, target=book.postings["a"], targets=[30, 5, 10])

    assert [first.points, again.points, last.points] == [-30, 0, -15]
    assert (book.lots, returned(book)) == ([30, 25, 0], [30, 5, 10])
    assert clean(reconcile())


def test_targets_are_one_for_each_lot(book):
    earn(book, (60, None, None), (30, None, None), name="a")

    with pytest.raises(DatabaseError, match="a target for each lot"):
        book.do("return", 0, 1, target=book.postings["a"], targets=[20])


@pytest.mark.parametrize("parts", [[100], [1, 2, 3, 50, 99, 100], range(1, 101), [37, 36, 100]])
def test_a_return_of_points_spreads_over_the_lots_and_its_parts_add_up_to_the_whole(book, parts):
    earn(book, (60, None, None), (33, None, None), (7, None, None), name="a")

    sums = []
    for total in parts:
        book.give_back("a", total, 1)
        sums.append(sum(returned(book)))

    assert sums == [max(parts[: n + 1]) for n in range(len(parts))]
    assert (book.balance, book.lots, returned(book)) == (0, [0, 0, 0], [60, 33, 7])
    assert clean(reconcile())


def test_half_of_it_is_half_of_each_lot(book):
    earn(book, (60, None, None), (30, None, None), (10, None, None), name="a")

    book.give_back("a", 50, 1)

    assert returned(book) == [30, 15, 5]


def test_each_entry_is_reversed_by_one_of_its_own(book):
    earn(book, (60, None, None), (30, None, None), name="a")

    book.reverse("a", 1)

    made = LedgerEntry.objects.filter(reverses=None).order_by("id")
    undone = LedgerEntry.objects.exclude(reverses=None).order_by("id")
    assert list(undone.values_list("reverses", "points", "debit_after")) == [(made[0].id, 60, 30), (made[1].id, 30, 0)]
    assert Event.objects.filter(type="points.reversed").count() == 1


def test_what_was_spent_of_one_lot_is_taken_from_its_sibling_and_then_from_elsewhere(book):
    earn(book, (60, None, 10), (40, None, None), name="a")
    book.burn(60, 1)
    book.earn(5, 2)

    answer = book.give_back("a", 50, 3)

    assert (answer.points, book.lots, book.debt) == (-50, [0, 0, 0], 5)
    assert returned(book) == [30, 20, 0]
    assert clean(reconcile())


def test_what_expired_of_one_lot_is_a_shortfall(book):
    earn(book, (60, None, 10), (40, None, None), name="a")

    answer = book.give_back("a", 50, 11)

    assert (answer.points, answer.shortfall, book.lots) == (-20, 30, [0, 20])


def test_a_refused_return_leaves_all_lots_as_they_were(book):
    earn(book, (60, None, 10), (40, None, None), name="a")
    book.burn(70, 1)

    with pytest.raises(errors.InsufficientPoints) as refused:
        book.reverse("a", 2, policy="refuse")

    assert refused.value.facts == {"available": 30, "requested": 100}
    assert (book.lots, returned(book)) == ([0, 30], [0, 0])


def test_only_pending_takes_what_is_pending_in_its_own_lots_and_nothing_else(book):
    earn(book, (60, 9, None), (40, None, None), name="a")
    book.earn(500, 0)

    answer = book.give_back("a", 50, 1, policy="only_pending")

    assert (answer.points, answer.shortfall, book.lots, book.debt) == (-30, 20, [30, 40, 500], 0)
    assert returned(book) == [30, 20, 0]
    assert clean(reconcile())


def test_only_pending_takes_nothing_once_the_points_count(book):
    earn(book, (60, 9, None), (40, None, None), name="a")

    answer = book.reverse("a", 9, policy="only_pending")

    assert (answer.points, answer.shortfall, book.balance, LotUse.objects.count()) == (0, 100, 100, 0)
    with pytest.raises(errors.AlreadyReversed):
        book.reverse("a", 10)
    assert clean(reconcile())
