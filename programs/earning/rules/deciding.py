"""What a happening gives under a program's rules, and why. Pure: no database, no clock, no float."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from typing import NamedTuple

from loyalty.http.money import from_minor
from programs.earning.rules.asking import Amount
from programs.earning.rules.catalogue import Kind
from programs.earning.rules.compiled import Compiled, Snapshot, is_on
from programs.earning.rules.effects import FIXED, MULTIPLY, PER_AMOUNT, PER_BUNDLE, PER_UNIT
from programs.earning.rules.happening import Happening, Seen
from programs.earning.rules.model import Effect, Group, Life, Limit, Rule
from programs.earning.rules.sentences import bound, plain

MULTIPLIED = (PER_AMOUNT, PER_UNIT)


class Counter(NamedTuple):
    """What a limit counts: whose (a member's id, or nothing for all), under which rule or campaign, since when."""

    scope: str
    owner: str
    subject: str
    period: str
    since: str


class Used(NamedTuple):
    """How much of a counter is used."""

    points: int = 0
    times: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Gift:
    """One rule's part: so many points for whom, and how they came about. `cut` were due besides and fell to a limit;
    what is no points is named by its kind and code."""

    rule: Rule
    effect: Effect
    points: int
    receiver: str
    reason: str
    cut: int = 0

    @property
    def life(self) -> Life:
        """When the points begin to count and when they are gone, where the rule says so."""
        return self.effect.life


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a happening gives: the gifts in the order of deciding, what they add to each counter, and of the rules that
    were tried and gave nothing the first reason (only where it was asked for)."""

    gifts: tuple[Gift, ...]
    used: Mapping[Counter, Used]
    refused: Mapping[int, str] = field(default_factory=dict)

    def points_of(self, receiver: str = "member") -> int:
        """All the points for the member, or for the referrer."""
        return sum(gift.points for gift in self.gifts if gift.receiver == receiver and _is_points(gift.effect))


def decide(
    snapshot: Snapshot, happening: Happening, used: Mapping[Counter, Used] | None = None, *, explain: bool = False
) -> Verdict:
    """What the happening gives. `used` says how much of the limits was used before; a counter that is not there is
    unused. The same input always gives the same verdict. With `explain` every rule is tried and says why not."""
    return _Decision(snapshot, happening, used or {}, explain).made()


class _Decision:
    def __init__(self, snapshot: Snapshot, happening: Happening, used: Mapping[Counter, Used], explain: bool):
        self.snapshot, self.happening, self.before = snapshot, happening, used
        self.seen = snapshot.see(happening)
        self.added: dict[Counter, Used] = {}
        self.gifts: list[Gift] = []
        self.counted: list[tuple[Gift, Amount]] = []
        self.refused: dict[int, str] | None = {} if explain else None
        # What the multipliers add, exactly and as rounded so far: they are rounded together, not each by itself.
        self.exact, self.rounded = Fraction(0), 0

    def made(self) -> Verdict:
        seen, snapshot = self.seen, self.snapshot
        tried = snapshot.candidates(seen) if self.refused is None else snapshot.all_of(seen.trigger)
        by_group: dict[str, list[Compiled]] = {}
        for one in tried:
            by_group.setdefault(one.rule.group, []).append(one)
        blocked: dict[str, str] = {}
        for group in snapshot.groups:
            rules = by_group.get(group.key)
            if not rules:
                continue
            if group.key in blocked:
                self._refuse(rules, f"blocked by {blocked[group.key]}")
                continue
            giver = self._give(group, rules)
            if giver:
                for key in group.blocks:
                    blocked.setdefault(key, f"'{giver.name}'")
        return Verdict(gifts=tuple(self.gifts), used=self.added, refused=self.refused or {})

    def _give(self, group: Group, rules: list[Compiled]) -> Rule | None:
        """Lets the rules of a group give, as its mode says; the first that gave something."""
        if group.mode == "best":
            return self._give_best(group, rules)
        first = None
        for index, one in enumerate(rules):
            gifts = self._tried(one, group)
            if not gifts:
                continue
            self._keep(one, gifts)
            first = first or one.rule
            if group.mode == "first" or one.rule.stop:
                self._refuse(rules[index + 1 :], f"'{one.rule.name}' came first")
                break
        return first

    def _give_best(self, group: Group, rules: list[Compiled]) -> Rule | None:
        best: tuple[Compiled, list[Gift]] | None = None
        exact, rounded = self.exact, self.rounded
        for one in rules:
            self.exact, self.rounded = exact, rounded
            gifts = self._tried(one, group)
            if gifts and (best is None or _worth(gifts) > _worth(best[1])):
                best = one, gifts
        self.exact, self.rounded = exact, rounded
        if best is None:
            return None
        winner = best[0]
        self._keep(winner, self._tried(winner, group))
        self._refuse([one for one in rules if one is not winner], f"'{winner.rule.name}' gives more")
        return winner.rule

    def _tried(self, one: Compiled, group: Group) -> list[Gift]:
        """What the rule gives, its limits kept; nothing is counted yet."""
        if not is_on(one.rule.schedule, self.happening, self.seen):
            return self._refuse([one], "not on at that time")
        if not one.holds(self.seen):
            return self._refuse([one], "its conditions do not hold")
        exact, rounded = self.exact, self.rounded
        due = [self._due(effect, count, group) for effect, count in zip(one.rule.effects, one.counts, strict=True)]
        if not any(points for points, _ in due):
            return self._refuse([one], "worth nothing here")
        gifts = self._limited(one, due)
        if not gifts:
            self.exact, self.rounded = exact, rounded
        return gifts

    def _due(self, effect: Effect, count, group: Group) -> tuple[int, str]:
        """The points of one effect before limits, and how they come about."""
        if effect.type == FIXED:
            if effect.to == "referrer" and not self.seen.member.referrer_id:
                return 0, ""
            return effect.points, f"{effect.points} points"
        if effect.type in MULTIPLIED:
            amount = count(self.seen)
            times = int(amount // effect.per)
            return times * effect.points, self._said(effect, amount, times)
        if effect.type == PER_BUNDLE:
            sets = self._sets(effect)
            return sets * effect.points, f"{sets} x {effect.points} points for a bundle"
        if effect.type == MULTIPLY:
            return self._multiplied(effect, count, group)
        return effect.points, effect.code

    def _said(self, effect: Effect, amount, times: int) -> str:
        if effect.of.fact.kind is not Kind.MONEY:
            return f"{times} x {effect.points} points: {amount} is {times} full times {effect.per}"
        currency = self.snapshot.rules.currency
        paid, per = from_minor(amount, currency), from_minor(effect.per, currency)
        return f"{times} x {effect.points} points: {paid} {currency} is {times} full times {per}"

    def _sets(self, effect: Effect) -> int:
        masks = self.seen.masks("line.sku")
        sets = min(
            int(self.seen.total("line.quantity", masks.get(item.sku, 0)) // item.quantity) for item in effect.items
        )
        return sets if effect.max_sets is None else min(sets, effect.max_sets)

    def _multiplied(self, effect: Effect, lines: Callable[[Seen], int] | None, group: Group) -> tuple[int, str]:
        """What a factor adds to what its groups gave, to fixed points and bundles nothing; where it is for some lines
        only, to what these alone would have given."""
        mask = lines(self.seen) if lines else 0
        base = sum(
            gift.points
            if lines is None
            else min(gift.points, int(amount.within(self.seen, mask) // gift.effect.per) * gift.effect.points)
            for gift, amount in self.counted
            if gift.rule.group in effect.target
        )
        if group.combine == "compound":
            base += self.exact
        self.exact += base * (effect.factor - 1)
        rounded = _rounded(self.exact, self.snapshot.rules.rounding)
        points, self.rounded = rounded - self.rounded, rounded
        return points, f"{plain(effect.factor - 1)} x {plain(Fraction(base))} points"

    def _limited(self, one: Compiled, due: list[tuple[int, str]]) -> list[Gift]:
        """The gifts that the limits leave of what is due."""
        adding: dict[Counter, int] = {}
        for limit in one.limits:
            if limit.times is not None:
                receivers = {self._subject(limit, effect.to) for effect in one.rule.effects}
                for subject in receivers:
                    counter = self._counter(limit, one.rule, subject)
                    if self._so_far(counter).times >= limit.times:
                        return self._refuse([one], f"used up: {_said_limit(limit)}")
        gifts = []
        for effect, (points, reason) in zip(one.rule.effects, due, strict=True):
            if not points:
                continue
            left, by = self._left(one, effect, points, adding) if _is_points(effect) else (points, None)
            if left < points and by and not by.truncate:
                return self._refuse([one], f"{points} points were due: {_said_limit(by)}")
            if left:
                told = f"{reason}, cut from {points} to {left} by {_said_limit(by)}" if left < points else reason
                gifts.append(
                    Gift(rule=one.rule, effect=effect, points=left, receiver=effect.to, reason=told, cut=points - left)
                )
        return gifts or self._refuse([one], "used up: its limits leave nothing")

    def _left(self, one: Compiled, effect: Effect, points: int, adding: dict[Counter, int]) -> tuple[int, Limit | None]:
        """How many of the points the limits leave, and the limit that cuts them."""
        by, counters = None, []
        for limit in one.limits:
            if limit.points is None:
                continue
            counter = self._counter(limit, one.rule, self._subject(limit, effect.to))
            counters.append(counter)
            room = max(0, limit.points - self._so_far(counter).points - adding.get(counter, 0))
            if room < points:
                points, by = room, limit
        for counter in set(counters):
            adding[counter] = adding.get(counter, 0) + points
        return points, by

    def _keep(self, one: Compiled, gifts: list[Gift]) -> None:
        """Counts what the rule gives: its points, and that it gave once."""
        self.gifts += gifts
        counts = dict(zip(map(id, one.rule.effects), one.counts, strict=True))
        self.counted += [(gift, counts[id(gift.effect)]) for gift in gifts if gift.effect.type in MULTIPLIED]
        counted: set[Counter] = set()
        for gift in gifts:
            for counter in {
                self._counter(limit, one.rule, self._subject(limit, gift.receiver)) for limit in one.limits
            }:
                so_far = self.added.get(counter, Used())
                points = gift.points if _is_points(gift.effect) else 0
                self.added[counter] = Used(so_far.points + points, so_far.times + (counter not in counted))
                counted.add(counter)

    def _subject(self, limit: Limit, receiver: str) -> str:
        if limit.scope == "member":
            return self.seen.member.id
        if limit.scope == "recipient":
            return self.seen.member.id if receiver == "member" else self.seen.member.referrer_id
        return ""

    def _counter(self, limit: Limit, rule: Rule, subject: str) -> Counter:
        owner = rule.campaign if limit.scope == "campaign" else rule.key
        return Counter(limit.scope, owner, subject, limit.period, _since(limit.period, self.seen))

    def _so_far(self, counter: Counter) -> Used:
        before, added = self.before.get(counter, Used()), self.added.get(counter, Used())
        return Used(before.points + added.points, before.times + added.times)

    def _refuse(self, rules: list[Compiled], reason: str) -> list:
        if self.refused is not None:
            for one in rules:
                self.refused.setdefault(one.rule.number, reason)
        return []


def _since(period: str, seen: Seen) -> str:
    """The first day of the period, by the program's calendar."""
    day: date = seen.local.date()
    match period:
        case "week":
            day -= timedelta(days=day.weekday())
        case "month":
            day = day.replace(day=1)
        case "year":
            day = day.replace(month=1, day=1)
        case "ever":
            return ""
    return day.isoformat()


def _is_points(effect: Effect) -> bool:
    return effect.type.startswith("points.")


def _worth(gifts: list[Gift]) -> int:
    return sum(gift.points for gift in gifts if _is_points(gift.effect))


def _rounded(value: Fraction, way: str) -> int:
    if way == "half_up":
        return int(value + Fraction(1, 2))
    return -int(-value // 1) if way == "up" else int(value)


def _said_limit(limit: Limit | None) -> str:
    return f"the limit of {bound(limit)}" if limit else ""
