"""Worked examples: points that a member gives another one, and points that leave for, or come from, another program."""

import pytest
from django.db import DatabaseError, transaction

from ledger import errors
from ledger.accounts import open_clearing
from ledger.models import Account, Balance, LedgerEntry, Lot
from ledger.posting import UNTIL_RELEASED, LotTerms, post
from ledger.rebuild import differences
from ledger.reconciliation import reconcile
from ledger.selectors import balances
from ledger.tests.books import clean, day
from loyalty.events.models import Event
from loyalty.ids import uuid7

pytestmark = pytest.mark.django_db


@pytest.fixture
def partner(unit):
    """A partner with whom points are exchanged."""
    return open_clearing(unit, uuid7())


def lots_of(book):
    found = Lot.objects.filter(account_id=book.account_id).order_by("id")
    return list(found.values_list("points", "available_at", "expires_at", "hops"))


def lies_on(account) -> int:
    """What the entries brought to one of the unit's own accounts."""
    came = LedgerEntry.objects.filter(credit=account).values_list("points", flat=True)
    return sum(came) - sum(LedgerEntry.objects.filter(debit=account).values_list("points", flat=True))


def view(book, at=None):
    return balances([book.account_id], at=at)[book.account_id]


def is_whole() -> bool:
    return clean(reconcile()) and differences() == []


def hold(book, points, n=0, *, name="hold"):
    return book.do("hold", points, n, name=name, expires_at=UNTIL_RELEASED)


def leave(book, partner, n, *, key=""):
    """The points of the hold leave for the partner."""
    return book.do("exchange_out", 0, n, key=key, target=book.postings["hold"], partner=partner.owner_id)


# Gifts


def test_given_points_pass_from_one_member_to_the_other(book, other_book, unit):
    book.earn(100, 0, expires=30)

    out = book.do("gift_out", 60, 1)
    into = other_book.do("gift_in", 60, 1, expires_at=day(30), available_at=day(2), hops=1)

    assert [(a.points, a.balance_after) for a in (out, into)] == [(-60, 40), (60, 60)]
    assert lots_of(other_book) == [(60, day(2), day(30), 1)]
    assert lies_on(Account.objects.get(unit=unit, kind="transfer")) == 0
    types = Event.objects.order_by("id").values_list("type", "data__points")
    assert list(types) == [("points.earned", 100), ("points.given", -60), ("points.received", 60)]
    assert is_whole()


def test_given_points_keep_the_lives_of_their_lots(other_book):
    lots = [LotTerms(40, day(2), day(9), hops=1), LotTerms(20, day(2), None, hops=2)]

    other_book.do("gift_in", 60, 1, lots=lots)

    assert lots_of(other_book) == [(40, day(2), day(9), 1), (20, day(2), None, 2)]
    assert is_whole()


def test_a_gift_of_one_lot_is_passed_on_as_often_as_the_lot_says(other_book):
    other_book.do("gift_in", 60, 1, lots=[LotTerms(60, day(2), day(9), hops=3)])

    assert lots_of(other_book) == [(60, day(2), day(9), 3)]
    with pytest.raises(errors.HopLimit):
        other_book.do("gift_out", 60, 3, hops_max=3)


def test_pending_gifts_are_not_passed_on(other_book):
    other_book.do("gift_in", 60, 1, available_at=day(3), hops=1)

    with pytest.raises(errors.InsufficientPoints) as refused:
        other_book.do("gift_out", 1, 2.9)

    assert refused.value.facts == {"available": 0, "requested": 1}
    assert other_book.do("gift_out", 60, 3).points == -60


def test_points_that_changed_hands_too_often_stay_where_they_are(book):
    book.do("gift_in", 50, 0, hops=1, expires_at=day(5))
    book.earn(30, 0, expires=20)

    with pytest.raises(errors.HopLimit) as refused:
        book.do("gift_out", 31, 1, hops_max=1)
    answer = book.do("gift_out", 30, 1, hops_max=1)

    assert refused.value.facts == {"available": 30, "requested": 31}
    assert (answer.points, book.lots) == (-30, [50, 0])
    assert is_whole()


def test_who_has_too_few_points_has_too_few_whatever_their_hops(book):
    book.do("gift_in", 50, 0, hops=1)

    with pytest.raises(errors.InsufficientPoints) as refused:
        book.do("gift_out", 51, 1, hops_max=1)

    assert refused.value.facts == {"available": 50, "requested": 51}


def test_points_that_changed_hands_can_be_spent(book):
    book.do("gift_in", 50, 0, hops=7)

    assert book.burn(50, 1).balance_after == 0


@pytest.mark.parametrize("lots", [[], [LotTerms(50, None, None, 1), LotTerms(30, None, None, 1)]])
def test_a_gift_pays_the_receivers_debt_first(book, lots):
    book.earn(70, 0, name="a")
    book.burn(70, 0)
    book.give_back("a", 70, 1)

    answer = book.do("gift_in", 80, 2, hops=1, lots=lots)

    assert (answer.balance_after, book.debt, sum(book.lots)) == (10, 0, 10)
    assert is_whole()


