"""The database's own guards, attacked with raw SQL: whoever gets past Python still cannot spoil the books."""

import pytest
from django.db import IntegrityError, connection, transaction

from ledger.accounts import open_accounts, open_unit
from ledger.models import Account, HoldResolution, LedgerEntry, Lot, Posting
from ledger.tests.books import day
from loyalty.ids import uuid7

pytestmark = pytest.mark.django_db

BOOKS = [
    "ledger_posting",
    "ledger_ledgerentry",
    "ledger_lotuse",
    "ledger_lotchange",
    "ledger_hold",
    "ledger_holdresolution",
    "ledger_seal",
    "loyalty_event",
]
COLUMNS = {
    "ledger_posting": "points = points + 1",
    "ledger_ledgerentry": "points = points + 1",
    "ledger_lotuse": "points = points + 1",
    "ledger_lotchange": "expires_after = expires_after + interval '1 day'",
    "ledger_hold": "points = points + 1",
    "ledger_holdresolution": "captured = captured + 1",
    "ledger_seal": "entries = entries + 1",
    "loyalty_event": "type = 'points.lost'",
}


@pytest.fixture
def story(book):
    """A row in every table."""
    book.earn(100, 0, name="earn", expires=500)
    book.burn(10, 1, name="burn")
    book.reverse("burn", 2, extend_to=day(600))
    book.do("hold", 20, 3, name="hold", expires_at=day(9))
    book.do("capture", 5, 4, target=book.postings["hold"])
    run(
        "insert into ledger_seal (sequence, from_xid, to_xid, entries, previous_hash, hash) values (1, 0, 1, 0, '', '')"
    )
    return book


def run(sql, **params):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, params)
        cursor.execute("set constraints all immediate")
        return cursor.rowcount


def refused(constraint, sql, **params):
    """The statement must fail, for this reason."""
    with pytest.raises(IntegrityError) as error:
        run(sql, **params)
    assert error.value.__cause__.diag.constraint_name == constraint


def entry_of(book, name):
    return LedgerEntry.objects.get(posting__public_id=book.postings[name])


ENTRY = """
insert into ledger_ledgerentry (posting_id, unit_id, debit_id, credit_id, points, occurred_at)
values (%(posting_id)s, %(unit_id)s, %(debit_id)s, %(credit_id)s, %(points)s, now())
"""
REVERSAL = """
insert into ledger_ledgerentry (posting_id, unit_id, debit_id, credit_id, points, reverses_id, occurred_at)
values (%(posting_id)s, %(unit_id)s, %(debit_id)s, %(credit_id)s, %(points)s, %(reverses_id)s, now())
"""


def like(entry, **changed):
    """The columns of one more entry like this one."""
    names = ("posting_id", "unit_id", "debit_id", "credit_id", "points")
    return {name: getattr(entry, name) for name in names} | changed


def reversal_of(entry, points, **changed):
    sides = {"debit_id": entry.credit_id, "credit_id": entry.debit_id}
    return like(entry, points=points, reverses_id=entry.id, **(sides | changed))


@pytest.mark.parametrize("table", BOOKS)
def test_what_is_written_is_not_changed_removed_or_emptied(table, story):
    name = "events_are_append_only" if table == "loyalty_event" else "books_are_append_only"

    refused(name, f"update {table} set {COLUMNS[table]}")
    refused(name, f"delete from {table}")
    refused(name, f"truncate {table} cascade")


def test_lots_are_not_removed_or_emptied_at_once(story):
    refused("lots_only_run_down", "delete from ledger_lot")
    refused("books_are_append_only", "truncate ledger_lot cascade")


@pytest.mark.parametrize(
    "change",
    [
        "points = points + 1",
        "account_id = account_id + 1",
        "entry_id = entry_id + 1",
        "posting_id = posting_id + 1",
        "granted_at = granted_at - interval '1 day'",
        "available_at = available_at - interval '1 day'",
        "expires_at = now()",
        "expires_at = expires_at + interval '1 day'",
        "expires_at = '2028-05-15Z'",
        "expires_at = null",
        "expires_at = '2028-08-23Z', points = points + 1",
        "expired = -1",
        "returned = -1",
        "withdrawn = -1",
        "refunded = -1",
    ],
)
def test_of_a_lot_only_counters_change_and_only_upwards(change, story):
    refused("lots_only_run_down", f"update ledger_lot set {change}")


