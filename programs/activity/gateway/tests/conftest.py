"""Fixtures of this room's tests."""

import pytest
from django.core.cache import cache

from programs.activity.tests.tills import fresh


@pytest.fixture(autouse=True)
def no_guesses_yet():
    """Wrong codes of one test are not those of the next."""
    cache.clear()


@pytest.fixture
def kept(api, beans):
    """A function by which the cafe's till tells a purchase of nobody; answers the receipt, with its code."""

    def keep(amount: str = "100.00", *, client=api, **more) -> dict:
        body = {"program_id": "BEANS", "amount": amount, "currency": "EUR", "reference": fresh("receipt")} | more
        response = client.post("/api/receipts", body)
        assert response.status_code == 201, response.content
        return response.json()

    return keep


@pytest.fixture
def claim():
    """A function that claims a receipt by its code."""
    return lambda client, receipt, **more: client.post("/api/receipts/claim", {"code": receipt["code"]} | more)
