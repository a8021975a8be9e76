"""Seals and roll-ups: they cover what is settled, once, and notice what was changed behind them."""

import time
from io import StringIO

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from ledger.accounts import open_accounts, open_unit
from ledger.models import Account, HotRollup, Seal
from ledger.reconciliation import reconcile
from ledger.sealing import Checkpoint, TransactionIdsWentBack, newest_checkpoint, seal, verify
from ledger.selectors import hot_balance
from ledger.sweeping import roll_up
from ledger.tests.books import Book, clean, day
from loyalty import clock
from loyalty.ids import uuid7

pytestmark = pytest.mark.django_db(transaction=True)


def settle(sleep=0.05, tries=3000):
    """Waits until no transaction that began before now is running: other sessions of the server count too."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_current_xact_id()::text::bigint")
        (mine,) = cursor.fetchone()
        for _ in range(tries):
            cursor.execute("select pg_snapshot_xmin(pg_current_snapshot())::text::bigint > %s", [mine])
            if cursor.fetchone()[0]:
                return
            time.sleep(sleep)
    raise AssertionError("somebody's transaction has been running for minutes")


def tamper(sql, *params):
    """Changes the books behind the guards' backs, as somebody with the database in hand could."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("set local session_replication_role = replica")
        cursor.execute(sql, params)
        assert cursor.rowcount > 0


@pytest.fixture
def sealed(book, monkeypatch):
    """Five entries in three seals of at most two."""
    monkeypatch.setattr("ledger.sealing.BLOCK_ENTRIES", 2)
    for n in range(5):
        book.earn(10 + n, n)
    settle()
    assert seal() == 5
    return book


def test_sealing_covers_every_settled_entry_once(sealed):
    sealed.earn(1, 9)
    settle()

    assert list(Seal.objects.values_list("sequence", "entries")) == [(1, 2), (2, 2), (3, 1)]
    assert (seal(), seal()) == (1, 0)
    verdict = verify()
    assert (verdict.upto, verdict.entries, verdict.broken) == (newest_checkpoint(), 6, "")


def test_a_limit_bounds_one_run(book):
    for n in range(5):
        book.earn(10, n)
    settle()

    assert [seal(limit=2), seal(limit=2), seal(limit=2), seal(limit=2)] == [2, 2, 1, 0]
    assert verify().broken == ""


def test_what_is_still_being_written_is_not_sealed_past(book, database_url):
    book.earn(10, 0)
    with psycopg.connect(database_url) as other:
        other.execute("select pg_current_xact_id()")
        book.earn(20, 1)
        seal()
        sealed_while_running = sum(Seal.objects.values_list("entries", flat=True))
    settle()
    seal()

    assert sealed_while_running < 2
    assert verify().entries == 2


@pytest.mark.parametrize(
    "sql",
    [
        "update ledger_ledgerentry set points = points + 1 where points = 12",
        "update ledger_ledgerentry set occurred_at = occurred_at + interval '1 second' where points = 12",
        "update ledger_ledgerentry set recorded_at = recorded_at - interval '1 day' where points = 12",
        "update ledger_ledgerentry set credit_after = 0 where points = 12",
        "update ledger_ledgerentry set debit_id = credit_id, credit_id = debit_id where points = 12",
        "update ledger_posting set points = 13 where points = 12",
        "update ledger_posting set kind = 'deposit' where points = 12",
        "update ledger_posting set key = 'other' where points = 12",
        "update ledger_posting set fingerprint = '' where points = 12",
        "update ledger_posting set actor = 'somebody' where points = 12",
        "update ledger_posting set data = '{\"a\": 1}' where points = 12",
        "update ledger_posting set occurred_at = occurred_at + interval '1 second' where points = 12",
        "update ledger_posting set reverses_id = id where points = 12",
        "delete from ledger_posting where points = 12",
        "update ledger_seal set hash = sha256('') where sequence = 2",
    ],
)
def test_a_change_behind_the_seals_names_the_first_that_breaks(sealed, sql):
    tamper(sql)

    verdict = verify()

    assert (verdict.upto.sequence, verdict.entries) == (1, 2)
    assert verdict.broken.startswith("seal 2: ")


