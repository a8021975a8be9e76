"""The shape of a chart of pairs of bars, in drawing units. Pure arithmetic; colours and words are the template's."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

HEIGHT = 160


@dataclass(frozen=True, slots=True)
class Pair:
    """Two bars that stand beside each other, from the ground line up."""

    name: Any
    x: int
    first: int
    second: int
    first_height: int
    second_height: int
    bar: int

    @property
    def first_y(self) -> int:
        return HEIGHT - self.first_height

    @property
    def second_y(self) -> int:
        return HEIGHT - self.second_height

    @property
    def second_x(self) -> int:
        return self.x + self.bar


@dataclass(frozen=True, slots=True)
class Chart:
    """Pairs of bars, `step` apart, under a ceiling, which is a round number."""

    pairs: list[Pair]
    ceiling: int
    step: int
    bar: int
    height: int = HEIGHT

    @property
    def width(self) -> int:
        return len(self.pairs) * self.step

    @property
    def middle(self) -> int:
        return self.ceiling // 2


def chart_of(rows: Sequence[tuple[Any, int, int]], *, step: int, bar: int) -> Chart:
    """The chart of names (days, or what the template knows to write) with two figures each, whose bars are `bar` wide;
    a bar of something is never too low to be seen."""
    ceiling = round_up(max((max(first, second) for _name, first, second in rows), default=0))
    margin = (step - 2 * bar) // 2
    pairs = [
        Pair(name, n * step + margin, first, second, _height(first, ceiling), _height(second, ceiling), bar)
        for n, (name, first, second) in enumerate(rows)
    ]
    return Chart(pairs, ceiling, step, bar)


def round_up(most: int) -> int:
    """The next 1, 2 or 5 with zeros behind it that is not less, two at least."""
    power = 10 ** (len(str(max(most, 1))) - 1)
    return max(2, next(step * power for step in (1, 2, 5, 10) if step * power >= most))


def _height(figure: int, ceiling: int) -> int:
    return max(1, HEIGHT * figure // ceiling) if figure > 0 else 0
