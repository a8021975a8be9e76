"""Things that happen at the same instant on connections of their own; whoever wins, the books add up afterwards."""

from collections import Counter
from functools import partial

import pytest

from ledger.accounts import open_accounts
from ledger.models import Balance, Posting
from ledger.posting import UNTIL_RELEASED, LotTerms, post
from ledger.rebuild import differences
from ledger.reconciliation import reconcile
from ledger.tests.books import Book, clean, day
from ledger.tests.racing import at_once
from loyalty import clock
from loyalty.ids import uuid7

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def books_add_up(transactional_db):
    yield
    with clock.at(day(400)):
        assert clean(reconcile())
    assert differences() == []


def outcomes(answers):
    return Counter(getattr(answer, "outcome", answer) for answer in answers)


def test_of_twenty_burns_of_the_last_points_one_succeeds(book):
    book.earn(60, 0, expires=20)
    book.earn(40, 0)

    answers = at_once(*[partial(book.burn, 100, 1)] * 20)

    assert outcomes(answers) == {"posted": 1, "insufficient-points": 19}
    assert book.balance == 0


def test_many_burns_take_exactly_what_is_there(book):
    for n in range(5):
        book.earn(20, 0, expires=10 + n)

    answers = at_once(*[partial(book.burn, 30, 1)] * 8)

    assert outcomes(answers) == {"posted": 3, "insufficient-points": 5}
    assert book.balance == 10


@pytest.mark.parametrize("turn", range(5))
def test_a_burn_and_the_sweep_do_not_both_take_the_points(book, turn):
    book.earn(100, 0, expires=10)

    burned, _, _ = at_once(partial(book.burn, 100, 9), partial(book.sweep, 10), partial(book.sweep, 11))

    burns = outcomes([burned])["posted"]
    kinds = Counter(kind for kind, _ in book.history)
    assert (book.balance, kinds["redeem"], kinds["expire"]) == (0, burns, 1 - burns)


def test_the_same_key_at_once_has_one_effect_and_one_answer(book):
    book.earn(1000, 0)

    answers = at_once(*[partial(book.burn, 100, 1, key="twin")] * 8)

    assert outcomes(answers) == {"posted": 1, "replayed": 7}
    assert len({(a.id, a.public_id, a.points, a.balance_after, a.recorded_at) for a in answers}) == 1
    assert book.balance == 900


def test_the_same_key_with_different_requests_has_one_effect(book):
    book.earn(1000, 0)

    answers = at_once(*[partial(book.burn, 10 + n, 1, key="twin") for n in range(8)])

    assert outcomes(answers) == {"posted": 1, "idempotency-key-reused": 7}
    assert Posting.objects.filter(key="twin").count() == 1


def test_the_same_key_for_different_accounts_has_one_effect(book, other_book):
    jobs = [
        partial(each.earn, 10 * n + k, 0, key="twin") for n in range(1, 5) for k, each in enumerate((book, other_book))
    ]

    answers = at_once(*jobs)

    assert outcomes(answers) == {"posted": 1, "idempotency-key-reused": 7}
    assert Posting.objects.count() == 1


def test_the_same_reference_at_once_earns_once(book, other_book):
    jobs = [partial(each.earn, 10, 0, reference="receipt 1") for _ in range(4) for each in (book, other_book)]

    assert outcomes(at_once(*jobs)) == {"posted": 1, "duplicate-reference": 7}


@pytest.mark.parametrize("turn", range(5))
def test_a_return_and_a_burn_of_the_same_points(book, turn):
    book.earn(100, 0, name="a")

    burned, returned = at_once(partial(book.burn, 100, 1), partial(book.give_back, "a", 100, 1))

    if outcomes([burned])["posted"]:
        assert (book.balance, book.debt) == (-100, 100)
    else:
        assert (burned, book.balance, book.debt) == ("insufficient-points", 0, 0)
    assert returned.points == -100


def test_returns_at_once_take_back_no_more_than_was_given(book):
    book.earn(100, 0, name="a")
    book.earn(500, 0)

    answers = at_once(*[partial(book.give_back, "a", 100, 1)] * 4, *[partial(book.give_back, "a", 30, 1)] * 4)

    assert sum(answer.points for answer in answers) == -100
    assert book.balance == 500


LOTS = [LotTerms(60, None, day(300)), LotTerms(30, day(20)), LotTerms(10, UNTIL_RELEASED, day(200))]


def test_of_twenty_reversals_of_several_lots_one_succeeds(book):
    book.do("earn", 100, 0, lots=LOTS, name="a")
    book.burn(50, 0)
    book.earn(500, 0)

    answers = at_once(*[partial(book.reverse, "a", 1)] * 20)

    assert outcomes(answers) == {"posted": 1, "already-reversed": 19}
    assert (book.balance, book.debt) == (450, 0)


