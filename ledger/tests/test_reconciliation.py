"""Reconciliation: quiet over honest books, and each invariant red, naming the account, once the books are spoilt."""

import pytest
from django.db import connection

from ledger.accounts import open_accounts, open_unit
from ledger.models import Account, Balance
from ledger.rebuild import differences, rebuilt
from ledger.reconciliation import INVARIANTS, reconcile
from ledger.tests.books import Book, clean, day
from loyalty import clock
from loyalty.ids import uuid7

pytestmark = pytest.mark.django_db

SPOILS = {
    "balance-is-the-sum-of-its-entries": "update ledger_balance set posted = posted + 1 where account_id = %(it)s",
    "balance-is-the-newest-after": """update ledger_ledgerentry set credit_after = credit_after + 1
        where credit_id = %(it)s and credit_version = (select version from ledger_balance where account_id = %(it)s)""",
    "balances-run-on": """update ledger_ledgerentry set credit_after = credit_after + 1
        where credit_id = %(it)s and credit_version = 1""",
    "versions-have-no-gap": """update ledger_ledgerentry set credit_version = 99
        where credit_id = %(it)s and credit_version = 1""",
    "balance-is-lots-less-debt": """update ledger_lot set remaining = remaining - 1
        where account_id = %(it)s and is_open""",
    "debt-is-what-was-made-less-what-was-paid": "update ledger_balance set debt = debt + 1 where account_id = %(it)s",
    "debtors-have-no-points": "update ledger_balance set debt = 1 where account_id = %(it)s",
    "held-is-the-open-holds": "update ledger_balance set held = held + 1 where account_id = %(it)s",
    "counters-are-what-the-postings-say": "update ledger_balance set redeemed = redeemed + 1 where account_id = %(it)s",
    "accounts-are-kept-as-their-kind-is": "delete from ledger_balance where account_id = %(it)s",
    "units-sum-to-zero": "update ledger_hotrollup set posted = posted + 1 where account_id = %(hot)s",
    "roll-ups-are-exact": "update ledger_hotrollup set posted = posted + 1 where account_id = %(hot)s",
    "the-holding-account-holds-the-holds": "delete from ledger_holdresolution",
    "entries-keep-to-their-unit-and-brand": """update ledger_posting set brand_id = %(other_brand)s
        where account_id = %(it)s""",
    "lots-are-what-was-not-used": "update ledger_lotuse set points = points + 1 where entry_id = %(burn_entry)s",
    "lots-come-from-their-entry": "update ledger_lot set points = points + 1 where account_id = %(it)s",
    "lots-counters-are-bounded": "update ledger_lot set expired = points where account_id = %(it)s and is_open",
    "lots-counters-are-what-the-postings-say": "update ledger_lot set expired = expired + 1 where account_id = %(it)s",
    "lots-times-are-what-postings-changed": """update ledger_lot set expires_at = expires_at + interval '1 day'
        where account_id = %(it)s and expires_at = '2029-01-01Z'""",
    "debits-are-drawn-from-lots": "delete from ledger_lotuse where entry_id = %(burn_entry)s",
    "credits-fill-lots-or-pay-debt": """update ledger_lotuse set points = -points where entry_id in
        (select id from ledger_ledgerentry where credit_id = %(it)s)""",
    "postings-are-the-sum-of-their-entries": """update ledger_ledgerentry set points = points + 1
        where id = %(burn_entry)s""",
    "answers-run-on": "update ledger_posting set balance_after = balance_after + 1 where id = %(burn)s",
    "keys-have-one-effect": "update ledger_posting set key = 'twin' where account_id = %(it)s",
    "reversals-are-bounded": """update ledger_ledgerentry set points = points + 1000
        where credit_id = %(it)s and reverses_id is not null""",
    "reversals-are-not-reversed": """update ledger_posting set reverses_id = (select id from ledger_posting
        where account_id = %(it)s and kind = 'reverse' limit 1) where id = %(burn)s""",
    "holds-are-what-was-set-aside": "update ledger_hold set points = points + 1 where account_id = %(it)s",
    "holds-are-resolved-once": "update ledger_holdresolution set captured = captured - 1",
    "postings-have-their-event": "delete from loyalty_event where posting_id = %(burn)s",
    "events-have-no-gap": "update loyalty_event set sequence = 99 where posting_id = %(burn)s",
}


