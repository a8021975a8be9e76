"""Worked examples: what lots, debts, holds, returns and reversals come to, day by day."""

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

    assert (again.outcome, again.public_id, again.points, again.balance_after) == ("replayed", first.public_id, -300, 700)
    assert book.balance == 600


def test_the_same_key_with_another_request_is_refused(book):
    book.earn(100, 0, key="k")

    with pytest.raises(errors.KeyReused):
        book.earn(200, 0, key="k")
    with pytest.raises(errors.KeyReused):
        book.burn(10, 0, key="k")

    assert book.balance == 100


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


def test_what_lapsed_before_a_hold_ran_out_is_dated_by_its_own_expiry(book):
    book.earn(40, 0, expires=5)
    book.earn(60, 0, expires=3)
    book.do("hold", 60, 1, expires_at=day(8))

    book.sweep(10)

    assert book.history == [("earn", 40), ("earn", 60), ("hold", -60), ("expire", -40), ("release", 60), ("expire", -60)]
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


def test_adjustments_go_both_ways_and_can_be_reversed(book):
    book.do("adjust", 100, 0, name="up")
    book.do("adjust", -40, 1, name="down")
    book.reverse("down", 2)
    answer = book.reverse("up", 3)

    assert (answer.points, book.balance) == (-100, 0)


def test_a_closed_account_moves_no_points(book):
    book.earn(100, 0)
    Balance.objects.get(account_id=book.account_id).account.__class__.objects.filter(id=book.account_id).update(closed_at=day(1))

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
