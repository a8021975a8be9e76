"""A rule set made ready: conditions as functions, rules in the order in which they are tried, and an index that finds
those which a happening can concern at all."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from operator import attrgetter
from zoneinfo import ZoneInfo

from loyalty.http.money import from_minor
from programs.earning.rules.asking import Amount, ask, lines
from programs.earning.rules.counting import Counter, Tally, since, tallies
from programs.earning.rules.effects import FIXED, MULTIPLY, OF_POINTS, PER_AMOUNT
from programs.earning.rules.giving import Gift
from programs.earning.rules.happening import Happening, Seen
from programs.earning.rules.model import Campaign, Effect, Every, Group, Leaf, Limit, Node, Rule, RuleSet, Schedule
from programs.earning.rules.multiplying import parts
from programs.earning.rules.needing import needs
from programs.earning.rules.sentences import plain

_position = attrgetter("position")
# What rules are found by, the most telling first; a rule stands under the values of one of them.
OF_LINES = ("line.sku", "line.category")
OF_HAPPENING: dict[str, Callable[[Seen], str]] = {
    "member.tier": attrgetter("member.tier"),
    "order.channel": lambda seen: seen.purchase.source if seen.purchase else "",
}


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """One effect, made ready: what it counts or, of a multiplier, which lines it multiplies; what of it does not
    change from one happening to the next."""

    effect: Effect
    count: Amount | Callable[[Seen], int] | None
    is_points: bool
    said: str
    more: int


@dataclass(frozen=True, slots=True, eq=False)
class Running:
    """A campaign, made ready."""

    campaign: Campaign
    schedule: Schedule | None
    holds: Callable[[Seen], bool] | None
    limits: tuple[Limit, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Compiled:
    """One rule, made ready: where it stands in the order of trying, when it is on, whether it holds, its effects, what
    it is counted in, whether a limit of points can cut it, what it gives if that is always the `same`, the campaign
    that it belongs to, and whether there is what multiplies the points of its group."""

    position: int
    rule: Rule
    schedule: Schedule | None
    holds: Callable[[Seen], bool]
    parts: tuple[Part, ...]
    tallies: tuple[Tally, ...]
    has_times: bool
    is_cut: bool
    multiplies: bool
    same: tuple[tuple[Gift, ...], tuple[()]] | None
    running: Running | None
    is_multiplied: bool


Turns = list[tuple[str, list[Compiled]]]
"""Rules by the keys of their groups, in the order of trying."""


class Snapshot:
    """A version of a program's rules, which never changes."""

    def __init__(self, rules: RuleSet, version: int = 0):
        self.version, self.rules, self.zone = version, rules, ZoneInfo(rules.timezone)
        self.groups = _in_order(rules.groups)
        self.by_key = {group.key: group for group in self.groups}
        turns = {group.key: turn for turn, group in enumerate(self.groups)}
        shared: dict[str, dict[Limit, None]] = {one.key: {} for one in rules.campaigns}
        for rule in rules.rules:
            if rule.campaign:
                shared[rule.campaign] |= {limit: None for limit in rule.limits if limit.scope == "campaign"}
        running = {one.key: _running(one, tuple(shared[one.key])) for one in rules.campaigns}

        def place(rule: Rule) -> tuple:
            campaign = running[rule.campaign].campaign if rule.campaign else None
            first = rule.priority if campaign is None or campaign.priority is None else campaign.priority
            return turns[rule.group], first, rule.priority, rule.number

        multiplied = frozenset(key for rule in rules.rules for effect in rule.effects for key in effect.target)
        self.compiled = tuple(
            _compiled(position, rule, running.get(rule.campaign), rules.currency, rule.group in multiplied)
            for position, rule in enumerate(sorted(rules.rules, key=place))
        )
        self.needs = needs(rules)
        self._everywhere: dict[str, list[Compiled]] = {}
        self._by_value: dict[str, dict[str, dict[str, list[Compiled]]]] = {}
        self._turns: dict[str, Turns] = {}
        for one in self.compiled:
            self._enter(one)

    def see(self, happening: Happening) -> Seen:
        """The happening laid out for these rules."""
        return Seen(happening, self.zone)

    def candidates(self, seen: Seen, *, whoever: bool = False) -> list[Compiled]:
        """The rules that the happening can concern, in the order of trying; `whoever` the member may be."""
        found = self._everywhere.get(seen.trigger, ())
        by_fact = self._by_value.get(seen.trigger)
        if not by_fact:
            return found
        more: list[Compiled] = []
        for fact, by_value in by_fact.items():
            if fact in OF_LINES:
                for value in by_value.keys() & seen.values(fact):
                    more += by_value[value]
            elif whoever and fact.startswith("member."):
                for rules in by_value.values():
                    more += rules
            elif (value := OF_HAPPENING[fact](seen)) in by_value:
                more += by_value[value]
        # A rule that stands under several values is found once; the order lies nearly ready.
        return list(dict.fromkeys(sorted((*found, *more), key=_position))) if more else found

    def turns(self, seen: Seen) -> Turns:
        """The rules that the happening can concern, group by group."""
        everywhere = self._turns.get(seen.trigger)
        if everywhere is None:
            everywhere = self._turns[seen.trigger] = in_turns(self._everywhere.get(seen.trigger, ()))
        found = self.candidates(seen)
        return everywhere if found is self._everywhere.get(seen.trigger) else in_turns(found)

    def counters(self, happening: Happening) -> frozenset[Counter]:
        """Every counter that deciding about it can read, to be looked up before. Of the member only its id and who
        referred it have to be known."""
        seen, found = self.see(happening), set()
        subjects = {"member": (happening.member.id,), "recipient": (happening.member.id, happening.member.referrer_id)}
        for one in self.candidates(seen, whoever=True):
            if not (is_on(one.schedule, happening, seen) and (
                one.running is None or is_on(one.running.schedule, happening, seen)
            )):  # fmt: skip
                continue
            for tally in one.tallies:
                if tally.is_bounded:
                    start = since(tally.period, seen.local.date())
                    found.update(
                        Counter(tally.scope, tally.owner, subject, tally.period, start)
                        for subject in subjects.get(tally.scope, ("",))
                        if subject or tally.scope != "recipient"
                    )
        return frozenset(found)

    @cached_property
    def bounds(self) -> dict[tuple[str, str, str], tuple[int | None, int | None]]:
        """The most points and times of each counter, by scope, owner and period."""
        found: dict[tuple[str, str, str], tuple[list[int], list[int]]] = {}
        for one in self.compiled:
            for tally in one.tallies:
                points, times = found.setdefault((tally.scope, tally.owner, tally.period), ([], []))
                points += [limit.points for limit in (*tally.cuts, *tally.rejects)]
                times += [limit.times for limit in tally.times]
        return {key: (min(points, default=None), min(times, default=None)) for key, (points, times) in found.items()}

    def all_of(self, trigger: str) -> list[Compiled]:
        """Every rule of a trigger, in the order of trying."""
        return [one for one in self.compiled if one.rule.trigger == trigger]

    def _enter(self, one: Compiled) -> None:
        needed = _needed(one.rule, one.running)
        fact = next((name for name in (*OF_LINES, *OF_HAPPENING) if name in needed), None)
        if fact is None:
            self._everywhere.setdefault(one.rule.trigger, []).append(one)
            return
        by_value = self._by_value.setdefault(one.rule.trigger, {}).setdefault(fact, {})
        for value in needed[fact]:
            by_value.setdefault(value, []).append(one)


