"""A rule set made ready: conditions as functions, rules in the order in which they are tried, and an index that finds
those which a happening can concern at all."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from programs.earning.rules.asking import Amount, ask, lines
from programs.earning.rules.happening import Happening, Seen
from programs.earning.rules.model import Effect, Every, Group, Leaf, Limit, Node, Rule, RuleSet, Schedule

# What rules are found by, the most telling first; a rule stands under the values of one of them.
OF_LINES = ("line.sku", "line.category")
OF_HAPPENING: dict[str, Callable[[Seen], str]] = {
    "member.tier": lambda seen: seen.member.tier,
    "order.channel": lambda seen: seen.purchase.source if seen.purchase else "",
}
BUDGET = {"scope": "campaign", "period": "ever"}


@dataclass(frozen=True, slots=True, eq=False)
class Compiled:
    """One rule, made ready: where it stands in the order of trying, whether it holds, and what its effects count."""

    position: int
    rule: Rule
    holds: Callable[[Seen], bool]
    counts: tuple[Amount | Callable[[Seen], int] | None, ...]
    limits: tuple[Limit, ...]


class Snapshot:
    """A version of a program's rules, which never changes."""

    def __init__(self, rules: RuleSet, version: int = 0):
        self.version, self.rules, self.zone = version, rules, ZoneInfo(rules.timezone)
        self.groups = tuple(sorted(rules.groups, key=_turn))
        turns = {group.key: turn for turn, group in enumerate(self.groups)}
        budgets = {
            one.key: tuple(
                Limit(**BUDGET, points=points, times=times)
                for points, times in ((one.points, None), (None, one.times))
                if points or times
            )
            for one in rules.campaigns
        }
        in_order = sorted(rules.rules, key=lambda rule: (turns[rule.group], rule.priority, rule.number))
        self.compiled = tuple(
            Compiled(
                position, rule, ask(rule.conditions), tuple(map(_count, rule.effects)),
                rule.limits + budgets.get(rule.campaign, ()),
            )
            for position, rule in enumerate(in_order)
        )  # fmt: skip
        self._everywhere: dict[str, list[Compiled]] = {}
        self._by_value: dict[str, dict[str, dict[str, list[Compiled]]]] = {}
        for one in self.compiled:
            self._enter(one)

    def see(self, happening: Happening) -> Seen:
        """The happening laid out for these rules."""
        return Seen(happening, self.zone)

    def candidates(self, seen: Seen) -> list[Compiled]:
        """The rules that the happening can concern, in the order of trying."""
        found = self._everywhere.get(seen.trigger, ())
        by_fact = self._by_value.get(seen.trigger)
        if not by_fact:
            return found
        chosen = {one.position: one for one in found}
        for fact, by_value in by_fact.items():
            values = seen.masks(fact) if fact in OF_LINES else (OF_HAPPENING[fact](seen),)
            for value in values:
                for one in by_value.get(value, ()):
                    chosen[one.position] = one
        return [chosen[position] for position in sorted(chosen)]

    def all_of(self, trigger: str) -> list[Compiled]:
        """Every rule of a trigger, in the order of trying."""
        return [one for one in self.compiled if one.rule.trigger == trigger]

    def _enter(self, one: Compiled) -> None:
        needed = _needed(one.rule)
        fact = next((name for name in (*OF_LINES, *OF_HAPPENING) if name in needed), None)
        if fact is None:
            self._everywhere.setdefault(one.rule.trigger, []).append(one)
            return
        by_value = self._by_value.setdefault(one.rule.trigger, {}).setdefault(fact, {})
        for value in needed[fact]:
            by_value.setdefault(value, []).append(one)


def is_on(schedule: Schedule, happening: Happening, seen: Seen) -> bool:
    """Whether the schedule is on at that moment."""
    if schedule.starts_at and happening.at < schedule.starts_at:
        return False
    if schedule.ends_at and happening.at >= schedule.ends_at:
        return False
    if schedule.weekdays and seen.local.weekday() not in schedule.weekdays:
        return False
    if schedule.hours:
        starts, ends = schedule.hours
        clock = seen.local.time()
        return starts <= clock < ends if starts < ends else clock >= starts or clock < ends
    return True


def _turn(group: Group) -> int:
    """Groups that block others go first, multipliers last; else they keep the order of the document."""
    if group.stage == "multiply":
        return 3
    return 0 if group.blocks else 1 if group.stage == "base" else 2


def _count(effect: Effect) -> Amount | Callable[[Seen], int] | None:
    """What an effect's points are counted by; of a multiplier the lines that it multiplies."""
    if effect.of:
        return Amount(effect.of)
    return lines(effect.where) if effect.where else None


def _needed(rule: Rule) -> dict[str, frozenset[str]]:
    """What must be among certain values for the rule to give anything: by its conditions, and by its effects where all
    of them count the same kind of lines."""
    found = _needed_by(rule.conditions)
    counted = [_needed_of_lines(where) if (where := _counted(effect)) else {} for effect in rule.effects]
    if counted and all(counted):
        for name in OF_LINES:
            if name not in found and all(name in one for one in counted):
                found[name] = frozenset().union(*(one[name] for one in counted))
    return found


def _counted(effect: Effect) -> Node | None:
    """The lines without which the effect gives nothing, where it is about some."""
    return effect.of.where if effect.of else effect.where


def _needed_by(node: Node) -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for leaf in _certain(node):
        if leaf.fact.name in OF_HAPPENING:
            found |= _values(leaf)
        elif leaf.where and _is_some(leaf):
            found |= _needed_of_lines(leaf.where)
    return found


def _needed_of_lines(node: Node) -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for leaf in _certain(node):
        if leaf.fact.name in OF_LINES:
            found |= _values(leaf)
    return found


def _certain(node: Node) -> Iterable[Leaf]:
    """The leaves without which the tree cannot hold; never those below "any" or "not"."""
    if isinstance(node, Leaf):
        yield node
    elif isinstance(node, Every):
        for inner in node.nodes:
            yield from _certain(inner)


def _values(leaf: Leaf) -> dict[str, frozenset[str]]:
    if leaf.operator == "equal":
        return {leaf.fact.name: frozenset([leaf.value])}
    return {leaf.fact.name: leaf.value} if leaf.operator == "in" else {}


def _is_some(leaf: Leaf) -> bool:
    """Whether it can only hold where there are such lines."""
    if leaf.operator == "greaterThan":
        return True
    if leaf.operator in ("greaterThanInclusive", "equal"):
        return leaf.value > 0
    return leaf.operator == "in" and 0 not in leaf.value
