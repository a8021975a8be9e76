"""The history shows when somebody rewrote it; an erasure is no rewriting."""

import time
from io import StringIO

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from loyalty.chains import TransactionIdsWentBack
from loyalty.history.acting import acting
from loyalty.history.erasing import erase
from loyalty.history.models import Change, HistorySeal
from loyalty.history.sealing import newest_checkpoint, seal, verify
from loyalty.identity.models import Brand, BrandMember
from loyalty.sql import rows

pytestmark = pytest.mark.django_db(transaction=True)


def settle(sleep_seconds=0.05, tries=3000):
    """Waits until no transaction that began before now is running: other sessions of the server count too."""
    (mine,) = rows("select pg_current_xact_id()::text::bigint as id")
    for _ in range(tries):
        if rows("select pg_snapshot_xmin(pg_current_snapshot())::text::bigint > %s as is_past", [mine["id"]])[0][
            "is_past"
        ]:
            return
        time.sleep(sleep_seconds)
    raise AssertionError("somebody's transaction has been running for minutes")


def tamper(sql, *params):
    """Changes the history behind the guards' backs, as somebody with the database in hand could."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("set local session_replication_role = replica")
        cursor.execute(sql, params)
        assert cursor.rowcount > 0


@pytest.fixture
def sealed(cafe, monkeypatch):
    """A brand renamed four times, in seals of at most two changes."""
    monkeypatch.setattr("loyalty.history.sealing.BLOCK_CHANGES", 2)
    for name in "abcd":
        Brand.objects.filter(pk=cafe.pk).update(name=name)
    settle()
    assert seal() == 5
    return cafe


def test_every_settled_change_is_sealed_once(sealed):
    assert list(HistorySeal.objects.values_list("sequence", "changes")) == [(1, 2), (2, 2), (3, 1)]
    assert seal() == 0
    verdict = verify()
    assert (verdict.upto, verdict.entries, verdict.broken) == (newest_checkpoint(), 5, "")


def test_what_is_still_being_written_is_not_sealed_past(cafe, database_url):
    with psycopg.connect(database_url) as other:
        other.execute("update loyalty_brand set code = 'slow'")
        connection.cursor().execute(
            "insert into loyalty_brand select (jsonb_populate_record(b, "
            '\'{"id": "00000000-0000-7000-8000-000000000001", "code": "quick"}\')).* '
            "from loyalty_brand b"
        )
        seal()
        sealed_while_running = sum(HistorySeal.objects.values_list("changes", flat=True))
    settle()
    seal()

    assert sealed_while_running <= 1
    assert verify().entries == 3
    assert verify().broken == ""


@pytest.mark.parametrize(
    ("sql", "told"),
    [
        ("update loyalty_brandhistory set name = 'x' where name = 'b'", "of loyalty.brand was changed"),
        ("update loyalty_brandhistory set pgh_before = '{}' where name = 'b'", "of loyalty.brand was changed"),
        ("update loyalty_brandhistory set pgh_context = '{\"actor\": \"x\"}' where name = 'b'", "was changed"),
        ("update loyalty_brandhistory set pgh_created_at = now() where name = 'b'", "was changed"),
        ("delete from loyalty_brandhistory where name = 'b'", "of loyalty.brand is gone"),
        (
            "insert into loyalty_brandhistory (pgh_id, pgh_created_at, pgh_label) values (0, now(), 'update')",
            "of loyalty.brand was put there by hand",
        ),
        ("update loyalty_change set actor = 'x' where id = (select max(id) - 2 from loyalty_change)", "seal 2: "),
        ("update loyalty_change set brand_ids = '{}'", "seal 1: "),
        (
            "delete from loyalty_change where id = (select max(id) - 2 from loyalty_change)",
            "seal 2: it was made over 2",
        ),
        ("delete from loyalty_historyseal where sequence = 2", "seal 2: it is missing"),
    ],
)
def test_whoever_rewrites_it_is_noticed(sealed, sql, told):
    assert verify().broken == ""

    tamper(sql)

    assert told in verify().broken


def test_a_record_taken_out_with_its_line_is_noticed(sealed):
    (gone,) = rows("select pgh_id from loyalty_brandhistory where name = 'b'")
    tamper("delete from loyalty_brandhistory where pgh_id = %s", gone["pgh_id"])
    tamper("delete from loyalty_change where id = %s", gone["pgh_id"])

    assert verify().broken == "seal 2: it was made over 2 changes and there are 1"


def test_a_rewritten_chain_is_caught_by_a_checkpoint_kept_elsewhere(sealed):
    kept = newest_checkpoint()
    tamper("update loyalty_brandhistory set name = 'x' where name = 'b'")
    tamper("update loyalty_change c set digest = loyalty_row_digest(h) from loyalty_brandhistory h where pgh_id = c.id")
    tamper("delete from loyalty_historyseal")
    seal()

    assert verify().broken == ""
    assert verify(kept).broken == "seal 3 is not the one of the checkpoint"


def test_an_erased_member_is_gone_from_the_history_and_the_seals_hold(ana):
    with acting(actor="person:1", reason="Ana called"):
        ana.name = "Ana Secret"
        ana.save()
        BrandMember.objects.filter(member=ana).update(external_id="secret-number")
        ana.person.name = "Ana Secret"
        ana.person.save()
    settle()
    seal()

    with transaction.atomic():
        ana.name = ""
        ana.save()
        BrandMember.objects.filter(member=ana).delete()
        erased = erase(member_id=ana.pk, person_id=ana.person_id)
    settle()
    seal()

    assert erased == 6
    for table in ("member", "brandmember", "person"):
        assert rows(f"select count(*) as n from loyalty_{table}history")[0]["n"] == 0
    assert verify().broken == ""
    labels = Change.objects.filter(kind="loyalty.member").order_by("id").values_list("label", flat=True)
    assert list(labels) == ["update", "update", "erase"]


def test_what_was_not_erased_may_not_go_along(ana, ben):
    for member in (ana, ben):
        member.name = "x"
        member.save()
    erase(member_id=ana.pk)
    tamper("delete from loyalty_memberhistory where pgh_obj_id = %s", ben.pk)

    assert "of loyalty.member is gone" in verify().broken


def test_sealing_refuses_when_transaction_ids_went_back(sealed):
    tamper("update loyalty_historyseal set to_xid = to_xid + 1000000000000 where sequence = 3")

    with pytest.raises(TransactionIdsWentBack, match="restored on another server"):
        seal()


def test_the_ledgers_commands_seal_and_verify_the_history_too(cafe):
    settle()
    out = StringIO()
    call_command("seal_ledger", stdout=out)
    checkpoint = out.getvalue().splitlines()[1]
    call_command("verify_ledger", history_from=checkpoint, stdout=out)

    assert checkpoint == str(newest_checkpoint())
    assert "verified 0 changes in 0 seals of the history" in out.getvalue()
    tamper("update loyalty_brandhistory set name = 'x'")
    with pytest.raises(CommandError, match="broken of the history: the record"):
        call_command("verify_ledger", stdout=out)
