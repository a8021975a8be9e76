"""Bugs planted in the database's functions on purpose: the proof is only worth something if it turns red."""

from contextlib import contextmanager
from functools import partial

import pytest
from django.db import DatabaseError, connection

from ledger.reconciliation import reconcile
from ledger.tests.model import NEVER, RELEASED
from ledger.tests.racing import at_once
from ledger.tests.twins import Call, Twin, make, sweep
from loyalty.events.models import Event


@contextmanager
def planted(function: str, right: str, wrong: str):
    """Within this context the database function reads `wrong` where it read `right`."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_get_functiondef(oid) from pg_proc where proname = %s", [function])
        ((source,),) = cursor.fetchall()
        assert right in source, f"{function} does not read {right!r}"
        cursor.execute(source.replace(right, wrong))
    try:
        yield
    finally:
        if not connection.in_atomic_block:
            with connection.cursor() as cursor:
                cursor.execute(source)


def live(account_id: int) -> Twin:
    """A short life, made of the ledger and of the model; fails where they part."""
    twin = Twin(account_id)

    def do(kind, at, key="", **how):
        call = Call(kind, at, key, **how)
        make([(twin, call)])
        twin.check(at)
        return twin.purse.deeds[-1]

    first = do("earn", 0, points=100, expires=30)
    do("earn", 0, points=50, expires=9)
    do("earn", 0, points=40, pending=12, expires=25)
    burn = do("redeem", 1, "once", points=70)
    do("redeem", 1, "once", points=70)
    do("give_back", 1, target=first, points=5)
    do("redeem", 1, points=65)
    hold = do("hold", 2, points=10, until=5)
    do("give_back", 3, target=first, points=20)
    do("capture", 3, target=hold, points=4)
    do("earn", 3, points=30, expires=22)
    hold = do("hold", 4, points=33, until=6)
    do("capture", 5, target=hold, points=10)
    do("reverse", 20, target=burn)
    do("adjust", 21, points=20)
    both = do("earn", 22, points=90, lots=[(60, None, 33), (30, None, NEVER)])
    do("redeem", 22, points=15)
    do("give_back", 23, target=both, points=50)
    do("redeem", 24, points=60)
    do("give_back", 25, target=both, points=80)
    waiting = do("earn", 26, points=90, expires=34, pending=RELEASED)
    do("mature", 27, target=waiting)
    do("redeem", 27, points=30, extend=45)
    do("earn", 28, points=10, expires=33, extend=50)
    do("earn", 28, points=70, expires=34)
    twin.check(35)
    sweep(twin, 40)
    twin.check(40)
    return twin


def red(account_id: int) -> tuple[set[str], bool]:
    """The invariants that reconciliation finds broken, and whether the model saw it."""
    try:
        live(account_id)
    except AssertionError:
        seen = True
    else:
        seen = False
    return {result.invariant.name for result in reconcile() if not result.is_ok}, seen


@pytest.mark.django_db
def test_without_a_planted_bug_nothing_is_red(book):
    assert red(book.account_id) == (set(), False)


@pytest.mark.django_db
def test_lots_not_used_up_turn_reconciliation_red(book):
    with planted("ledger_debit", "SET remaining = l.remaining - t.points", "SET remaining = l.remaining"):
        broken, seen = red(book.account_id)

    assert seen
    assert {"balance-is-lots-less-debt", "lots-are-what-was-not-used"} <= broken


@pytest.mark.django_db
def test_a_return_that_spares_its_own_lot_turns_reconciliation_red(book):
    with planted("ledger_take_back", "own := least(lot.remaining, wanted)", "own := 0"):
        broken, seen = red(book.account_id)

    assert (broken, seen) == ({"lots-counters-are-what-the-postings-say"}, True)


@pytest.mark.django_db
def test_points_kept_longer_without_a_word_turn_reconciliation_red(book):
    with planted("ledger_extend", "SET expires_at = c.expires_after", "SET expires_at = l.expires_at"):
        broken, seen = red(book.account_id)

    assert (broken, seen) == ({"lots-times-are-what-postings-changed"}, True)


@pytest.mark.django_db
def test_an_event_left_out_turns_reconciliation_red(book):
    end = "d.posted - d.taken, d.reference), d.at\n    FROM done d"
    book.earn(100, 0)
    with planted("ledger_debit", end, f"{end} WHERE false"):
        book.burn(30, 1)

    assert list(Event.objects.values_list("type", flat=True)) == ["points.earned"]
    assert names_off() == {"postings-have-their-event", "events-have-no-gap"}


@pytest.mark.django_db
def test_a_missing_idempotency_is_seen_by_the_model_while_the_books_add_up(book):
    with planted("ledger_debit", "x.kind, x.key, x.fingerprint", "x.kind, x.key || gen_random_uuid(), x.fingerprint"):
        broken, seen = red(book.account_id)

    assert (broken, seen) == (set(), True)


@pytest.mark.django_db
def test_a_key_with_two_effects_turns_reconciliation_red(book):
    with connection.cursor() as cursor:
        cursor.execute("alter table ledger_posting drop constraint posting_key_has_one_effect")
    with planted("ledger_debit", "p.key = x.key", "p.key = x.key AND false"):
        book.earn(100, 0)
        book.burn(30, 1, key="once")
        book.burn(30, 1, key="once")

    assert names_off() == {"keys-have-one-effect"}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("function", "right", "wrong"),
    [
        ("ledger_lots_to_use", "ORDER BY l.expires_at NULLS LAST", "ORDER BY l.expires_at DESC NULLS FIRST"),
        ("ledger_lots_to_use", "(l.available_at > p_at) = pending", "true"),
        ("ledger_take_back", "spent := greatest(least(wanted - own", "spent := greatest(least(0"),
        ("ledger_take_back", "share := div(target::numeric * lot.points, weight)", "share := target"),
        ("ledger_mature", "l.available_at, greatest(m.at, l.granted_at), m.at", "l.available_at, l.granted_at, m.at"),
        ("ledger_extend", "a.outcome = 'posted' AND a.id IS NOT NULL", "a.points < 0"),
        ("ledger_extend", "l.posting_id <> a.id", "true"),
        ("ledger_credit_lots", "coalesce(t.available_at, d.at)", "d.at + interval '3 days'"),
        ("ledger_give_back", "ORDER BY l.expires_at DESC NULLS FIRST", "ORDER BY l.expires_at NULLS LAST"),
        ("ledger_give_back", "PERFORM ledger_expire(ARRAY[m], m.at)", "NULL"),
        ("ledger_balance_now", "o.expires_at <= p_now", "o.expires_at < p_now - interval '1 year'"),
    ],
)
def test_a_wrong_rule_is_seen_by_the_model_while_the_books_add_up(function, right, wrong, book):
    with planted(function, right, wrong), pytest.raises(AssertionError):
        live(book.account_id)

    assert names_off() == set()


NO_LOCK = ("ledger_post", "WHERE b.account_id = x.account_id FOR UPDATE", "WHERE b.account_id = x.account_id")
# Numbers that no two events share, whoever else is writing.
NO_NUMBERING = ("ledger_debit", "d.events + 1, d.owner_id", "txid_current(), d.owner_id")


@pytest.mark.django_db(transaction=True)
def test_without_the_lock_the_numbering_of_events_still_lets_only_one_through(book):
    book.earn(1000, 0)
    with planted(*NO_LOCK):
        answers = [answer for n in range(1, 6) for answer in at_once(*[partial(tolerant, book, n)] * 8)]

    assert set(answers) == {"posted", "IntegrityError"}
    assert (book.balance, names_off()) == (1000 - 10 * answers.count("posted"), set())


@pytest.mark.django_db(transaction=True)
def test_a_missing_lock_turns_reconciliation_red(book):
    book.earn(1000, 0)
    with planted(*NO_LOCK), planted(*NO_NUMBERING):
        for n in range(1, 6):
            at_once(*[partial(tolerant, book, n)] * 8)

    assert {"balances-run-on", "versions-have-no-gap", "answers-run-on"} <= names_off()


def tolerant(book, n):
    """A burn that the database's last guards may stop."""
    try:
        return book.burn(10, n).outcome
    except DatabaseError as error:
        return type(error).__name__


def names_off() -> set[str]:
    return {result.invariant.name for result in reconcile() if not result.is_ok}