def in_turns(rules: Iterable[Compiled]) -> Turns:
    """The rules by group; they stand in the order of their groups, and so do these."""
    by_group: dict[str, list[Compiled]] = {}
    for one in rules:
        by_group.setdefault(one.rule.group, []).append(one)
    return list(by_group.items())


def is_on(schedule: Schedule | None, happening: Happening, seen: Seen) -> bool:
    """Whether the schedule is on at that moment; none is always on."""
    if schedule is None:
        return True
    if schedule.starts_at and happening.at < schedule.starts_at:
        return False
    if schedule.ends_at and happening.at >= schedule.ends_at:
        return False
    is_yesterdays = False
    if schedule.hours:
        starts, ends = schedule.hours
        clock = seen.local.time()
        if starts < ends:
            if not starts <= clock < ends:
                return False
        elif clock < ends:
            is_yesterdays = True
        elif clock < starts:
            return False
    # Hours that pass midnight belong to the day on which they begin.
    return not schedule.weekdays or (seen.local.weekday() - is_yesterdays) % 7 in schedule.weekdays


def _compiled(position: int, rule: Rule, running: Running | None, currency: str, is_multiplied: bool) -> Compiled:
    counted = tallies(rule, running.campaign, running.limits) if running else tallies(rule, None)
    ready = tuple(_part(effect, currency) for effect in rule.effects)
    return Compiled(
        position=position, rule=rule, schedule=_timed(rule.schedule), holds=ask(rule.conditions),
        parts=ready, tallies=counted, running=running,
        has_times=any(tally.times for tally in counted),
        is_cut=any(tally.cuts or tally.rejects for tally in counted),
        multiplies=any(effect.type == MULTIPLY for effect in rule.effects),
        same=None if counted else _same(rule, ready),
        is_multiplied=is_multiplied,
    )  # fmt: skip