CHANGE = """
insert into ledger_lotchange (lot_id, posting_id, points, available_before, available_after, expires_before,
                              expires_after, occurred_at, recorded_at)
select l.id, p.id, l.remaining, {available}, {expires}, p.occurred_at, now()
from ledger_lot l, ledger_posting p where p.id = (select max(id) from ledger_posting where kind = %(kind)s)
"""
NO_CHANGE = "null, null"


@pytest.mark.parametrize(
    ("kind", "available", "expires", "constraint"),
    [
        ("reverse", NO_CHANGE, "l.expires_at, l.expires_at - interval '1 day'", "lot_change_is_sooner_or_longer"),
        ("reverse", NO_CHANGE, NO_CHANGE, "lot_change_is_sooner_or_longer"),
        ("reverse", NO_CHANGE, "l.expires_at, null", "lot_change_is_sooner_or_longer"),
        ("reverse", NO_CHANGE, "null, l.expires_at + interval '1 day'", "lot_change_is_sooner_or_longer"),
        ("reverse", NO_CHANGE, "l.expires_at - interval '1 day', l.expires_at", "lots_are_changed_by_postings"),
        ("reverse", "l.available_at, l.granted_at - interval '1 day'", NO_CHANGE, "lots_are_changed_by_postings"),
    ],
)
def test_a_change_of_a_lot_begins_where_the_lot_is_and_makes_it_count_sooner_or_stay_longer(
    kind, available, expires, constraint, story
):
    refused(constraint, CHANGE.format(available=available, expires=expires), kind=kind)


@pytest.mark.django_db(transaction=True)
def test_a_lot_is_not_changed_by_a_posting_of_long_ago_or_of_somebody_else(story, other_book):
    later = "l.expires_at, l.expires_at + interval '1 day'"
    refused("lots_are_changed_by_postings", CHANGE.format(available=NO_CHANGE, expires=later), kind="reverse")

    with pytest.raises(IntegrityError) as error, transaction.atomic():
        other_book.do("deposit", 5, 1)
        run(f"{CHANGE.format(available=NO_CHANGE, expires=later)} and l.expires_at is not null", kind="deposit")
    assert error.value.__cause__.diag.constraint_name == "lots_are_changed_by_postings"


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ("remaining = -1", "lot_is_bounded"),
        ("remaining = points + 1", "lot_is_bounded"),
        ("returned = points + 1", "lot_returns_are_bounded"),
        ("withdrawn = returned + 1", "lot_returns_are_bounded"),
    ],
)
def test_a_lot_has_bounds(change, constraint, story):
    refused(constraint, f"update ledger_lot set {change}")


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ("posted = -debt_max - 1, debt = debt_max + 1", "balance_is_not_overdrawn"),
        ("posted = -1", "balance_debt_is_recorded"),
        ("posted = 9000000000000001", "balance_has_a_ceiling"),
        ("held = -1", "balance_holds_no_less_than_nothing"),
        ("debt = -1", "balance_debt_is_recorded"),
        ("debt_max = -90, posted = 80", "balance_is_not_overdrawn"),
    ],
)
def test_a_balance_has_bounds(change, constraint, story):
    refused(constraint, f"update ledger_balance set {change} where account_id = %(it)s", it=story.account_id)


@pytest.mark.parametrize("points", [0, -5])
def test_an_entry_moves_points(points, story):
    refused("entry_moves_points", ENTRY, **like(entry_of(story, "earn"), points=points))


def test_an_entry_has_two_sides(story):
    it = entry_of(story, "earn")

    refused("entry_has_two_sides", ENTRY, **like(it, credit_id=it.debit_id))


def test_an_entry_does_not_cross_units(story, bistro):
    it = entry_of(story, "earn")
    stranger = uuid7()
    other = open_unit(bistro, name="stars")
    account = open_accounts(other, [stranger])[stranger]
    issuance = Account.objects.get(unit=other, kind="issuance")

    refused("entry_credit_is_of_the_unit", ENTRY, **like(it, credit_id=account.id))
    refused("entry_debit_is_of_the_unit", ENTRY, **like(it, credit_id=account.id, unit_id=other.id))
    refused("entry_debit_is_of_the_unit", ENTRY, **like(it, debit_id=issuance.id))


