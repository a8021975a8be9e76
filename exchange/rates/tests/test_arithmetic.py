"""What an exchange gives: exact, rounded against who asks, never more in parts than as a whole."""

from dataclasses import replace
from decimal import Decimal, getcontext
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from exchange.rates import arithmetic
from exchange.rates.arithmetic import Conversion, Terms, convert, in_words, with_bonus
from exchange.rates.tests.drawn import RATE_ID, examples, terms, turns_red
from loyalty.errors import LoyaltyError

AMOUNTS = st.integers(1, 10**12)
PARTS = st.lists(st.one_of(st.integers(1, 20), st.integers(1, 10**9)), min_size=2, max_size=6)
PLAIN = Terms(rate_id=RATE_ID, base_rate=Decimal("2.5"))


def given_for(one: Terms, amount: int) -> int:
    """Points that come out, none where the exchange is refused."""
    try:
        return convert(one, amount).to_amount
    except LoyaltyError:
        return 0


@pytest.mark.parametrize(
    "said, amount, fee, to_amount, residue",
    [
        ({}, 100, 0, 250, "0"),
        ({}, 101, 0, 252, "0.5"),
        ({"fee_percent": Decimal(1)}, 100, 1, 247, "0.5"),
        ({"fee_percent": Decimal(1)}, 101, 2, 247, "0.5"),
        ({"fee_percent": Decimal("0.01")}, 1, 1, None, None),
        ({"fee_points": 3}, 10, 3, 17, "0.5"),
        ({"bonus_percent": Decimal(10)}, 100, 0, 275, "0"),
        ({"bonus_percent": Decimal("0.01"), "base_rate": Decimal("0.000000001")}, 10**9, 0, 1, "0.0001"),
        ({"base_rate": Decimal("0.3")}, 3, 0, None, None),
        ({"base_rate": Decimal("0.3")}, 4, 0, 1, "0.2"),
    ],
)
def test_worked_examples(said, amount, fee, to_amount, residue):
    one = replace(PLAIN, **said)
    if to_amount is None:
        with pytest.raises(LoyaltyError) as refused:
            convert(one, amount)
        assert (refused.value.code, refused.value.facts["fee"]) == ("exchange-too-small", fee)
    else:
        assert convert(one, amount) == Conversion(amount, fee, to_amount, one.rate, Decimal(residue))


@pytest.mark.parametrize(
    "said, amount, code, facts",
    [
        ({"is_open": False}, 100, "pair-not-open", {}),
        ({"from_min": 101}, 100, "exchange-below-min", {"from_min": 101}),
        ({}, 0, "exchange-below-min", {"from_min": 1}),
        ({}, -5, "exchange-below-min", {"from_min": 1}),
        ({"from_max": 99}, 100, "exchange-above-max", {"from_max": 99}),
        ({"from_step": 30}, 100, "exchange-not-in-steps", {"from_step": 30}),
        ({"fee_points": 100}, 100, "exchange-too-small", {"from_amount": 100, "fee": 100}),
        ({"base_rate": Decimal("999999")}, 10**15, "exchange-too-large", {"to_amount_max": 10**15}),
    ],
)
def test_amounts_that_a_rate_does_not_take(said, amount, code, facts):
    with pytest.raises(LoyaltyError) as refused:
        convert(replace(PLAIN, **said), amount)

    assert (refused.value.code, refused.value.facts) == (code, facts)
    assert refused.value.pointer == (None if code == "pair-not-open" else "/from_amount")


def test_the_first_reason_is_told_of_several():
    one = replace(PLAIN, from_min=7, from_step=5, from_max=6)

    with pytest.raises(LoyaltyError) as refused:
        convert(one, 6)
    assert refused.value.code == "exchange-below-min"


@examples(200)
@given(terms(), AMOUNTS)
def test_nothing_is_lost_but_what_is_named(one, amount):
    assume(given_for(one, amount))

    got = convert(one, amount)

    exact = Fraction(amount - got.fee) * Fraction(one.base_rate) * (1 + Fraction(one.bonus_percent) / 100)
    assert got.to_amount + Fraction(got.residue) == exact and 0 <= got.residue < 1
    assert 0 <= got.fee - one.fee_points - Fraction(amount) * Fraction(one.fee_percent) / 100 < 1
    assert got.to_amount <= amount * one.product


@examples(200)
@given(terms(), PARTS)
def test_splitting_an_exchange_never_gains(one, parts):
    assert sum(given_for(one, part) for part in parts) <= given_for(one, sum(parts))


@examples(200)
@given(terms(), AMOUNTS, st.integers(1, 10**6))
def test_more_points_never_give_less(one, amount, more):
    assert given_for(one, amount) <= given_for(one, amount + more)


@examples(200)
@given(terms(), AMOUNTS, st.integers(6, 60))
def test_the_precision_of_decimals_elsewhere_changes_nothing(one, amount, digits):
    before = given_for(one, amount)
    kept, getcontext().prec = getcontext().prec, digits
    try:
        assert given_for(one, amount) == before
    finally:
        getcontext().prec = kept


def test_rounding_half_up_would_be_found(monkeypatch):
    """The planted mistake: two exchanges of 1 at 0.5 would give 2, one of 2 gives 1."""

    def half_up(one: Terms, amount: int) -> Conversion:
        got = arithmetic.convert(one, amount)
        return replace(got, to_amount=got.to_amount + (got.residue >= Decimal("0.5")))

    monkeypatch.setattr("exchange.rates.tests.test_arithmetic.convert", half_up)
    turns_red(test_splitting_an_exchange_never_gains, terms(), PARTS)


def test_rates_are_written_as_people_do():
    assert [in_words(Decimal(rate)) for rate in ("2.500000000", "100", "1E+2", "0.000000001", "0")] == [
        "2.5", "100", "100", "0.000000001", "0",
    ]  # fmt: skip
    assert in_words(with_bonus(Decimal("2.500000000"), Decimal("12.50"))) == "2.8125"
    with pytest.raises(ValueError):
        arithmetic._decimal(1, 3)
