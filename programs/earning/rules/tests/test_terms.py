"""A program's own rate and its tiers' factors, as rules that nobody wrote down."""

from dataclasses import dataclass
from fractions import Fraction

from msgspec.structs import replace

from programs.earning.rules.compiled import Snapshot
from programs.earning.rules.deciding import decide
from programs.earning.rules.terms import with_terms
from programs.earning.rules.tests.orders import ANA, fixed, order, per, snapshot, times

GOLD = replace(ANA, tier="gold")
RATE = {"earn_points": 1, "earn_per_minor": 100}
FACTORS = [("gold", Fraction("1.5")), ("blue", Fraction(1))]


def given(made: Snapshot, happening=None, **terms) -> dict[str, int]:
    rules = Snapshot(with_terms(made.rules, **(RATE | terms)))
    return {gift.rule.key: gift.points for gift in decide(rules, happening or order("19.00", member=GOLD)).gifts}


def test_the_programs_rate_counts_beside_the_rules_and_is_told_as_ever():
    made = snapshot({"effects": [fixed(5)], "group": "bonus"})
    base, bonus = decide(Snapshot(with_terms(made.rules, **RATE)), order("5.00")).gifts
    assert (base.rule.key, base.rule.name, base.points) == ("base", "Base rate", 5)
    assert base.reason == "5 x 1 points: 5.00 USD is 5 full times 1.00"
    assert bonus.points == 5


def test_a_rule_of_that_key_stands_for_the_rate_and_a_rate_of_nothing_is_none():
    assert given(snapshot({"key": "base", "effects": [per(3)]})) == {"base": 57}
    assert given(snapshot(), earn_points=0) == {}
    assert given(snapshot(groups=[{"key": "bonus"}])) == {}


def test_the_rate_goes_first_but_last_where_only_the_first_rule_gives():
    stop = {"effects": [per(2)], "stop": True}
    assert given(snapshot(stop)) == {"base": 19, "r0": 38}
    first = [{"key": "base", "stage": "base", "mode": "first"}]
    assert given(snapshot(stop, groups=first)) == {"r0": 38}
    assert given(snapshot(groups=first)) == {"base": 19}


def test_a_tier_multiplies_what_the_base_groups_give_and_no_bonus():
    bonus = {"effects": [per(1)], "group": "bonus"}
    assert given(snapshot(bonus), tier_factors=FACTORS) == {"base": 19, "r0": 19, "tier-gold": 9}
    assert given(snapshot(bonus), order("19.00"), tier_factors=FACTORS) == {"base": 19, "r0": 19}
    assert given(snapshot({"key": "tier-gold", "effects": [fixed(1)]}), tier_factors=FACTORS)["tier-gold"] == 1


def test_a_tiers_factor_compounds_where_its_group_does():
    groups = [{"key": "a", "stage": "base"}, {"key": "m", "stage": "multiply", "combine": "compound"}]
    double = {"effects": [times("2", None, "a")], "group": "m"}
    assert given(snapshot(double, groups=groups), tier_factors=FACTORS) == {"base": 19, "tier-gold": 9, "r0": 29}


def test_a_group_for_the_factors_is_made_where_there_is_none():
    for key in ("bonus", "multiplier"):
        made = snapshot(groups=[{"key": "a", "stage": "base"}, {"key": key}])
        assert given(made, tier_factors=FACTORS) == {"base": 19, "tier-gold": 9}


def test_terms_can_be_told_as_one():
    @dataclass
    class Told:
        earn_points: int = 1
        earn_per_minor: int = 100
        tier_factors: tuple = (("gold", Fraction(2)),)

    rules = with_terms(snapshot().rules, Told())
    assert [rule.key for rule in rules.rules] == ["base", "tier-gold"]
    assert Snapshot(rules).needs == {"tier"}