def test_twenty_returns_of_several_lots_take_back_no_more_than_was_given(book):
    book.do("earn", 100, 0, lots=LOTS, name="a")
    book.burn(50, 0)
    targets = [[6 * n, 3 * n, n] for n in range(1, 11)]

    answers = at_once(
        *[partial(book.give_back, "a", 10 * n, 1) for n in range(1, 11)],
        *[partial(book.do, "return", 0, 1, target=book.postings["a"], targets=each) for each in targets],
    )

    assert sum(answer.points for answer in answers) == -100
    assert (book.balance, book.debt, sum(book.lots)) == (-50, 50, 0)


def test_twenty_do_everything_to_postings_of_several_lots_at_once(unit):
    owners = [uuid7() for _ in range(4)]
    books = [Book(account.id) for account in open_accounts(unit, owners, debt_max=1000).values()]
    for book in books:
        book.do("earn", 100, 0, lots=LOTS, name="a")

    def visit(n):
        for step in range(6):
            order = books if (n + step) % 2 else books[::-1]
            kind = (n + step * 7) % 6
            post([_moves(book, step)[(kind + place) % 6] for place, book in enumerate(order)])

    at_once(*[partial(visit, n) for n in range(20)])

    assert Posting.objects.filter(kind="earn").count() > 4


def _moves(book, step):
    target = book.postings["a"]
    return [
        book.move("earn", 100, step, lots=LOTS, extend_to=day(step + 250)),
        book.move("redeem", 35, step, extend_to=day(step + 260)),
        book.move("return", 0, step, target=target, targets=[10 * step, 5 * step, step]),
        book.move("return", 15 * step, step, target=target, policy="only_pending"),
        book.move("mature", 0, step, target=target),
        book.move("deposit", 70, step, lots=[LotTerms(30, None, day(step + 2)), LotTerms(40)]),
    ]


def test_points_are_released_once(book):
    book.do("earn", 100, 0, lots=LOTS, name="a")

    answers = at_once(*[partial(book.do, "mature", 0, 1, target=book.postings["a"])] * 20)

    assert Counter(answer.facts["matured"] for answer in answers) == {40: 1, 0: 19}


def test_a_redemption_is_reversed_once(book):
    book.earn(100, 0)
    book.burn(70, 1, name="burn")

    answers = at_once(*[partial(book.reverse, "burn", 2)] * 8)

    assert outcomes(answers) == {"posted": 1, "already-reversed": 7}
    assert book.balance == 100


@pytest.mark.parametrize("turn", range(5))
def test_a_hold_is_captured_or_released_but_not_both(book, turn):
    book.earn(100, 0)
    book.do("hold", 60, 1, name="hold", expires_at=day(9))
    hold = book.postings["hold"]

    answers = at_once(
        partial(book.do, "capture", 0, 2, target=hold),
        partial(book.do, "release", 0, 2, target=hold),
        partial(book.do, "capture", 10, 2, target=hold),
        partial(book.sweep, 10),
    )

    resolved = outcomes(answers[:3])
    assert resolved["posted"] + resolved["hold-resolved"] == 3
    assert resolved["posted"] <= 1
    assert Balance.objects.get(account_id=book.account_id).held == 0


def test_batches_in_opposite_orders_do_not_lock_each_other_out(unit):
    owners = [uuid7() for _ in range(30)]
    books = [Book(account.id) for account in open_accounts(unit, owners).values()]

    def batch(books):
        return post([book.move("earn", 10, 0) for book in books] + [book.move("redeem", 5, 0) for book in books])

    answers = at_once(*[partial(batch, order) for order in (books, books[::-1]) * 4])

    assert {outcome for batch in answers for outcome in outcomes(batch)} == {"posted"}
    assert {book.balance for book in books} == {40}


def test_earning_pays_a_debt_once(book):
    book.earn(100, 0, name="a")
    book.burn(100, 1)
    book.give_back("a", 100, 2)

    at_once(*[partial(book.earn, 30, 3)] * 6)

    assert (book.balance, book.debt, sum(book.lots)) == (80, 0, 80)


def test_a_crowd_does_everything_at_once(unit):
    owners = [uuid7() for _ in range(3)]
    books = [Book(account.id) for account in open_accounts(unit, owners, debt_max=1000).values()]
    for book in books:
        book.earn(200, 0, name="a", expires=30)
        book.burn(50, 1, name="b")

    def visit(n):
        for step in range(10):
            book, kind = books[(n + step) % 3], (n + step * 7) % 6
            moves = [
                book.move("earn", 20, step, expires_at=day(step + 3)),
                book.move("redeem", 35, step),
                book.move("return", 10 * step, step, target=book.postings["a"]),
                book.move("reverse", 0, step, target=book.postings["b"]),
                book.move("hold", 15, step, expires_at=day(step + 1)),
                book.move("expire", 0, step),
            ]
            post([moves[kind], moves[(kind + 1) % 6]])

    at_once(*[partial(visit, n) for n in range(8)])
