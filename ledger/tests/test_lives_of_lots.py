"""Worked examples: points that wait for an event, and points that activity keeps longer; what was and what is."""

from datetime import timedelta

import pytest

from ledger import errors
from ledger.models import Lot, LotChange, Posting
from ledger.posting import UNTIL_RELEASED, LotTerms, post
from ledger.reconciliation import reconcile
from ledger.selectors import balances
from ledger.statements import statement
from ledger.tests.books import clean, day
from loyalty import clock
from loyalty.events.models import Event

pytestmark = pytest.mark.django_db


def seen(book, n, known_at=None):
    """Available, pending and what expires, as of that day."""
    view = balances([book.account_id], at=day(n), known_at=known_at)[book.account_id]
    return view.available, view.pending, [(one["points"], one["expires_at"][:10]) for one in view.expiring]


def waiting(book, points=100, **more):
    return book.do("earn", points, 0, available_at=UNTIL_RELEASED, name="a", **more)


def mature(book, n, **more):
    return book.do("mature", 0, n, target=book.postings["a"], **more)


def test_points_wait_until_they_are_released_and_count_from_then_on(book):
    waiting(book, expires_at=day(40))
    with pytest.raises(errors.InsufficientPoints):
        book.burn(1, 30)

    answer = mature(book, 30)

    assert (answer.points, answer.balance_after, answer.facts, answer.data) == (
        0,
        100,
        {"matured": 100},
        {"matured": 100},
    )
    assert Lot.objects.values_list("available_at", "expires_at").get() == (day(30), day(40))
    assert book.burn(100, 31).is_done
    assert clean(reconcile())


def test_a_release_is_a_posting_with_its_event_and_no_entry(book):
    waiting(book)

    answer = mature(book, 3)

    posting = Posting.objects.get(public_id=answer.public_id)
    event = Event.objects.get(posting_id=posting.id)
    assert (posting.kind, posting.points, posting.entries.count()) == ("mature", 0, 0)
    assert (posting.reverses.public_id, answer.reverses) == (book.postings["a"], book.postings["a"])
    assert (event.type, event.data["points"], event.data["matured"]) == ("points.matured", 0, 100)


def test_a_release_is_repeated_with_its_key_and_finds_nothing_with_another(book):
    waiting(book)
    mature(book, 3, key="once")

    again, other = mature(book, 4, key="once"), mature(book, 5)

    assert (again.outcome, again.facts, again.occurred_at) == ("replayed", {"matured": 100}, day(3))
    assert (other.outcome, other.facts) == ("posted", {"matured": 0})
    assert LotChange.objects.count() == 1


def test_only_what_is_still_pending_is_released(book):
    lots = [LotTerms(50), LotTerms(30, UNTIL_RELEASED), LotTerms(20, day(9))]
    book.do("earn", 100, 0, lots=lots, name="a")
    book.do("return", 0, 1, target=book.postings["a"], targets=[0, 10, 0])

    answer = mature(book, 2)

    assert answer.facts == {"matured": 40}
    assert list(Lot.objects.order_by("id").values_list("available_at", flat=True)) == [day(0), day(2), day(2)]


def test_what_lapsed_while_it_waited_is_not_released(book):
    waiting(book, expires_at=day(5))

    assert mature(book, 6).facts == {"matured": 0}
    assert book.history == [("earn", 100), ("expire", -100), ("mature", 0)]


def test_what_gave_no_points_is_not_released(book):
    book.earn(10, 0)
    book.burn(5, 0, name="a")

    with pytest.raises(errors.UnknownTarget):
        mature(book, 1)


def test_released_points_are_no_longer_taken_by_who_takes_only_pending_ones(book):
    waiting(book)
    book.give_back("a", 10, 1, policy="only_pending")
    mature(book, 2)

    answer = book.give_back("a", 60, 3, policy="only_pending")

    assert (answer.points, answer.shortfall, book.lots) == (0, 50, [90])


def test_then_they_were_pending(book):
    waiting(book)
    mature(book, 30)

    assert [seen(book, n)[:2] for n in (29, 30, 31)] == [(0, 100), (0, 100), (100, 0)]


@pytest.mark.django_db(transaction=True)
def test_what_was_known_then_stays_known(book):
    waiting(book, expires_at=day(35))
    mature(book, 30)
    book.earn(0, 31, extend_to=day(60))

    before = [change.recorded_at - timedelta(microseconds=1) for change in LotChange.objects.order_by("id")]
    assert [seen(book, 32, known_at=known) for known in before] == [(0, 100, []), (100, 0, [(100, "2027-02-05")])]
    assert seen(book, 32) == (100, 0, [(100, "2027-03-02")])


def test_activity_keeps_what_is_left_but_not_what_lapsed_or_lasts_longer_anyway(book):
    book.earn(10, 0, expires=5)
    book.earn(20, 0, expires=12)
    book.earn(30, 0, expires=99)
    book.earn(40, 0)

    book.earn(1, 6, expires=8, extend_to=day(50))

    expiries = list(Lot.objects.order_by("id").values_list("remaining", "expires_at"))
    assert expiries == [(0, day(5)), (20, day(50)), (30, day(99)), (40, None), (1, day(8))]
    assert LotChange.objects.values_list("points", "expires_before", "expires_after").get() == (20, day(12), day(50))
    assert clean(reconcile())


def test_then_the_points_were_to_go_when_they_were_to_go_then(book):
    book.earn(20, 0, expires=12)
    book.burn(5, 6, extend_to=day(50))
    book.burn(5, 20, extend_to=day(60))

    assert seen(book, 6) == (20, 0, [(20, "2027-01-13")])
    assert seen(book, 13) == (15, 0, [(15, "2027-02-20")])
    assert seen(book, 21) == (10, 0, [(10, "2027-03-02")])
    assert clean(reconcile())


def test_a_statement_says_when_points_that_were_kept_longer_went(book):
    book.earn(20, 0, expires=12)
    book.burn(5, 6, extend_to=day(30))

    with clock.at(day(40)):
        found = statement(book.account_id, day(10), day(31))

    assert (found.opening, found.totals, found.closing) == (15, {"expire": -15}, 0)


def test_what_is_refused_or_repeated_keeps_nothing_longer(book):
    book.earn(20, 0, expires=12)
    book.burn(1, 1, key="once", extend_to=day(15))
    with pytest.raises(errors.InsufficientPoints):
        book.burn(500, 2, extend_to=day(50))
    book.burn(1, 3, key="once", extend_to=day(60))

    assert Lot.objects.get().expires_at == day(15)


def test_points_that_are_spent_come_back_with_the_longer_life(book):
    book.earn(20, 0, expires=12)
    book.burn(20, 6, name="burn", extend_to=day(50))

    book.reverse("burn", 20)

    assert (book.lots, book.balance) == ([20], 20)


def test_many_accounts_are_kept_longer_in_one_batch(book, other_book):
    book.earn(20, 0, expires=12)
    other_book.earn(30, 0, expires=12)

    post([each.move("earn", 5, 1, extend_to=day(30)) for each in (book, other_book)] + [book.move("redeem", 1, 2)])

    assert [change.points for change in LotChange.objects.order_by("points")] == [20, 30]
