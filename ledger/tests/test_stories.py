"""Worked examples: what lots, holds and batches come to, day by day."""

import pytest
from django.db import transaction

from ledger import errors
from ledger.models import Balance, Lot, LotUse, Posting
from ledger.posting import post
from ledger.selectors import balances
from ledger.tests.books import day
from loyalty import clock
from loyalty.events.models import Event

pytestmark = pytest.mark.django_db


def test_burn_takes_the_lot_that_expires_first(book):
    book.earn(100, 0, expires=150)
    book.earn(100, 1, expires=10)

    book.burn(100, 2)

    assert book.lots == [100, 0]


def test_burn_runs_on_into_the_next_lot(book):
    book.earn(50, expires=31)
    book.earn(50, expires=59)

    answer = book.burn(70, 1)

    assert (answer.points, answer.balance_after, book.lots) == (-70, 30, [0, 30])


def test_lots_that_never_expire_go_last(book):
    book.earn(60, 0, expires=120)
    book.earn(60, 1, expires=90)
    book.earn(60, 2)

    book.burn(100, 3)

    assert book.lots == [20, 0, 60]


def test_a_lot_is_gone_at_the_very_instant_of_its_expiry(book):
    book.earn(100, 0, expires=10)

    with pytest.raises(errors.InsufficientPoints) as refused:
        book.burn(100, 10)

    assert refused.value.facts == {"available": 0, "requested": 100}
    assert (book.balance, book.history) == (0, [("earn", 100), ("expire", -100)])


def test_a_second_sweep_writes_nothing(book):
    book.earn(150, 0, expires=10)
    book.burn(50, 1)

    book.sweep(11)
    book.sweep(12)

    assert book.history == [("earn", 150), ("redeem", -50), ("expire", -100)]


def test_lots_that_lapsed_at_different_instants_get_an_entry_each_dated_then(book):
    book.earn(30, 0, expires=10)
    book.earn(20, 0, expires=20)
    book.earn(5, 0, expires=20)

    answer = book.earn(1, 30)

    assert answer.balance_after == 1
    assert book.history == [("earn", 30), ("earn", 20), ("earn", 5), ("expire", -30), ("expire", -25), ("earn", 1)]
    assert [use.entry.occurred_at for use in LotUse.objects.order_by("id")] == [day(10), day(20), day(20)]


def test_pending_points_count_but_cannot_be_spent(book):
    answer = book.earn(100, 0, pending=14)

    with pytest.raises(errors.InsufficientPoints):
        book.burn(1, 13)
    book.burn(100, 14)

    assert (answer.balance_after, book.balance) == (100, 0)


def test_the_same_key_gives_the_first_answer_and_moves_nothing(book):
    book.earn(1000, 0)
    first = book.burn(300, 1, key="r1")
    book.burn(100, 1)

    again = book.burn(300, 2, key="r1")

    assert (again.outcome, again.public_id, again.points, again.balance_after) == (
        "replayed",
        first.public_id,
        -300,
        700,
    )
    assert book.balance == 600


def test_the_same_key_with_another_request_is_refused(book):
    book.earn(100, 0, key="k")

    with pytest.raises(errors.KeyReused):
        book.earn(200, 0, key="k")
    with pytest.raises(errors.KeyReused):
        book.burn(10, 0, key="k")

    assert book.balance == 100


def test_a_key_of_another_account_is_refused(book, other_book):
    book.earn(100, 0, key="k")

    with pytest.raises(errors.KeyReused):
        other_book.earn(100, 0, key="k")

    assert (book.balance, other_book.balance) == (100, 0)


def test_a_reference_earns_once(book, other_book):
    book.earn(100, 0, reference="receipt 1")

    with pytest.raises(errors.DuplicateReference):
        other_book.earn(100, 0, reference="receipt 1")

    assert other_book.history == []


def test_a_purchase_worth_no_points_is_recorded(book):
    answer = book.earn(0, 0, reference="receipt 1")

    again = book.earn(0, 0, reference="receipt 2")

    assert (answer.points, answer.balance_after, again.outcome) == (0, 0, "posted")
    assert book.history == [("earn", 0), ("earn", 0)]


def test_what_lapsed_before_a_hold_ran_out_is_dated_by_its_own_expiry(book):
    book.earn(40, 0, expires=5)
    book.earn(60, 0, expires=3)
    book.do("hold", 60, 1, expires_at=day(8))

    book.sweep(10)

    assert book.history == [
        ("earn", 40),
        ("earn", 60),
        ("hold", -60),
        ("expire", -40),
        ("release", 60),
        ("expire", -60),
    ]
    when = Posting.objects.filter(kind="expire").order_by("id").values_list("occurred_at", flat=True)
    assert list(when) == [day(5), day(8)]


def test_a_hold_that_ran_out_pays_the_debt_before_it_counts(book):
    book.earn(100, 0, name="a")
    book.burn(40, 1)
    book.do("hold", 60, 1, expires_at=day(5))
    book.give_back("a", 50, 2)

    with clock.at(day(6)):
        before = balances([book.account_id])[book.account_id]
        book.sweep(6)
        after = balances([book.account_id])[book.account_id]

    assert before == after
    assert (before.posted, before.available, before.debt, before.held) == (10, 10, 0, 0)