def _part(effect: Effect, currency: str) -> Part:
    factor = effect.factor - 1
    match effect.type:
        case _ if effect.type == FIXED:
            said = f"{effect.points} points"
        case _ if effect.type == MULTIPLY:
            said = f"{plain(factor)} x "
        case _ if effect.type == PER_AMOUNT:
            said = from_minor(effect.per, currency)
        case _:
            said = str(effect.per) if effect.of else effect.code
    return Part(effect, _count(effect), effect.type in OF_POINTS, said, parts(factor))


def _same(rule: Rule, ready: tuple[Part, ...]) -> tuple[tuple[Gift, ...], tuple[()]] | None:
    """What a rule without limits gives whenever it holds, if that is always the same; and that nothing of it is
    multiplied."""
    if any(part.effect.type != FIXED or part.effect.to != "member" for part in ready):
        return None
    return tuple(Gift(rule, part.effect, part.effect.points, "member", part.said) for part in ready), ()


def _running(campaign: Campaign, limits: tuple[Limit, ...]) -> Running:
    holds = None if campaign.audience == Every(()) else ask(campaign.audience)
    return Running(campaign=campaign, schedule=_timed(campaign.schedule), holds=holds, limits=limits)


def _timed(schedule: Schedule) -> Schedule | None:
    return None if schedule == Schedule() else schedule


def _in_order(groups: tuple[Group, ...]) -> tuple[Group, ...]:
    """Groups that block others go first, each before those that it blocks, multipliers last; else they keep the order
    of the document, and so do those that block each other."""
    waiting = [group for group in groups if group.blocks]
    found: list[Group] = []
    while waiting:
        blocked = {key for group in waiting for key in group.blocks}
        first = next((group for group in waiting if group.key not in blocked), waiting[0])
        waiting.remove(first)
        found.append(first)
    return (*found, *sorted((group for group in groups if not group.blocks), key=_turn))


def _turn(group: Group) -> int:
    return ("base", "bonus", "multiply").index(group.stage)


def _count(effect: Effect) -> Amount | Callable[[Seen], int] | None:
    """What an effect's points are counted by; of a multiplier the lines that it multiplies."""
    if effect.of:
        return Amount(effect.of)
    return lines(effect.where) if effect.where else None


def _needed(rule: Rule, running: Running | None) -> dict[str, frozenset[str]]:
    """What must be among certain values for the rule to give anything: by its campaign's audience, by its conditions,
    and by its effects where all of them count the same kind of lines."""
    found = (_needed_by(running.campaign.audience) if running else {}) | _needed_by(rule.conditions)
    counted = list(map(_needed_for, rule.effects))
    if counted and all(counted):
        for name in OF_LINES:
            if name not in found and all(name in one for one in counted):
                found[name] = frozenset().union(*(one[name] for one in counted))
    return found


def _needed_for(effect: Effect) -> dict[str, frozenset[str]]:
    """What lines there must be for the effect to give anything; of a bundle one of its SKUs is enough to find it."""
    if effect.items:
        return {"line.sku": frozenset([effect.items[0].sku])}
    where = effect.of.where if effect.of else effect.where
    return _needed_of_lines(where) if where else {}


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
