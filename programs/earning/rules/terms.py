"""The rules that nobody wrote down: the program's own rate, and what tiers multiply it by."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Protocol

from programs.earning.rules.catalogue import FACTS, ORDER
from programs.earning.rules.effects import MULTIPLY, NET, PER_AMOUNT
from programs.earning.rules.model import Effect, Group, Leaf, Rule, RuleSet

BASE, BASE_NAME = "base", "Base rate"
MULTIPLIER = "multiplier"
# Documents have priorities from 0 to a million: this goes before all of its group, that after all.
FIRST, LAST = -1, 1_000_001


class Terms(Protocol):
    """What a program gives of itself: `earn_points` for each full `earn_per_minor`, and factors by tier."""

    earn_points: int
    earn_per_minor: int


def with_terms(
    rules: RuleSet,
    terms: Terms | None = None,
    *,
    earn_points: int = 0,
    earn_per_minor: int = 1,
    tier_factors: Sequence[tuple[str, Fraction]] = (),
) -> RuleSet:
    """The rules together with those of the program's terms, told one by one or as `terms`: a rule "base" in the first
    group of stage base (last in it where only the first rule gives), and for each tier with a factor above 1 a rule
    "tier-<code>" on all groups of that stage. A rule of the set with such a key stands for the implied one."""
    if terms is not None:
        earn_points, earn_per_minor = terms.earn_points, terms.earn_per_minor
        tier_factors = getattr(terms, "tier_factors", tier_factors)
    bases = [group for group in rules.groups if group.stage == "base"]
    if not bases:
        return rules
    implied = [_base(bases[0], earn_points, earn_per_minor)] if earn_points else []
    groups = rules.groups
    factors = [(code, factor) for code, factor in tier_factors if factor > 1]
    if factors:
        multiplier = next((group for group in groups if group.stage == "multiply"), None)
        if multiplier is None:
            multiplier = _new_multiplier(groups)
            groups = (*groups, multiplier)
        target = tuple(group.key for group in bases)
        implied += [_tier(code, factor, multiplier, target) for code, factor in factors]
    return replace(rules, groups=groups, rules=_numbered(rules.rules, implied))


def _numbered(rules: tuple[Rule, ...], implied: Iterable[Rule]) -> tuple[Rule, ...]:
    taken = {rule.key for rule in rules}
    more = [rule for rule in implied if rule.key not in taken]
    return (*rules, *(replace(rule, number=number) for number, rule in enumerate(more, len(rules))))


def _base(group: Group, points: int, per_minor: int) -> Rule:
    return Rule(
        number=0, key=BASE, name=BASE_NAME, trigger=ORDER, group=group.key,
        priority=LAST if group.mode == "first" else FIRST,
        effects=(Effect(type=PER_AMOUNT, points=points, per=per_minor, of=NET),),
    )  # fmt: skip


def _tier(code: str, factor: Fraction, group: Group, target: tuple[str, ...]) -> Rule:
    return Rule(
        number=0, key=f"tier-{code}", name=f"{code} tier", trigger=ORDER, group=group.key,
        priority=LAST if group.mode == "first" else FIRST,
        conditions=Leaf(FACTS["member.tier"], "equal", code),
        effects=(Effect(type=MULTIPLY, factor=factor, target=target),),
    )  # fmt: skip


def _new_multiplier(groups: tuple[Group, ...]) -> Group:
    taken = {group.key for group in groups}
    key = MULTIPLIER if MULTIPLIER not in taken else f"tier-{MULTIPLIER}"
    while key in taken:
        key += "-"
    return Group(key=key, stage="multiply")
