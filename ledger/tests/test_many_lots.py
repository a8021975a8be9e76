"""An account with very many open lots costs what one with few does: what has not lapsed is not read."""

from django.db import connection

from ledger.models import Lot

LOTS = 300
READ = """
select pg_stat_get_xact_tuples_fetched(oid) + pg_stat_get_xact_tuples_returned(oid)
from pg_class where oid = 'ledger_lot'::regclass
"""
READ_BY_INDEX = """
select coalesce(sum(pg_stat_get_xact_tuples_returned(indexrelid) + pg_stat_get_xact_tuples_fetched(indexrelid)), 0)
from pg_index where indrelid = 'ledger_lot'::regclass
"""


def rows_read() -> int:
    """How many rows and entries of the indexes of lots this transaction has read so far."""
    found = 0
    with connection.cursor() as cursor:
        for sql in (READ, READ_BY_INDEX):
            cursor.execute(sql)
            found += cursor.fetchone()[0]
    return int(found)


def cost(act) -> int:
    before = rows_read()
    act()
    return rows_read() - before


def test_an_earn_reads_no_lot_that_has_not_lapsed(book):
    for n in range(LOTS):
        book.earn(1, expires=400 + n)
    assert Lot.objects.filter(account_id=book.account_id, is_open=True).count() == LOTS
    with connection.cursor() as cursor:
        # Without figures about the table the planner guesses, now this way and now that.
        cursor.execute("analyze ledger_lot, ledger_account")

    assert cost(lambda: book.earn(1, 1, expires=400)) < LOTS / 10
