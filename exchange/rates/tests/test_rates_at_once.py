"""Two rates that only together make a circle that gains, set at the same moment over two connections."""

from collections import Counter
from decimal import Decimal
from uuid import UUID

import pytest

from exchange.rates import guarding, operations
from exchange.rates.models import Rate
from exchange.rates.tests.pairs import open_pair, program
from loyalty.errors import LoyaltyError
from loyalty.identity.principals import Principal
from programs.activity.tests.together import all_at_once

pytestmark = pytest.mark.django_db(transaction=True)

OPERATOR = Principal(kind="system", id=UUID(int=1), actor="system:test", is_operator=True)


@pytest.fixture
def triangle(cafe, bistro):
    """BEANS to PLATES to CUPS and back, at 0.9 each."""
    programs = [program(cafe, "BEANS"), program(bistro, "PLATES"), program(cafe, "CUPS")]
    for start, end in zip(programs, [*programs[1:], programs[0]], strict=True):
        open_pair(start, end, rate="0.9")
    return [one.code for one in programs]


def raised(triangle, n: int, rate: str) -> str:
    try:
        operations.set_rate(OPERATOR, triangle[n], triangle[(n + 1) % 3], rate=Decimal(rate))
    except LoyaltyError as refusal:
        return refusal.code
    return "set"


def outcomes(triangle) -> list[str]:
    """Each to 1.2: with one of them the circle gives 0.972, with two 1.296."""
    return all_at_once(3, lambda n: raised(triangle, n, "1.2"))


def test_of_rates_that_together_make_a_circle_one_is_set(triangle):
    for _round in range(5):
        told = outcomes(triangle)

        assert Counter(told) == {"set": 1, "rate-makes-points": 2}
        n = told.index("set")
        assert raised(triangle, n, "0.9") == "set"
    assert Rate.objects.count() == 3 + 5 * 2


def test_without_the_lock_the_circle_would_be_made(triangle, monkeypatch):
    """The planted mistake, so that the test above is known to see it."""
    from time import sleep

    judge = guarding.refuse_unsafe

    def late(*about):
        judge(*about)
        sleep(0.3)

    monkeypatch.setattr(operations, "lock_rates", lambda: None)
    monkeypatch.setattr(operations, "refuse_unsafe", late)

    assert Counter(outcomes(triangle))["set"] > 1
