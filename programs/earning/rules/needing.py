"""What has to be looked up before a rule set can decide."""

from collections.abc import Iterable

from programs.earning.rules.catalogue import LINES, ORDER
from programs.earning.rules.model import Effect, Leaf, Node, Not, Rule, RuleSet

COUNTERS = "counters"
TRIGGER = "trigger:"


def needs(rules: RuleSet) -> frozenset[str]:
    """What the facts that any rule or audience reads cost, "counters" where something is limited or a campaign counts,
    "referral" where a referrer gets something, and "trigger:<name>" for each trigger but a purchase."""
    found: set[str] = set()
    campaigns = {one.key: one for one in rules.campaigns}
    for rule in rules.rules:
        found |= _needs(rule)
        if rule.campaign:
            found |= _costs(campaigns[rule.campaign].audience)
    return frozenset(found)


def reads_lines(rules: RuleSet) -> bool:
    """Whether any rule asks about the lines of an order."""
    return any(
        any(leaf.fact.name.startswith(LINES) for leaf in leaves(rule.conditions))
        or any(_is_of_lines(effect) for effect in rule.effects)
        for rule in rules.rules
    )


def _is_of_lines(effect: Effect) -> bool:
    return bool(effect.items or effect.where or (effect.of and effect.of.fact.name.startswith(LINES)))


def _needs(rule: Rule) -> set[str]:
    found = _costs(rule.conditions)
    if rule.trigger != ORDER:
        found.add(TRIGGER + rule.trigger)
    if rule.limits or rule.campaign:
        found.add(COUNTERS)
    if any(effect.to == "referrer" for effect in rule.effects):
        found.add("referral")
    return found


def _costs(node: Node) -> set[str]:
    return {leaf.fact.costs for leaf in leaves(node) if leaf.fact.costs}


def leaves(node: Node) -> Iterable[Leaf]:
    """Every question of a tree, but for those about single lines."""
    if isinstance(node, Leaf):
        yield node
    else:
        for inner in (node.node,) if isinstance(node, Not) else node.nodes:
            yield from leaves(inner)