def test_who_gave_points_away_owes_them_when_the_purchase_is_returned(book):
    book.earn(100, 0, name="a")
    book.do("gift_out", 100, 1)

    answer = book.give_back("a", 100, 2)

    assert (answer.points, book.balance, book.debt) == (-100, -100, 100)
    assert is_whole()


@pytest.mark.parametrize("kind", ["gift_in", "gift_out"])
def test_a_gift_is_not_reversed(book, kind):
    book.earn(100, 0)
    book.do(kind, 10, 1, name="gift")

    with pytest.raises(errors.NotReversible):
        book.reverse("gift", 2)


def test_a_gift_comes_with_both_sides_or_not_at_all(book, other_book):
    book.earn(50, 0)

    with pytest.raises(errors.InsufficientPoints), transaction.atomic():
        post([other_book.move("gift_in", 60, 1, hops=1), book.move("gift_out", 60, 1)], together=True)

    assert (book.balance, other_book.balance) == (50, 0)
    assert is_whole()


def test_the_same_gift_asked_again_moves_nothing(book):
    book.earn(100, 0)
    first = book.do("gift_out", 60, 1, key="g", hops_max=1)

    again = book.do("gift_out", 60, 2, key="g", hops_max=1)

    assert (again.outcome, again.public_id, again.points, book.balance) == ("replayed", first.public_id, -60, 40)
    with pytest.raises(errors.KeyReused):
        book.do("gift_out", 61, 1, key="g", hops_max=1)


# Exchanges


def test_what_a_hold_set_aside_leaves_over_the_partners_clearing_account(book, unit, partner):
    book.earn(100, 0)
    hold(book, 60, 1)

    answer = leave(book, partner, 2)

    assert (answer.outcome, answer.points, answer.balance_after) == ("posted", 0, 40)
    assert answer.facts == {"held": 60, "captured": 60}
    assert (lies_on(partner), lies_on(Account.objects.get(unit=unit, kind="holding"))) == (60, 0)
    assert lies_on(Account.objects.get(unit=unit, kind="exchange", owner_id=None)) == 0
    row = Balance.objects.get(account_id=book.account_id)
    assert (row.posted, row.held, row.redeemed) == (40, 0, 60)
    event = Event.objects.get(type="points.exchanged_out")
    assert (event.data["exchanged"], event.data["points"], event.data["reverses"]) == (
        60, 0, str(book.postings["hold"]),
    )  # fmt: skip
    assert is_whole()


def test_an_exchange_asked_again_answers_as_before(book, partner):
    book.earn(100, 0)
    hold(book, 60, 1)
    first = leave(book, partner, 2, key="x")

    again = leave(book, partner, 3, key="x")

    assert (again.outcome, again.public_id, again.points) == ("replayed", first.public_id, 0)
    assert (again.facts["captured"], again.reverses, lies_on(partner)) == (60, book.postings["hold"], 60)


def test_a_hold_leaves_once(book, partner):
    book.earn(100, 0)
    hold(book, 60, 1)
    leave(book, partner, 2)

    with pytest.raises(errors.HoldResolved):
        leave(book, partner, 2)
    for kind in ("capture", "release"):
        with pytest.raises(errors.HoldResolved):
            book.do(kind, 0, 3, target=book.postings["hold"])

    assert lies_on(partner) == 60


@pytest.mark.parametrize("kind", ["capture", "release"])
def test_a_hold_that_ended_does_not_leave(book, partner, kind):
    book.earn(100, 0)
    hold(book, 60, 1)
    book.do(kind, 0, 1, target=book.postings["hold"])

    with pytest.raises(errors.HoldResolved):
        leave(book, partner, 2)

    assert is_whole()


def test_a_hold_that_ran_out_has_gone_back_and_does_not_leave(book, partner):
    book.earn(100, 0)
    book.do("hold", 60, 1, name="hold", expires_at=day(2))

    with pytest.raises(errors.HoldResolved):
        leave(book, partner, 3)

    assert (book.balance, lies_on(partner)) == (100, 0)
    assert is_whole()


def test_anothers_hold_and_what_is_no_hold_are_not_found(book, other_book, partner):
    book.earn(100, 0, name="a")
    other_book.earn(100, 0)
    other_book.do("hold", 60, 1, name="hold", expires_at=UNTIL_RELEASED)

    for target in (book.postings["a"], other_book.postings["hold"], uuid7()):
        with pytest.raises(errors.UnknownTarget):
            book.do("exchange_out", 0, 2, target=target, partner=partner.owner_id)


def test_nothing_leaves_a_closed_account(book, partner):
    book.earn(100, 0)
    hold(book, 60, 1)
    Account.objects.filter(id=book.account_id).update(closed_at=day(2))

    with pytest.raises(errors.AccountClosed):
        leave(book, partner, 3)

    assert lies_on(partner) == 0


