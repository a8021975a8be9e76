"""The shape of a line that goes in steps over time: what held until the next one took over. Pure arithmetic, in whole
drawing units; colours and words are the template's."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

WIDTH, HEIGHT = 600, 160
TOP = 12
LEAST = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class StepChart:
    """A path of what was and is, and one of what is to come; `now_x` parts them. The ground line is nought."""

    past: str
    coming: str
    now_x: int
    ceiling: Decimal
    starts_at: datetime
    ends_at: datetime
    width: int = WIDTH
    height: int = HEIGHT


def step_chart(steps: Sequence[tuple[datetime, Decimal]], now: datetime) -> StepChart | None:
    """The line of values from their moments on, oldest first; it goes a little beyond now, or beyond the last value
    that is to come. None for no values."""
    if not steps:
        return None
    starts_at = min(steps[0][0], now - LEAST)
    ends_at = max(now, steps[-1][0])
    ends_at += max(LEAST, (ends_at - starts_at) / 12)
    ceiling = max(value for _at, value in steps)
    whole = (ends_at - starts_at) // timedelta(seconds=1)

    def x_of(at: datetime) -> int:
        return WIDTH * ((at - starts_at) // timedelta(seconds=1)) // whole

    def y_of(value: Decimal) -> int:
        return HEIGHT - int((HEIGHT - TOP) * value / ceiling)

    past = [(x_of(at), y_of(value)) for at, value in steps if at <= now]
    coming = [(x_of(at), y_of(value)) for at, value in steps if at > now]
    now_x = x_of(now)
    ending = [(now_x, past[-1][1])] if past else []
    ahead = [*ending, *coming]
    return StepChart(
        past=_path([*past, *ending]), coming=_path([*ahead, (WIDTH, ahead[-1][1])]),
        now_x=now_x, ceiling=ceiling, starts_at=starts_at, ends_at=ends_at,
    )  # fmt: skip


def _path(points: Sequence[tuple[int, int]]) -> str:
    """From point to point, sideways first and then up or down."""
    if not points:
        return ""
    (x, y), *others = points
    return "".join([f"M{x} {y}", *(f"H{to_x}V{to_y}" for to_x, to_y in others)])
