"""Tests that commit leave nothing behind for the next, whichever way their tables are emptied."""

import pytest
from django.db import DatabaseError, connection
from django.test import TransactionTestCase

from loyalty.testing import flushing

pytestmark = pytest.mark.django_db(transaction=True)


def filled() -> set[str]:
    """The tables that have rows."""
    with connection.cursor() as cursor:
        cursor.execute("select tablename from pg_tables where schemaname = current_schema()")
        asked = [f"(select '{name}' from \"{name}\" limit 1)" for (name,) in cursor.fetchall()]
        cursor.execute(" union all ".join(asked))
        return {name for (name,) in cursor.fetchall()}


@pytest.mark.parametrize("bytes_max", [flushing.BYTES_MAX, 0], ids=["row by row", "truncated"])
def test_only_what_comes_of_the_models_stays(api, ana_beans, monkeypatch, bytes_max):
    monkeypatch.setattr(flushing, "BYTES_MAX", bytes_max)
    body = {"program_id": "BEANS", "amount": "10.00", "currency": "EUR", "reference": "receipt"}
    assert api.post("/api/members/ana/earn", body).status_code == 201
    before = filled()

    flushing.empty_tables(TransactionTestCase())

    assert {"ledger_posting", "loyalty_brand", "programs_membership"} < before
    assert filled() == set(flushing.OF_THE_MODELS)


def test_the_guards_of_the_books_stand_again_afterwards(api, ana_beans):
    flushing.empty_tables(TransactionTestCase())

    with pytest.raises(DatabaseError, match=r"append-only|never"), connection.cursor() as cursor:
        cursor.execute("truncate ledger_posting cascade")
