"""Fixtures of the ledger's tests."""

import pytest

from ledger.accounts import open_accounts, open_unit
from ledger.tests.books import Book
from loyalty.ids import uuid7


@pytest.fixture
def unit(cafe):
    return open_unit(cafe, name="beans")


@pytest.fixture
def book(unit):
    """The account of a member who may owe up to 1,000 points."""
    owner = uuid7()
    return Book(open_accounts(unit, [owner], debt_max=1000)[owner].id)


@pytest.fixture
def other_book(unit):
    owner = uuid7()
    return Book(open_accounts(unit, [owner], debt_max=1000)[owner].id)
