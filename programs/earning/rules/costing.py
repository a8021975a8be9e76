"""What rules can cost at the worst: all of them tried, on an order of a thousand lines that meets every one. Counted in
steps, of which a core does about ten in a microsecond, so that the bound holds on any machine and in any test."""

from collections.abc import Iterable, Iterator

from programs.earning.rules.catalogue import LABELS, LINES
from programs.earning.rules.counting import tallies
from programs.earning.rules.effects import MULTIPLY, PER_AMOUNT, PER_BUNDLE, PER_UNIT
from programs.earning.rules.model import Effect, Leaf, Measure, Node, Not, Rule, RuleSet

COST_MAX = 60_000
RULE, NODE, VALUE, LABEL, SUM = 10, 2, 1, 2500, 60
GIFT, RATE, ITEM, COUNTER, TALLY, PAIR = 10, 25, 4, 10, 10, 90


def costs(rules: RuleSet) -> Iterator[tuple[Rule, int]]:
    """Each rule with its steps. What a rule before it asked already is not asked again."""
    campaigns = {one.key: one for one in rules.campaigns}
    seen: set = set()
    narrowed: dict[str, int] = {}
    rates: dict[str, int] = {}
    for rule in rules.rules:
        steps = RULE + _tree(rule.conditions, seen)
        if rule.campaign:
            steps += _once(("audience", rule.campaign), _tree(campaigns[rule.campaign].audience, seen), seen)
        counted = len(tallies(rule, campaigns.get(rule.campaign), ()))
        steps += COUNTER * counted
        for effect in rule.effects:
            steps += _effect(effect, seen) + TALLY * counted
            # Each factor for some lines is worked out for each rate of its groups.
            if effect.type == MULTIPLY and effect.where:
                for group in effect.target:
                    narrowed[group] = narrowed.get(group, 0) + 1
                    steps += PAIR * rates.get(group, 0)
            elif effect.of:
                rates[rule.group] = rates.get(rule.group, 0) + 1
                steps += PAIR * narrowed.get(rule.group, 0)
        yield rule, steps


def too_costly(rules: RuleSet) -> Rule | None:
    """The rule with which a set begins to cost too much."""
    total = 0
    for rule, steps in costs(rules):
        total += steps
        if total > COST_MAX:
            return rule
    return None


def _effect(effect: Effect, seen: set) -> int:
    match effect.type:
        case _ if effect.type in (PER_AMOUNT, PER_UNIT):
            return RATE + _measure(effect.of, seen)
        case _ if effect.type == PER_BUNDLE:
            return GIFT + ITEM * len(effect.items)
        case _ if effect.type == MULTIPLY and effect.where:
            return RATE + _lines(effect.where, seen)
    return GIFT


def _measure(measure: Measure, seen: set) -> int:
    if not measure.where:
        return NODE
    return _lines(measure.where, seen) + _sum(measure.fact.name, measure.where, seen)


def _sum(name: str, where: Node, seen: set) -> int:
    return NODE if name == "lines.count" else _once((name, where), SUM, seen)


def _tree(node: Node, seen: set) -> int:
    if isinstance(node, Leaf):
        if node.where and node.fact.name.startswith(LINES):
            return NODE + _lines(node.where, seen) + _sum(node.fact.name, node.where, seen)
        return NODE
    return NODE + sum(_tree(inner, seen) for inner in _inner(node))


def _lines(node: Node, seen: set) -> int:
    """A tree about lines, asked of all of them at once."""
    if not isinstance(node, Leaf):
        return NODE + sum(_lines(inner, seen) for inner in _inner(node))
    name = node.fact.name
    label = _once(name, LABEL, seen) if name.startswith(LABELS) else 0
    return NODE + label + (VALUE * len(node.value) if isinstance(node.value, frozenset) else 0)


def _inner(node: Node) -> Iterable[Node]:
    return (node.node,) if isinstance(node, Not) else node.nodes


def _once(what: object, steps: int, seen: set) -> int:
    if what in seen:
        return 0
    seen.add(what)
    return steps
