"""Fixtures of this room's tests."""

from uuid import UUID

import pytest

from loyalty.identity.principals import Principal


@pytest.fixture
def importer(db):
    """The system itself, which sees every brand."""
    return Principal(kind="system", id=UUID(int=0), actor="system:import", is_operator=True)