def test_added_and_removed_entries_and_seals_are_noticed(sealed):
    tamper("delete from ledger_ledgerentry where points = 12")
    assert verify().broken == "seal 2: it was made over 2 entries and there are 1"

    tamper("delete from ledger_seal where sequence = 2")
    assert verify().broken == "seal 2: it is missing; the next is 3"


def test_a_rewritten_chain_is_caught_by_a_checkpoint_kept_elsewhere(sealed):
    kept = newest_checkpoint()
    tamper("update ledger_ledgerentry set points = points + 1 where points = 12")
    tamper("delete from ledger_seal")
    seal()

    assert verify().broken == ""
    assert verify(kept).broken == "seal 3 is not the one of the checkpoint"
    assert verify(Checkpoint(9, kept.hash)).broken == "seal 9 of the checkpoint is missing"


def test_from_a_checkpoint_only_what_came_after_is_verified(sealed):
    kept = newest_checkpoint()
    sealed.earn(1, 9)
    settle()
    seal()

    assert (verify(kept).entries, verify(kept).upto.sequence) == (1, 4)


def test_sealing_and_rolling_up_refuse_when_transaction_ids_went_back(sealed):
    tamper("update ledger_seal set to_xid = to_xid + 1000000000000 where sequence = 3")
    tamper("update ledger_hotrollup set upto_xid = 1000000000000000")

    with pytest.raises(TransactionIdsWentBack, match="restored on another server"):
        seal()
    with pytest.raises(TransactionIdsWentBack):
        roll_up()


def test_a_roll_up_folds_each_settled_entry_once(book, unit):
    issuance = Account.objects.get(unit=unit, kind="issuance")
    book.earn(100, 0)
    book.burn(30, 1)
    settle()

    folded = [roll_up(), roll_up()]
    book.earn(7, 2)

    assert folded == [2, 0]
    assert HotRollup.objects.get(account=issuance).posted == -100
    assert hot_balance(issuance) == -107
    settle()
    assert roll_up() == 1
    assert (HotRollup.objects.get(account=issuance).posted, hot_balance(issuance)) == (-107, -107)
    assert clean(reconcile())


def test_a_new_units_roll_up_leaves_the_others_alone(book, unit, bistro):
    book.earn(100, 0)
    settle()
    roll_up()
    owner = uuid7()
    other = open_unit(bistro, name="stars")
    Book(open_accounts(other, [owner])[owner].id).earn(5, 0)
    settle()
    roll_up()

    sums = {account.unit_id: hot_balance(account) for account in Account.objects.filter(kind="issuance")}
    assert sums == {unit.id: -100, other.id: -5}
    assert clean(reconcile())


def run(command, *args):
    out = StringIO()
    call_command(command, *args, stdout=out)
    return out.getvalue()


def test_the_commands_print_a_checkpoint_and_verify_from_it(book):
    book.earn(100, 0)
    settle()

    checkpoint = run("seal_ledger").splitlines()[-1]
    verified = run("verify_ledger", "--from", checkpoint)

    assert checkpoint == str(newest_checkpoint())
    assert verified.splitlines()[0] == f"verified 0 entries in 0 seals; upto {checkpoint}"
    tamper("update ledger_posting set points = 13 where points = 100")
    with pytest.raises(CommandError, match="broken: seal 1: an entry or its posting was changed"):
        run("verify_ledger")
    with pytest.raises(CommandError, match="is not SEQ:HASH"):
        run("verify_ledger", "--from", "1:abcd")


def test_the_commands_fold_release_and_reconcile(book):
    book.earn(100, 0)
    book.do("hold", 60, 1, expires_at=day(2))
    settle()

    assert run("roll_up_balances") == "folded 2 movements\n"
    with clock.at(day(3)):
        assert run("release_holds", "--dry-run") == "would release 60 points of 1 holds\n"
        assert run("release_holds", "--limit", "5") == "released 60 points of 1 holds\n"
        assert run("release_holds") == "released 0 points of 0 holds\n"
    assert "all hold" in run("reconcile_ledger", "--brand", "cafe").splitlines()[-1]
    tamper("update ledger_balance set held = 5 where account_id = %s", book.account_id)
    with pytest.raises(CommandError, match="1 broken, 1 rows off"):
        run("reconcile_ledger")
