"""What each gift of a purchase has to give back when some of the purchase has come back. Pure.

Every gift is counted by itself, cumulatively and rounded down once, so that all the parts together are exactly the
whole. What a gift was counted on comes back with its lines, where it is known which ones came back; money that comes
back without a word of lines is spread over all that is left.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from programs.earning.facts import ItemFacts
from programs.earning.returns import ReturnedItem, left_of, worth_by_line

PROPORTIONAL = "proportional"


@dataclass(frozen=True, slots=True, kw_only=True)
class CameBack:
    """How much of a purchase of `total_minor` has come back by now: money in all, and which pieces as far as known;
    `steps` are how it stood after each return before, for what was taken once stays taken."""

    total_minor: int
    items: Sequence[ItemFacts]
    refunded_minor: int = 0
    pieces: Sequence[ReturnedItem] = ()
    steps: Sequence["CameBack"] = ()

    @property
    def is_all(self) -> bool:
        """Whether there is nothing left of it; a purchase of nothing never comes back."""
        return 0 < self.total_minor <= self.refunded_minor


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What is to be taken back by now, cumulatively: of each lot of the member, of the whole of each other posting (by
    its id), and what limits get back that had not got it before."""

    lots: tuple[int, ...]
    parts: Mapping[str, int]
    counters: tuple[tuple, ...]

    @property
    def points(self) -> int:
        """What the member gives back in all by now."""
        return sum(self.lots)


def taken_back(
    gifts: Sequence[Mapping], before: CameBack, now: CameBack, *, holds: Callable[[str, CameBack], bool]
) -> Taken:
    """What the gifts of a purchase have to give back by `now`, when `before` was so already. `holds` says of a rule
    whether its conditions hold of what is left of the purchase."""
    was = [_taken_before(gift, before, holds) for gift in gifts]
    return _taken(gifts, was, [max(then, _due(gift, now, holds)) for gift, then in zip(gifts, was, strict=True)])


def taken_wholly(gifts: Sequence[Mapping], before: CameBack, *, holds: Callable[[str, CameBack], bool]) -> Taken:
    """What the gifts owe when all of it is undone, whatever rules say of returns: a reversal corrects a mistake. What
    came back before came back as the rules say."""
    was = [_taken_before(gift, before, holds) for gift in gifts]
    return _taken(gifts, was, [gift["points"] for gift in gifts])


def _taken(gifts: Sequence[Mapping], was: Sequence[int], due: Sequence[int]) -> Taken:
    """What it comes to when so many points of each gift had to come back before and so many have to by now. A rule's
    time is given back once nothing is left of all that the rule gave."""
    lots: dict[int, int] = {0: 0}
    parts: dict[str, int] = {}
    counters: dict[tuple, list[int]] = {}
    left_before, left_now = (
        {gift["rule"] for gift, points in zip(gifts, back, strict=True) if points < gift["points"]}
        for back in (was, due)
    )
    for gift, then, by_now in zip(gifts, was, due, strict=True):
        is_points = "type" not in gift
        if is_points and "to" not in gift:
            lot = gift.get("lot", 0)
            lots[lot] = lots.get(lot, 0) + by_now
        elif is_points and "part" in gift:
            parts[gift["part"]] = parts.get(gift["part"], 0) + by_now
        is_over = gift["rule"] in left_before and gift["rule"] not in left_now
        for *counter, counted_points, times in gift.get("counted", ()):
            back = counters.setdefault(tuple(counter), [0, 0])
            back[0] += min(by_now - then, counted_points) if is_points else 0
            back[1] += times if is_over else 0
    given_back = tuple((*counter, points, times) for counter, (points, times) in counters.items() if points or times)
    return Taken(lots=tuple(lots[n] for n in sorted(lots)), parts=parts, counters=given_back)


def _taken_before(gift: Mapping, before: CameBack, holds: Callable[[str, CameBack], bool]) -> int:
    """How many of a gift's points have come back: a condition that failed once may hold again."""
    return max(_due(gift, step, holds) for step in (*before.steps, before))


def _due(gift: Mapping, came: CameBack, holds: Callable[[str, CameBack], bool]) -> int:
    """How many of a gift's points should have come back by then."""
    way = gift.get("on_return", PROPORTIONAL)
    if "type" in gift and way == PROPORTIONAL and not came.is_all:
        return 0
    return due_back(gift["rule"], gift["points"], came, way=way, lines=gift.get("lines"), holds=holds)


def due_back(
    rule: str,
    points: int,
    came: CameBack,
    *,
    way: str,
    lines: Collection[int] | None,
    holds: Callable[[str, CameBack], bool],
) -> int:
    """How many of the points that a rule gave, for these lines or for the whole purchase (None), should have come back
    by then, in the way that the rule says."""
    if way == "keep" or not came.refunded_minor:
        return 0
    if came.is_all:
        return points
    if way == "all_if_condition_fails":
        return 0 if holds(rule, came) else points
    if lines is None or not came.pieces:
        return points * min(came.refunded_minor, came.total_minor) // came.total_minor
    return int(points * _share(lines, came))


def _share(lines: Collection[int], came: CameBack) -> Fraction:
    """Which part of the lines that a gift was counted on has come back."""
    money = Fraction(min(came.refunded_minor, came.total_minor), came.total_minor)
    worth = worth_by_line(came.items, came.pieces)
    all_worth = sum(item.amount_minor for item in came.items)
    counted_on = sum(came.items[line].amount_minor for line in lines)
    if all_worth <= 0 or counted_on <= 0:
        return money
    of_lines = Fraction(sum(worth[line] for line in lines), counted_on)
    # What came back as money alone is spread over what the known pieces leave.
    known = min(Fraction(sum(worth), all_worth), money)
    if known == 1:
        return Fraction(1)
    return of_lines + (1 - of_lines) * (money - known) / (1 - known)


def remaining(came: CameBack) -> tuple[int, tuple[ItemFacts, ...]]:
    """What is left of the purchase: money in minor units, and the lines with what is left of them."""
    return max(0, came.total_minor - came.refunded_minor), left_of(came.items, came.pieces)