def test_a_hold_sets_points_aside_and_a_capture_spends_them(book):
    book.earn(100, 0)
    book.do("hold", 60, 1, name="hold", expires_at=day(2))

    with pytest.raises(errors.InsufficientPoints):
        book.burn(41, 1)
    answer = book.do("capture", 0, 1.5, target=book.postings["hold"])

    assert (answer.points, answer.balance_after, answer.facts["captured"]) == (0, 40, 60)
    assert Balance.objects.get(account_id=book.account_id).held == 0


def test_a_part_capture_gives_back_the_points_that_last_longest(book):
    book.earn(50, 0, expires=10)
    book.earn(50, 0, expires=20)
    book.do("hold", 80, 1, name="hold", expires_at=day(2))

    answer = book.do("capture", 60, 1, target=book.postings["hold"])

    assert (answer.points, answer.balance_after, book.lots) == (20, 40, [0, 40])


def test_a_hold_is_resolved_once(book):
    book.earn(100, 0)
    book.do("hold", 60, 1, name="hold", expires_at=day(2))

    book.do("release", 0, 1, target=book.postings["hold"])

    assert book.balance == 100
    for kind in ("capture", "release"):
        with pytest.raises(errors.HoldResolved):
            book.do(kind, 0, 1, target=book.postings["hold"])


def test_a_capture_takes_no_more_than_was_held(book):
    book.earn(100, 0)
    book.do("hold", 60, 1, name="hold", expires_at=day(2))

    with pytest.raises(errors.CaptureExceedsHold):
        book.do("capture", 61, 1, target=book.postings["hold"])


def test_a_hold_that_ran_out_goes_back_when_the_account_is_touched(book):
    book.earn(100, 0)
    book.do("hold", 60, 1, name="hold", expires_at=day(2))

    answer = book.burn(100, 2)

    assert (answer.balance_after, book.history[2]) == (0, ("release", 60))
    with pytest.raises(errors.HoldResolved):
        book.do("capture", 0, 3, target=book.postings["hold"])


def test_a_hold_that_ran_out_cannot_be_captured(book):
    book.earn(100, 0)
    book.do("hold", 60, 1, name="hold", expires_at=day(2))

    with pytest.raises(errors.HoldExpired):
        book.do("capture", 0, 2, target=book.postings["hold"])


def test_a_closed_account_moves_no_points(book):
    book.earn(100, 0)
    Balance.objects.get(account_id=book.account_id).account.__class__.objects.filter(id=book.account_id).update(
        closed_at=day(1)
    )

    with pytest.raises(errors.AccountClosed):
        book.burn(10, 1)


def test_a_balance_has_a_ceiling(book):
    book.earn(9_000_000_000_000_000, 0)

    with pytest.raises(errors.BalanceLimit):
        book.earn(1, 1)


def test_a_batch_answers_each_move_in_order_and_carries_out_one_accounts_moves_one_by_one(book, other_book):
    moves = [
        book.move("earn", 100, 0),
        other_book.move("redeem", 1, 0),
        book.move("redeem", 70, 0),
        book.move("redeem", 70, 0),
        other_book.move("earn", 5, 0),
        book.move("expire", 0, 0),
    ]

    answers = post(moves)

    assert [(a.outcome, a.points, a.balance_after) for a in answers] == [
        ("posted", 100, 100),
        ("insufficient-points", 0, 0),
        ("posted", -70, 30),
        ("insufficient-points", 0, 0),
        ("posted", 5, 5),
        ("posted", 0, 0),
    ]


def test_moves_that_belong_together_all_happen_or_none(book, other_book):
    book.earn(10, 0)

    with pytest.raises(errors.InsufficientPoints), transaction.atomic():
        post([other_book.move("earn", 5, 1), book.move("redeem", 11, 1)], together=True)

    assert (book.balance, other_book.balance) == (10, 0)


def test_a_large_batch_is_one_statement(book, other_book, django_assert_num_queries):
    moves = [(book if n % 2 else other_book).move("earn", n + 1, 0) for n in range(300)]

    with django_assert_num_queries(1):
        answers = post(moves)

    assert {a.outcome for a in answers} == {"posted"}
    assert book.balance + other_book.balance == 300 * 301 // 2
    assert Lot.objects.count() == 300


def test_every_posting_has_its_event_numbered_without_gaps(book):
    book.earn(100, 0, expires=10)
    book.burn(30, 1, name="burn")
    book.reverse("burn", 2)
    book.earn(0, 3)
    book.sweep(11)

    events = Event.objects.order_by("sequence").values_list("sequence", "type", "data__points")
    assert list(events) == [
        (1, "points.earned", 100),
        (2, "points.redeemed", -30),
        (3, "points.reversed", 30),
        (4, "points.earned", 0),
        (5, "points.expired", -100),
    ]
