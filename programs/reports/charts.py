"""The shape of the first page's chart: pairs of bars in drawing units. Pure arithmetic; colours and words are the
template's."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

# Each day has two bars with a gap on either side.
HEIGHT, DAY_WIDTH, BAR_WIDTH = 160, 24, 9


@dataclass(frozen=True)
class Bar:
    """One day: where its two bars stand and how high they are, from the ground line up."""

    day: date
    x: int
    first: int
    second: int
    first_height: int
    second_height: int

    @property
    def first_y(self) -> int:
        return HEIGHT - self.first_height

    @property
    def second_y(self) -> int:
        return HEIGHT - self.second_height

    @property
    def second_x(self) -> int:
        return self.x + BAR_WIDTH


@dataclass(frozen=True)
class Chart:
    """Pairs of bars under a ceiling, which is a round number."""

    bars: list[Bar]
    ceiling: int

    height = HEIGHT
    bar_width = BAR_WIDTH

    @property
    def width(self) -> int:
        return len(self.bars) * DAY_WIDTH

    @property
    def middle(self) -> int:
        return self.ceiling // 2


def round_up(most: int) -> int:
    """The next 1, 2 or 5 with zeros behind it that is not less, two at least."""
    power = 10 ** (len(str(max(most, 1))) - 1)
    return max(2, next(step * power for step in (1, 2, 5, 10) if step * power >= most))


def chart_of(days: Sequence[tuple[date, int, int]]) -> Chart:
    """The chart of days with two figures each; a bar of something is never too low to be seen."""
    ceiling = round_up(max((max(first, second) for _day, first, second in days), default=0))
    return Chart(
        [
            Bar(
                day,
                n * DAY_WIDTH + (DAY_WIDTH - 2 * BAR_WIDTH) // 2,
                first,
                second,
                _height(first, ceiling),
                _height(second, ceiling),
            )
            for n, (day, first, second) in enumerate(days)
        ],
        ceiling,
    )


def _height(figure: int, ceiling: int) -> int:
    return max(1, HEIGHT * figure // ceiling) if figure > 0 else 0
