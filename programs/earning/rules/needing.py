"""What has to be looked up before a rule set can decide."""

from collections.abc import Iterable

from programs.earning.rules.catalogue import ORDER
from programs.earning.rules.model import Effect, Leaf, Node, Not, Rule, RuleSet

COUNTERS = "counters"
TRIGGER = "trigger:"
OF_LINES = ("lines.", "line.")


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


def facts_read(rules: RuleSet) -> frozenset[str]:
    """The names of all facts that any rule or audience reads, those of lines too ("lines.amount", "line.sku")."""
    found: set[str] = set()
    for campaign in rules.campaigns:
        found |= _read_by(campaign.audience)
    for rule in rules.rules:
        found |= _read_by(rule.conditions)
        for effect in rule.effects:
            found |= _read_to_give(effect)
    return frozenset(found)


def reads_lines(rules: RuleSet) -> bool:
    """Whether any rule asks about the lines of an order."""
    return any(name.startswith(OF_LINES) for name in facts_read(rules))


def _read_by(node: Node | None) -> set[str]:
    found: set[str] = set()
    for leaf in leaves(node) if node else ():
        found.add(leaf.fact.name)
        found |= _read_by(leaf.where)
    return found


def _read_to_give(effect: Effect) -> set[str]:
    found = _read_by(effect.where)
    if effect.of:
        found |= {effect.of.fact.name} | _read_by(effect.of.where)
    if effect.where:
        # What a factor multiplies of some lines is counted by what they cost.
        found.add("lines.amount")
    return found | {"line.sku", "line.quantity"} if effect.items else found


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