def test_points_without_a_hold_leave_too(book, partner):
    book.do("gift_in", 50, 0, hops=3)
    book.earn(100, 0)

    with pytest.raises(errors.HopLimit):
        book.do("exchange_out", 101, 1, partner=partner.owner_id, hops_max=3)
    answer = book.do("exchange_out", 100, 1, partner=partner.owner_id, hops_max=3)

    assert (answer.points, lies_on(partner), book.lots) == (-100, 100, [50, 0])
    assert is_whole()


def test_a_partner_without_a_clearing_account_is_a_mistake_and_moves_nothing(book):
    book.earn(100, 0)
    hold(book, 60, 1)

    for move in (
        book.move("exchange_out", 0, 2, target=book.postings["hold"], partner=uuid7()),
        book.move("exchange_out", 10, 2, partner=uuid7()),
        book.move("exchange_in", 10, 2, partner=uuid7()),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            post([move])

    assert is_whole()


def test_points_come_in_from_a_partner(book, partner):
    answer = book.do("exchange_in", 25, 1, partner=partner.owner_id, hops=2, expires_at=day(9), available_at=day(3))

    assert (answer.points, lies_on(partner), lots_of(book)) == (25, -25, [(25, day(3), day(9), 2)])
    row = Balance.objects.get(account_id=book.account_id)
    assert (row.earned, row.posted) == (25, 25)
    assert is_whole()


def test_points_that_come_in_pay_the_debt_first(book, partner):
    book.earn(20, 0, name="a")
    book.burn(20, 0)
    book.give_back("a", 20, 1)

    answer = book.do("exchange_in", 25, 2, partner=partner.owner_id, hops=1)

    assert (answer.balance_after, book.debt, book.lots) == (5, 0, [0, 5])
    assert is_whole()


def test_both_legs_of_many_exchanges_are_one_statement(book, other_book, partner, django_assert_num_queries):
    moves = []
    for _n in range(30):
        book.earn(10, 0)
        hold(book, 10, 1)
        moves.append(book.move("exchange_out", 0, 2, target=book.postings["hold"], partner=partner.owner_id))
        moves.append(other_book.move("exchange_in", 3, 2, partner=partner.owner_id, hops=1))

    with django_assert_num_queries(1):
        answers = post(moves, together=True)

    assert {answer.outcome for answer in answers} == {"posted"}
    assert (book.balance, other_book.balance, lies_on(partner)) == (0, 90, 210)
    assert is_whole()


def test_legs_that_belong_together_all_happen_or_none(book, other_book, partner):
    book.earn(60, 0)
    hold(book, 60, 1)
    out = book.move("exchange_out", 0, 2, target=book.postings["hold"], partner=partner.owner_id)
    into = other_book.move("exchange_in", 9_000_000_000_000_001, 2, partner=partner.owner_id)

    with pytest.raises(errors.BalanceLimit), transaction.atomic():
        post([out, into], together=True)
    with pytest.raises(errors.HoldResolved), transaction.atomic():
        post([out, book.move("exchange_out", 0, 2, target=out.target, partner=partner.owner_id)], together=True)

    assert (lies_on(partner), Balance.objects.get(account_id=book.account_id).held) == (0, 60)
    assert is_whole()


# As of then


def test_balances_of_earlier_days_are_those_that_were(book, other_book, partner):
    book.earn(100, 0, expires=30)
    book.do("gift_out", 20, 1)
    other_book.do("gift_in", 20, 1, expires_at=day(30), available_at=day(2), hops=1)
    hold(book, 50, 3)
    leave(book, partner, 5)
    other_book.do("exchange_in", 15, 5, partner=partner.owner_id, hops=1)

    said = [
        [
            (v.posted, v.available, v.pending, v.held, v.lifetime_earned, v.lifetime_redeemed)
            for v in (view(b, day(n)) for b in (book, other_book))
        ]
        for n in (0.5, 1.5, 2.5, 4, 6)
    ]

    assert said == [
        [(100, 100, 0, 0, 100, 0), (0, 0, 0, 0, 0, 0)],
        [(80, 80, 0, 0, 100, 20), (20, 0, 20, 0, 20, 0)],
        [(80, 80, 0, 0, 100, 20), (20, 20, 0, 0, 20, 0)],
        [(30, 30, 0, 50, 100, 20), (20, 20, 0, 0, 20, 0)],
        [(30, 30, 0, 0, 100, 70), (35, 35, 0, 0, 35, 0)],
    ]


def test_a_key_is_one_of_its_account_and_request(book, other_book, partner):
    book.do("exchange_in", 25, 1, partner=partner.owner_id, key="k")

    with pytest.raises(errors.KeyReused):
        other_book.do("exchange_in", 25, 1, partner=partner.owner_id, key="k")
    with pytest.raises(errors.KeyReused):
        book.do("gift_in", 25, 1, key="k")

    assert (book.balance, other_book.balance) == (25, 0)