@pytest.fixture
def story(book, other_book):
    """An account to which most things have happened, and a neighbour."""
    book.earn(300, 0, name="a")
    book.earn(50, 0, expires=3)
    book.burn(20, 1, name="undone")
    book.reverse("undone", 2)
    book.burn(100, 4, name="burn")
    book.give_back("a", 50, 5)
    book.do("hold", 60, 6, name="hold", expires_at=day(9))
    book.do("capture", 40, 7, target=book.postings["hold"])
    book.do("adjust", 5, 8)
    book.earn(9, 8, expires=20)
    book.earn(0, 8, extend_to=day(731))
    other_book.earn(70, 1, name="a")
    other_book.burn(70, 2)
    other_book.give_back("a", 30, 3)
    other_book.earn(10, 4)
    return book


def names_off(results):
    return [result.invariant.name for result in results if not result.is_ok]


def spoil(sql, book, **more):
    """Changes the books behind the guards' backs."""
    with connection.cursor() as cursor:
        cursor.execute("set constraints all immediate")
        cursor.execute("set local session_replication_role = replica")
        # Unique indexes and checks go too, so that only reconciliation is left to see it.
        cursor.execute("alter table ledger_balance drop constraint if exists balance_is_not_overdrawn")
        cursor.execute("alter table ledger_posting drop constraint if exists posting_key_has_one_effect")
        cursor.execute("alter table ledger_holdresolution drop constraint hold_captures_no_less_than_nothing")
        cursor.execute(
            """select p.id, e.id from ledger_posting p join ledger_ledgerentry e on e.posting_id = p.id
            where p.public_id = %s""",
            [book.postings["burn"]],
        )
        burn, entry = cursor.fetchone()
        cursor.execute(sql, {"it": book.account_id, "burn": burn, "burn_entry": entry, **more})
        assert cursor.rowcount > 0
        cursor.execute("set local session_replication_role = origin")


def test_honest_books_reconcile(story):
    assert clean(reconcile())
    assert differences() == []


def test_every_invariant_that_can_be_broken_has_its_spoiling():
    assert set(SPOILS) == {invariant.name for invariant in INVARIANTS if not invariant.informational}


@pytest.mark.parametrize("name", SPOILS)
def test_spoilt_books_turn_the_invariant_red(name, story, unit, bistro):
    hot = Account.objects.get(unit=unit, kind="holding").id

    spoil(SPOILS[name], story, hot=hot, other_brand=bistro.id)

    results = {result.invariant.name: result for result in reconcile()}
    assert not results[name].is_ok
    accounts = {finding.account for finding in results[name].findings}
    if name == "units-sum-to-zero":
        assert results[name].findings[0].facts == {"unit_id": unit.id, "total": 1}
    elif "hot" in SPOILS[name] or "holding" in name:
        assert accounts == {Account.objects.get(id=hot).public_id}
    else:
        assert Account.objects.get(id=story.account_id).public_id in accounts


def test_one_brand_is_looked_at_alone(story, bistro):
    stranger = uuid7()
    unit = open_unit(bistro, name="stars")
    Book(open_accounts(unit, [stranger])[stranger].id).earn(5, 0)
    spoil(SPOILS["held-is-the-open-holds"], story)

    assert clean(reconcile(brand_id=bistro.id))
    assert names_off(reconcile(brand_id=unit.brand_id)) == []
    assert names_off(reconcile()) == ["held-is-the-open-holds"]


def test_what_waits_for_a_sweep_is_told_but_not_wrong(book):
    book.earn(100, 0, expires=5)
    book.earn(100, 0)
    book.do("hold", 150, 1, expires_at=day(2))

    with clock.at(day(6)):
        results = reconcile()

    assert clean(results)
    waiting = {result.invariant.name: result.rows_off for result in results if result.rows_off}
    assert waiting == {"holds-that-ran-out-are-released": 1}


def test_balances_are_rebuilt_from_the_books(story):
    row = Balance.objects.get(account_id=story.account_id)

    found = rebuilt([story.account_id])[story.account_id]

    fields = ("posted", "debt", "held", "earned", "redeemed", "version", "events")
    assert [getattr(found, name) for name in fields] == [getattr(row, name) for name in fields]


def test_a_balance_that_differs_from_the_books_is_named(story):
    spoil("update ledger_balance set posted = posted + 3, events = 1 where account_id = %(it)s", story)

    (found,) = differences()

    assert (found.account_id, found.field_names) == (story.account_id, ["posted", "events"])
