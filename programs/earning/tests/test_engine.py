"""What a purchase gives: known answers, and what holds for any purchase."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.models import POINTS_MAX
from programs.earning import engine
from programs.earning.editions import snapshot_of
from programs.earning.engine import Decision, TooManyPoints
from programs.earning.facts import ItemFacts, PurchaseFacts, Terms
from programs.earning.lifetimes import LifeTerms, life_of
from programs.earning.rules.happening import Happening, MemberFacts

NOON = datetime(2026, 11, 3, 12, tzinfo=UTC)
FIVE_PER_HUNDRED = Terms(earn_points=5, earn_per_minor=100_00, currency="EUR")
amounts = st.integers(min_value=0, max_value=10**12)
any_terms = st.builds(
    Terms,
    earn_points=st.integers(0, 10_000),
    earn_per_minor=st.integers(1, 10**6),
    currency=st.just("EUR"),
    pending_days=st.integers(0, 60),
    expiry_months=st.none() | st.integers(2, 36),
    timezone=st.sampled_from(["UTC", "Europe/London", "America/New_York", "Asia/Kolkata"]),
)


def decide(terms: Terms, purchase: PurchaseFacts) -> Decision:
    """By the program's own rate alone."""
    lives = LifeTerms(timezone=terms.timezone, pending_days=terms.pending_days, expiry_months=terms.expiry_months)
    happening = Happening(at=purchase.occurred_at, member=MemberFacts(id="ana"), purchase=purchase)
    rules = snapshot_of(UUID(int=0), 0, terms)
    return engine.decide(rules, happening, live=lambda life: life_of(lives, happening.at))


def purchase(amount_minor, currency="EUR", **facts):
    return PurchaseFacts(amount_minor=amount_minor, currency=currency, occurred_at=NOON, **facts)


@pytest.mark.parametrize(
    ("points", "per_minor", "amount_minor", "given_points"),
    [
        (5, 100_00, 99_99, 0),
        (5, 100_00, 100_00, 5),
        (5, 100_00, 349_00, 15),
        (1, 10_00, 105_00, 10),
        (1, 1_00, 19_99, 19),
        (1, 2_00, 19_99, 9),
        (0, 1_00, 500_00, 0),
        (5, 100_00, 0, 0),
    ],
)
def test_each_full_amount_gives_its_points_and_the_rest_nothing(points, per_minor, amount_minor, given_points):
    terms = Terms(earn_points=points, earn_per_minor=per_minor, currency="EUR")

    assert decide(terms, purchase(amount_minor)).points == given_points


def test_four_per_unit_of_money_on_an_order_of_three_lines_gives_608():
    items = (
        ItemFacts(sku="SKU123", amount_minor=12_00, labels={"colour": "red"}),
        ItemFacts(sku="SKU000", amount_minor=100_00, labels={"colour": "blue"}),
        ItemFacts(sku="SKU0001", amount_minor=40_00, category="delivery"),
    )
    terms = Terms(earn_points=4, earn_per_minor=1_00, currency="USD")

    assert decide(terms, purchase(152_00, "USD", items=items)).points == 608


def test_a_decision_says_why_as_a_sentence():
    decision = decide(FIVE_PER_HUNDRED, purchase(250_00))

    assert [line.as_dict() for line in decision.breakdown] == [
        {
            "rule_id": "base",
            "rule": "Base rate",
            "points": 10,
            "reason": "2 x 5 points: 250.00 EUR is 2 full times 100.00",
        }
    ]


def test_a_currency_without_decimals_is_counted_and_told_without_them():
    terms = Terms(earn_points=1, earn_per_minor=1_000, currency="JPY")

    decision = decide(terms, purchase(2_500, "JPY"))

    assert decision.breakdown[0].reason == "2 x 1 points: 2500 JPY is 2 full times 1000"


def test_the_lot_lives_by_the_terms():
    terms = replace(FIVE_PER_HUNDRED, pending_days=14, expiry_months=12, timezone="Europe/London")

    decision = decide(terms, purchase(100_00))

    assert decision.available_at == datetime(2026, 11, 17, 12, tzinfo=UTC)
    assert decision.expires_at == datetime(2027, 12, 1, tzinfo=UTC)


def test_more_points_than_can_be_counted_are_refused():
    generous = Terms(earn_points=10**6, earn_per_minor=1, currency="EUR")

    with pytest.raises(TooManyPoints):
        decide(generous, purchase(POINTS_MAX // 10**6 + 1))
    assert engine.POINTS_MAX == POINTS_MAX


class _Program:
    earn_points, money_currency, pending_days, expiry_months, timezone = 5, "GBP", 0, 12, "Europe/London"

    def __init__(self, earn_per):
        from decimal import Decimal

        self.earn_per = Decimal(earn_per)


@pytest.mark.parametrize(("earn_per", "minor"), [("100.00", 100_00), ("0.50", 50), ("1E+2", 100_00), ("7", 7_00)])
def test_terms_of_a_program_count_money_in_its_smallest_unit(earn_per, minor):
    assert Terms.of(_Program(earn_per)) == Terms(
        earn_points=5, earn_per_minor=minor, currency="GBP", expiry_months=12, timezone="Europe/London"
    )


@given(any_terms, amounts, amounts)
def test_a_larger_purchase_never_gives_less(terms, one, another):
    small, large = sorted([one, another])

    assert decide(terms, purchase(small)).points <= decide(terms, purchase(large)).points


@given(any_terms, amounts, amounts)
def test_splitting_a_purchase_never_gives_more(terms, one, another):
    apart = decide(terms, purchase(one)).points + decide(terms, purchase(another)).points

    assert apart <= decide(terms, purchase(one + another)).points


@given(any_terms, amounts)
def test_the_lines_add_up_and_the_lot_can_be_spent_before_it_is_gone(terms, amount_minor):
    decision = decide(terms, purchase(amount_minor))

    assert decision.points == sum(line.points for line in decision.breakdown)
    assert decision.available_at >= NOON
    assert decision.expires_at is None or decision.expires_at > NOON
