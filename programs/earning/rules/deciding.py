"""What a happening gives under a program's rules, and why. Pure: no database, no clock, no float."""

from collections.abc import Mapping, Sequence
from fractions import Fraction

import msgspec

from loyalty.http.money import from_minor
from programs.earning.rules.asking import Amount
from programs.earning.rules.catalogue import Kind
from programs.earning.rules.compiled import Compiled, Part, Running, Snapshot, in_turns, is_on
from programs.earning.rules.counting import Counter, Used
from programs.earning.rules.effects import FIXED, MULTIPLY, PER_AMOUNT, PER_BUNDLE, PER_UNIT
from programs.earning.rules.giving import Gift, Verdict
from programs.earning.rules.happening import Happening, Seen
from programs.earning.rules.limiting import Limits, Rooms, alone, counted, leave, said_limit
from programs.earning.rules.model import Effect, Group, Rule
from programs.earning.rules.multiplying import PARTS, Multiplied, Parts
from programs.earning.rules.sentences import plain

__all__ = ["Counter", "Gift", "Used", "Verdict", "decide", "still_holds"]

RATES = (PER_AMOUNT, PER_UNIT)
SOME_LIMIT = "a limit"


def decide(
    snapshot: Snapshot,
    happening: Happening,
    used: Mapping[Counter, Used] | None = None,
    *,
    explain: bool = False,
    seen: Seen | None = None,
    reasons: bool = True,
) -> Verdict:
    """What the happening gives. `used` says how much of the limits was used before; a counter that is not there is
    unused. The same input always gives the same verdict. With `explain` every rule is tried and says why not; without
    `reasons` gifts do not say how they came about. `seen` is the happening, where it has been laid out already."""
    return _Decision(snapshot, happening, used or {}, seen or snapshot.see(happening), explain, reasons).made()


def still_holds(snapshot: Snapshot, rule_key: str, happening: Happening) -> bool:
    """Whether the rule's conditions hold of it, whatever its schedule, campaign, group and limits say: for a purchase
    of which something came back. A rule that is not there holds no more."""
    for one in snapshot.all_of(happening.trigger):
        if one.rule.key == rule_key:
            return one.holds(snapshot.see(happening))
    return False


class Base(msgspec.Struct, frozen=True):
    """What multipliers count of an effect: as much of it as the limits had left before this happening, were it alone.
    What others of the same happening take from the same limit is not missing here, or more of theirs could make less
    of the whole."""

    points: int
    effect: Effect
    amount: Amount