def test_a_posting_is_of_its_accounts_unit(story, bistro):
    other = open_unit(bistro, name="stars")

    refused("posting_account_is_of_the_unit", copy_of_posting(unit_id=other.id), key="k", id=story.postings["earn"])


def copy_of_posting(**changed):
    """The posting %(id)s once more under the key %(key)s, with these columns changed."""
    columns = (
        "account_id, brand_id, unit_id, kind, fingerprint, actor, reference, points, shortfall, balance_after, data"
    )
    values = ", ".join(str(changed.get(name, name)) for name in columns.split(", "))
    return f"""insert into ledger_posting (public_id, key, occurred_at, {columns})
        select gen_random_uuid(), %(key)s, now(), {values} from ledger_posting where public_id = %(id)s"""


def test_a_key_has_one_effect(story):
    key = Posting.objects.get(public_id=story.postings["earn"]).key

    refused("posting_key_has_one_effect", copy_of_posting(), key=key, id=story.postings["earn"])


def test_a_reference_earns_once(book):
    book.earn(10, 0, name="earn", reference="receipt 1")

    refused("posting_reference_earns_once", copy_of_posting(), key="other", id=book.postings["earn"])


def test_a_hold_is_resolved_once_and_a_posting_resolves_one(story):
    found = HoldResolution.objects.get()
    sql = "insert into ledger_holdresolution (hold_id, posting_id, captured) values (%(hold)s, %(posting)s, 0)"

    refused("ledger_holdresolution_pkey", sql, hold=found.hold_id, posting=Posting.objects.latest("id").id - 1)
    with pytest.raises(IntegrityError):
        run(sql, hold=found.hold_id + 1, posting=found.posting_id)


def test_reversals_take_back_no_more_than_was_moved(story):
    it = entry_of(story, "earn")

    refused("reversals_are_bounded", REVERSAL, **reversal_of(it, 101))
    run(REVERSAL, **reversal_of(it, 60))
    refused("reversals_are_bounded", REVERSAL, **reversal_of(it, 41))


def test_reversals_stay_between_the_same_accounts(story):
    it = entry_of(story, "earn")
    elsewhere = Account.objects.get(unit=it.unit_id, kind="breakage").id

    refused("reversals_are_bounded", REVERSAL, **reversal_of(it, 1, credit_id=elsewhere))
    refused("reversals_are_bounded", REVERSAL, **reversal_of(it, 1, debit_id=it.debit_id, credit_id=it.credit_id))


def test_a_reversal_is_not_reversed(story):
    reversal = LedgerEntry.objects.get(reverses=entry_of(story, "burn"))

    refused("reversals_are_not_reversed", REVERSAL, **reversal_of(reversal, 1))


def test_a_lot_use_is_one_per_entry_and_moves_points(story):
    lot, entry = Lot.objects.get(), entry_of(story, "burn")
    sql = "insert into ledger_lotuse (entry_id, lot_id, points) values (%(entry)s, %(lot)s, %(points)s)"

    refused("lot_use_is_one_per_entry", sql, entry=entry.id, lot=lot.id, points=1)
    refused("lot_use_moves_points", sql, entry=entry_of(story, "earn").id, lot=lot.id, points=0)


def test_events_of_an_account_have_different_numbers(story):
    refused(
        "event_sequence_is_unique",
        """insert into loyalty_event (event_id, type, aggregate_id, sequence, data, occurred_at)
        select gen_random_uuid(), type, aggregate_id, sequence, data, occurred_at from loyalty_event limit 1""",
    )


def test_an_account_is_one_per_owner_and_unit(story):
    it = Account.objects.get(id=story.account_id)
    sql = """insert into ledger_account (public_id, unit_id, kind, owner_id, created_at)
        values (gen_random_uuid(), %(unit)s, %(kind)s, %(owner)s, now())"""

    refused("account_is_one_per_owner_and_unit", sql, unit=it.unit_id, kind="member", owner=it.owner_id)
    refused("account_is_one_per_owner_and_unit", sql, unit=it.unit_id, kind="issuance", owner=None)
    refused("account_owner_is_known", sql, unit=it.unit_id, kind="member", owner=None)
    refused("account_owner_is_known", sql, unit=it.unit_id, kind="issuance", owner=it.owner_id)


@pytest.mark.parametrize("table", ["ledger_account", "ledger_unit"])
def test_what_the_books_speak_of_is_not_removed(table, story):
    with pytest.raises(IntegrityError):
        run(f"delete from {table}")
