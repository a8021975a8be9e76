"""Rates drawn by chance, for properties that must hold for all of them."""

from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from itertools import permutations
from uuid import UUID

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from exchange.rates.arithmetic import Terms
from exchange.rates.dated import DatedBonus, DatedPair, DatedRate

AT = datetime(2026, 10, 1, tzinfo=UTC)
UNTIL = datetime(2026, 11, 1, tzinfo=UTC)
RATE_ID = UUID(int=1)


def examples(count: int):
    return settings(deadline=None, max_examples=count, derandomize=True)


def turns_red(test, *strategies) -> None:
    """A property that does not hold any more, for a mistake has been planted; that is not told at length."""
    quick = settings(
        deadline=None, max_examples=1_000, derandomize=True, phases=[Phase.generate], report_multiple_bugs=False
    )
    with pytest.raises(AssertionError):
        quick(given(*strategies)(test.hypothesis.inner_test))()


def decimals(least: str, most: str, places: int):
    return st.decimals(Decimal(least), Decimal(most), places=places, allow_nan=False, allow_infinity=False)


PERCENTS = st.one_of(st.just(Decimal(0)), decimals("0", "60", 2))
RATES = st.one_of(st.sampled_from([Decimal("0.5"), Decimal(1), Decimal(2), Decimal("0.333333333")]),
                  decimals("0.05", "20", 3), decimals("0.000000001", "50", 9))  # fmt: skip


@st.composite
def terms(draw) -> Terms:
    """The terms of one pair, with a fee and a bonus as may be."""
    return Terms(
        rate_id=RATE_ID,
        base_rate=draw(RATES),
        bonus_percent=draw(PERCENTS),
        fee_percent=draw(st.one_of(st.just(Decimal(0)), decimals("0", "99", 2))),
        fee_points=draw(st.integers(0, 5)),
    )


@st.composite
def graphs(draw, most: int = 5) -> dict[tuple[int, int], Terms]:
    """Terms of some of the pairs of a few programs: often almost fair, so that circles come close to 1."""
    count = draw(st.integers(2, most))
    worth = [draw(st.integers(1, 40)) for _ in range(count)]
    found = {}
    for start, end in permutations(range(count), 2):
        kind = draw(st.sampled_from(["none", "fair", "fair", "drawn"]))
        if kind == "fair":
            fair = Decimal(worth[start] * 1000 // worth[end]) / 1000 or Decimal("0.001")
            bonus = draw(st.sampled_from([Decimal(0), Decimal(0), Decimal("0.1"), Decimal(1), Decimal(25)]))
            found[start, end] = Terms(rate_id=RATE_ID, base_rate=fair, bonus_percent=bonus)
        elif kind == "drawn":
            found[start, end] = draw(terms())
    return found


def in_time(found: dict[tuple[int, int], Terms]) -> list[DatedPair]:
    """The same as pairs whose bonuses run for a month."""
    return [
        DatedPair(
            start,
            end,
            (DatedRate(AT, one.base_rate, one.fee_percent),),
            (DatedBonus(AT, UNTIL, one.bonus_percent),) if one.bonus_percent else (),
        )
        for (start, end), one in found.items()
    ]


def best_product(rates: dict[tuple[int, int], Fraction]) -> Fraction:
    """The highest product of any circle, by trying all of them."""
    nodes = sorted({node for pair in rates for node in pair})
    best = Fraction(0)
    for length in range(2, len(nodes) + 1):
        for way in permutations(nodes, length):
            steps = list(zip(way, (*way[1:], way[0]), strict=True))
            if all(step in rates for step in steps):
                product = Fraction(1)
                for step in steps:
                    product *= rates[step]
                best = max(best, product)
    return best