class _Decision:
    __slots__ = ("base", "gifts", "happening", "limits", "multiplied", "outside", "rates", "refused", "seen",
                 "snapshot", "tells", "within")  # fmt: skip

    def __init__(
        self,
        snapshot: Snapshot,
        happening: Happening,
        used: Mapping[Counter, Used],
        seen: Seen,
        explain: bool,
        reasons: bool,
    ):
        self.snapshot, self.happening, self.seen, self.tells = snapshot, happening, seen, reasons
        self.limits = Limits(seen, used)
        self.gifts: list[Gift] = []
        # What can be multiplied, by group: the points, and the effects with what they were counted by.
        self.base: dict[str, int] = {}
        self.rates: dict[str, list[Base]] = {}
        self.multiplied = Multiplied(snapshot.rules.rounding)
        self.within: dict[tuple[str, int], int] = {}
        self.outside: dict[str, str] = {}
        self.refused: dict[int, str] | None = {} if explain else None

    def made(self) -> Verdict:
        seen, snapshot = self.seen, self.snapshot
        turns = snapshot.turns(seen) if self.refused is None else in_turns(snapshot.all_of(seen.trigger))
        blocked: dict[str, str] = {}
        for key, rules in turns:
            if key in blocked:
                self._pass_over(rules, f"blocked by {blocked[key]}")
                continue
            group = snapshot.by_key[key]
            giver = self._give(group, rules)
            if giver:
                for other in group.blocks:
                    blocked.setdefault(other, f"'{giver.name}'")
        return Verdict(gifts=tuple(self.gifts), used=self.limits.added, refused=self.refused or {})

    def _give(self, group: Group, rules: list[Compiled]) -> Rule | None:
        """Lets the rules of a group give, as its mode says; the first that gave something."""
        if group.mode == "best":
            return self._give_best(group, rules)
        first, seen, tells_why_not = None, self.seen, self.refused is not None
        for index, one in enumerate(rules):
            if one.running or tells_why_not:
                gifts, bases = self._tried(one, group)
            elif not is_on(one.schedule, self.happening, seen) or not one.holds(seen):
                # Most rules of most happenings end here.
                continue
            else:
                gifts, bases = one.same or self._given(one, group)
            if not gifts:
                # Others of this order may have used up its limit: what is multiplied is none the less for it.
                if bases and group.mode == "all":
                    self._keep(one, gifts, bases)
                continue
            self._keep(one, gifts, bases)
            first = first or one.rule
            if group.mode == "first" or one.rule.stop:
                self._pass_over(rules[index + 1 :], f"'{one.rule.name}' came first")
                break
        return first

    def _give_best(self, group: Group, rules: list[Compiled]) -> Rule | None:
        best: tuple[Compiled, Sequence[Gift], Sequence[Base], tuple] | None = None
        before = self.multiplied.mark()
        for one in rules:
            self.multiplied.reset(before)
            gifts, bases = self._tried(one, group)
            if gifts and (best is None or _worth(gifts) > _worth(best[1])):
                best = one, gifts, bases, self.multiplied.mark()
        self.multiplied.reset(best[3] if best else before)
        if best is None:
            return None
        winner, gifts, bases, _ = best
        self._keep(winner, gifts, bases)
        self._pass_over([one for one in rules if one is not winner], f"'{winner.rule.name}' gives more")
        return winner.rule

    def _tried(self, one: Compiled, group: Group) -> tuple[Sequence[Gift], Sequence[Base]]:
        """What the rule gives where it is on and holds."""
        reason = self._why_not(one)
        return self._refuse(one, reason) if reason else self._given(one, group)

    def _given(self, one: Compiled, group: Group) -> tuple[Sequence[Gift], Sequence[Base]]:
        """What a rule that is on and holds gives, its limits kept, and what of it is multiplied; nothing is counted
        yet but what its multipliers add."""
        before = self.multiplied.mark() if one.multiplies else None
        if one.tallies:
            rooms = Rooms(self.limits, one)
            if one.has_times and (limit := rooms.used_up()):
                return self._refuse(one, f"used up: {said_limit(limit)}" if self.tells else SOME_LIMIT)
            gifts, bases, reason = self._limited(one, group, rooms)
        else:
            gifts, bases, reason = *self._unlimited(one, group), ""
        if not gifts:
            # What alone would not make a point can with others of its group, unless only one of them may give.
            if before and (reason or group.mode != "all"):
                self.multiplied.reset(before)
            self._refuse(one, reason or "worth nothing here")
        return gifts, bases

    def _outside(self, running: Running) -> str:
        """Why the campaign does not concern this happening; nothing where it does."""
        key = running.campaign.key
        found = self.outside.get(key)
        if found is None:
            found = ""
            if not is_on(running.schedule, self.happening, self.seen):
                found = "the campaign is not on"
            elif running.holds and not running.holds(self.seen):
                found = "not in the campaign's audience"
            self.outside[key] = found
        return found

    def _unlimited(self, one: Compiled, group: Group) -> tuple[list[Gift], list[Base]]:
        """What the effects of a rule without limits give, and what of them is multiplied."""
        gifts: list[Gift] = []
        bases: list[Base] = []
        for part in one.parts:
            effect = part.effect
            if effect.type == MULTIPLY:
                adding, said, mask = self._adding(part, group)
                due = self.multiplied.due(adding, False)
                self.multiplied.keep(adding, due, due, False)
            else:
                due, said, mask = self._due(part)
            if due:
                gifts.append(Gift(one.rule, effect, due, effect.to, said, 0, (), mask))
                if one.is_multiplied and effect.of:
                    bases.append(Base(due, effect, part.count))
        return gifts, bases

    def _limited(self, one: Compiled, group: Group, rooms: Rooms) -> tuple[list[Gift], list[Base], str]:
        """What is left of the rule's effects by its limits, what of them is multiplied and, where a limit left
        nothing, which."""
        gifts: list[Gift] = []
        bases: list[Base] = []
        reason = ""
        for part in one.parts:
            effect, adding = part.effect, None
            if effect.type == MULTIPLY:
                adding, said, mask = self._adding(part, group)
                due = self.multiplied.due(adding, one.is_cut)
            else:
                due, said, mask = self._due(part)
            receivers = rooms.of(effect.to)
            left = alone(receivers, part, due) if one.is_cut else due
            if adding:
                self.multiplied.keep(adding, due, left, one.is_cut)
            if not due:
                continue
            points, limit, is_whole = leave(receivers, part, due)
            if points < due:
                reason = said_limit(limit) if self.tells else SOME_LIMIT
                if limit.points is not None and not limit.truncate:
                    reason = f"{due} points were due: {reason}"
                    if is_whole:
                        return [], [], reason
                    left = 0
                else:
                    said, reason = f"{said}, cut from {due} to {points} by {reason}", f"used up: {reason}"
                    left = left if limit.points is not None else 0
            if left and one.is_multiplied and effect.of:
                bases.append(Base(left, effect, part.count))
            if points:
                adds = counted(receivers, part, points)
                gifts.append(Gift(one.rule, effect, points, effect.to, said, due - points, adds, mask))
        return gifts, bases, reason

    def _due(self, part: Part) -> tuple[int, str, int | None]:
        """The points of one effect before limits, how they come about and on which lines."""
        effect = part.effect
        if effect.type == FIXED:
            if effect.to == "referrer" and not self.seen.member.referrer_id:
                return 0, "", None
            return effect.points, part.said, None
        if effect.type in RATES:
            mask = part.count.mask(self.seen)
            amount = part.count.of(self.seen, mask)
            times = int(amount // effect.per)
            if not times:
                return 0, "", None
            return times * effect.points, self._said(part, amount, times) if self.tells else "", mask
        if effect.type == PER_BUNDLE:
            return self._bundles(effect)
        return effect.points, part.said, None

    def _said(self, part: Part, amount, times: int) -> str:
        effect = part.effect
        if effect.of.fact.kind is Kind.MONEY:
            currency = self.snapshot.rules.currency
            amount = f"{from_minor(amount, currency)} {currency}"
        return f"{times} x {effect.points} points: {amount} is {times} full times {part.said}"

    def _bundles(self, effect: Effect) -> tuple[int, str, int | None]:
        pieces = self.seen.pieces()
        sets = effect.max_sets
        for item in effect.items:
            there = int(pieces.get(item.sku, 0) // item.quantity)
            if not there:
                return 0, "", None
            sets = there if sets is None or there < sets else sets
        mask, masks = 0, self.seen.masks("line.sku")
        for item in effect.items:
            mask |= masks[item.sku]
        return sets * effect.points, f"{sets} x {effect.points} points for a bundle", mask

    def _adding(self, part: Part, group: Group) -> tuple[Mapping[str, Parts], str, int | None]:
        """What a factor adds to each of its groups, to fixed points and bundles nothing; where it is for some lines
        only, to what these alone would have given."""
        effect, mask = part.effect, None
        if part.count:
            mask = part.count(self.seen)
            bases = {key: self._within(key, mask) for key in effect.target if key in self.rates}
        else:
            bases = {key: self.base[key] for key in effect.target if key in self.base}
            if group.combine == "compound":
                for key, more in self.multiplied.by_group.items():
                    if key in bases:
                        bases[key] += Fraction(more) / PARTS
        adding = {key: one * part.more for key, one in bases.items()}
        if not self.tells:
            return adding, "", mask
        base = sum(bases.values())
        return adding, f"{part.said}{base if type(base) is int else plain(base)} points", mask

    def _within(self, key: str, mask: int) -> int:
        """What the rates of a group would have given for these lines alone."""
        found = self.within.get((key, mask))
        if found is None:
            found = self.within[key, mask] = sum(
                min(one.points, int(one.amount.within(self.seen, mask) // one.effect.per) * one.effect.points)
                for one in self.rates[key]
            ) if mask else 0  # fmt: skip
        return found

    def _keep(self, one: Compiled, gifts: Sequence[Gift], bases: Sequence[Base]) -> None:
        """Counts what the rule gives."""
        self.gifts += gifts
        if one.tallies:
            for gift in gifts:
                self.limits.add(gift.counted)
        key = one.rule.group
        for base in bases:
            self.base[key] = self.base.get(key, 0) + base.points
            self.rates.setdefault(key, []).append(base)

    def _why_not(self, one: Compiled) -> str:
        """Why the rule could not have given anything, had it been tried."""
        if one.running and (reason := self._outside(one.running)):
            return reason
        if one.schedule and not is_on(one.schedule, self.happening, self.seen):
            return "not on at that time"
        return "" if one.holds(self.seen) else "its conditions do not hold"

    def _pass_over(self, rules: list[Compiled], reason: str) -> None:
        if self.refused is not None:
            for one in rules:
                self.refused.setdefault(one.rule.number, self._why_not(one) or reason)

    def _refuse(self, one: Compiled, reason: str) -> tuple[Sequence[Gift], Sequence[Base]]:
        if self.refused is not None:
            self.refused.setdefault(one.rule.number, reason)
        return (), ()


def _worth(gifts: Sequence[Gift]) -> int:
    return sum(gift.points for gift in gifts if gift.is_points)
