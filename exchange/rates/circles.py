"""Ways from program to program and back, as fractions: does going round in a circle end with more points? Pure."""

import itertools
from collections import deque
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_UP, Context, Decimal, Inexact
from fractions import Fraction
from math import prod

Node = Hashable
Rates = Mapping[tuple[Node, Node], Fraction]
"""What one point of the first becomes in the second, at most."""

SHOWN_DIGITS = 12


@dataclass(frozen=True, slots=True)
class Step:
    """From one program to another."""

    start: Node
    end: Node
    rate: Fraction


@dataclass(frozen=True, slots=True)
class Circle:
    """Steps that end where they began."""

    steps: tuple[Step, ...]

    @property
    def product(self) -> Fraction:
        """What one point becomes on the way round."""
        return prod((step.rate for step in self.steps), start=Fraction(1))

    @property
    def is_gain(self) -> bool:
        return self.product > 1

    def in_words(self, names: Mapping[Node, str]) -> str:
        """ "SKY -> SHOP 2.5, SHOP -> SKY 0.6: 1.5"."""
        told = [f"{names[step.start]} -> {names[step.end]} {shown(step.rate)}" for step in self.steps]
        return f"{', '.join(told)}: {shown(self.product)}"


def shown(value: Fraction) -> str:
    """The fraction as a decimal; one with many digits is rounded up, so that more than 1 never looks like 1."""
    exact = Context(prec=SHOWN_DIGITS, rounding=ROUND_UP, traps=[])
    found = exact.divide(Decimal(value.numerator), Decimal(value.denominator))
    mark = "about " if exact.flags[Inexact] else ""
    return f"{mark}{found.normalize():f}"


def gaining_circle(rates: Rates) -> Circle | None:
    """A circle that ends with more than it began with, where there is one at all. Exactly as much is allowed."""
    leaving = _leaving(rates)
    best: dict[Node, Fraction] = dict.fromkeys((node for pair in rates for node in pair), Fraction(1))
    before: dict[Node, Node] = {}
    better = list(best)
    while better:
        found: dict[Node, None] = {}
        for start in better:
            for end, rate in leaving.get(start, ()):
                value = best[start] * rate
                if value > best[end]:
                    best[end], before[end] = value, start
                    found[end] = None
        # As long as a circle gains, ways get better for ever; then those that lead back have closed into one.
        if loop := _loop(before):
            return _circle(loop, rates)
        better = list(found)
    return None


def circle_through(rates: Rates, pair: tuple[Node, Node]) -> Circle | None:
    """The best circle that goes over the pair, given that no other one gains; None where none leads back."""
    start, end = pair
    if pair not in rates:
        return None
    way = _ways_from(rates, end).get(start)
    return _circle((start, *way[1]), rates) if way else None


def best_circles(rates: Rates) -> list[Circle]:
    """For each pair the best circle over it, each circle once, the highest product first."""
    found: dict[tuple, Circle] = {}
    for end in {end for _start, end in rates}:
        ways = _ways_from(rates, end)
        for start in (start for start, to in rates if to == end and start in ways):
            nodes = ways[start][1]
            turn = min(range(len(nodes)), key=lambda n: str(nodes[n]))
            first = (*nodes[turn:], *nodes[:turn])
            found.setdefault(first, _circle((*first, first[0]), rates))
    return sorted(found.values(), key=lambda circle: (-circle.product, len(circle.steps), str(circle.steps)))


def _ways_from(rates: Rates, start: Node) -> dict[Node, tuple[Fraction, tuple[Node, ...]]]:
    """The best way to every program that can be reached, none of them twice on a way."""
    leaving = _leaving(rates)
    best: dict[Node, tuple[Fraction, tuple[Node, ...]]] = {start: (Fraction(1), (start,))}
    waiting = deque([start])
    while waiting:
        node = waiting.popleft()
        value, way = best[node]
        for end, rate in leaving.get(node, ()):
            if end in way:
                continue
            reached = value * rate
            if end not in best or reached > best[end][0]:
                best[end] = reached, (*way, end)
                if end not in waiting:
                    waiting.append(end)
    return best


def _leaving(rates: Rates) -> dict[Node, list[tuple[Node, Fraction]]]:
    found: dict[Node, list[tuple[Node, Fraction]]] = {}
    for (start, end), rate in rates.items():
        found.setdefault(start, []).append((end, rate))
    return found


def _loop(before: Mapping[Node, Node]) -> tuple[Node, ...] | None:
    """The programs of a circle among those that each came from another, from the first to itself."""
    known: set[Node] = set()
    for node in before:
        trail: dict[Node, None] = {}
        while node in before and node not in known:
            known.add(node)
            trail[node] = None
            node = before[node]
        if node in trail:
            back = [*trail][[*trail].index(node) :]
            return (node, *reversed(back))
    return None


def _circle(nodes: Iterable[Node], rates: Rates) -> Circle:
    nodes = tuple(nodes)
    pairs = itertools.pairwise(nodes)
    return Circle(tuple(Step(start, end, rates[start, end]) for start, end in pairs))
