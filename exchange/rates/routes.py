"""By which ways points of one program become points of others: what comes out of every step, exactly. Pure."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass

from exchange.rates.arithmetic import Conversion, Terms, convert
from loyalty.errors import LoyaltyError

STEPS_MAX = 4
PER_PROGRAM = 3
FOLLOWED = 4
"""So many of the best ways to a program are followed further, after each number of steps."""


@dataclass(frozen=True, slots=True)
class Leg:
    """One exchange on the way. `left` points are no multiple of the step, or more than the most, and stay behind."""

    start: Hashable
    end: Hashable
    terms: Terms
    conversion: Conversion
    left: int


@dataclass(frozen=True, slots=True)
class Route:
    """Exchanges one after the other, through no program twice."""

    legs: tuple[Leg, ...]

    @property
    def end(self) -> Hashable:
        return self.legs[-1].end

    @property
    def to_amount(self) -> int:
        return self.legs[-1].conversion.to_amount

    @property
    def rank(self) -> tuple:
        """The most points first, then the fewest steps."""
        return -self.to_amount, len(self.legs), sum(leg.left for leg in self.legs)


def best_routes(
    start: Hashable, amount: int, terms: Mapping[tuple[Hashable, Hashable], Terms], *, steps_max: int = STEPS_MAX
) -> list[Route]:
    """The best ways to each program that so many points reach in `steps_max` exchanges, the most points first; three
    for each program at most."""
    leaving: dict[Hashable, list[tuple[Hashable, Terms]]] = {}
    for (begin, end), found in terms.items():
        leaving.setdefault(begin, []).append((end, found))
    arrived: dict[Hashable, list[Route]] = {}
    ways = [Route(legs=(leg,)) for leg in _legs(start, amount, leaving, past=(start,))]
    for _step in range(steps_max):
        by_end: dict[Hashable, list[Route]] = {}
        for way in ways:
            by_end.setdefault(way.end, []).append(way)
        ways = []
        for end, found in by_end.items():
            found.sort(key=lambda way: way.rank)
            arrived.setdefault(end, []).extend(found)
            for way in found[:FOLLOWED]:
                past = (start, *(leg.end for leg in way.legs))
                ways += [Route((*way.legs, leg)) for leg in _legs(end, way.to_amount, leaving, past=past)]
    best = [way for found in arrived.values() for way in sorted(found, key=lambda way: way.rank)[:PER_PROGRAM]]
    return sorted(best, key=lambda way: (*way.rank, str(way.end)))


def fitting(terms: Terms, amount: int) -> int:
    """The most of so many points that can be exchanged at once: no more than the most, in multiples of the step."""
    most = amount if terms.from_max is None else min(amount, terms.from_max)
    return most - most % terms.from_step


def _legs(start: Hashable, amount: int, leaving: Mapping, *, past: tuple) -> list[Leg]:
    found = []
    for end, terms in leaving.get(start, ()):
        if end in past:
            continue
        given = fitting(terms, amount)
        try:
            found.append(Leg(start, end, terms, convert(terms, given), amount - given))
        except LoyaltyError:
            continue
    return found
