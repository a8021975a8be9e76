"""What multipliers add to what was given before them: exactly, and rounded together rather than each by itself."""

from collections.abc import Mapping
from fractions import Fraction

# A factor has six decimals at most: so many parts of a point are counted. Where factors compound there are more, and
# the parts become fractions.
PARTS = 1_000_000

Parts = int | Fraction


def parts(value: Fraction) -> int:
    """A factor, counted in parts."""
    return int(value * PARTS)


class Multiplied:
    """What the multipliers of one decision add, in parts by the group whose points they multiply and in points rounded
    so far."""

    __slots__ = ("by_group", "exact", "points", "rounding")

    def __init__(self, rounding: str):
        self.rounding = rounding
        self.by_group: dict[str, Parts] = {}
        self.exact: Parts = 0
        self.points = 0

    def mark(self) -> tuple:
        """How it stands, to come back to."""
        return dict(self.by_group), self.exact, self.points

    def reset(self, mark: tuple) -> None:
        """Back to how it stood."""
        by_group, self.exact, self.points = mark
        self.by_group = dict(by_group)

    def due(self, adding: Mapping[str, Parts]) -> int:
        """How many whole points more there are when so many parts are added."""
        return self._rounded(self.exact + sum(adding.values())) - self.points

    def keep(self, adding: Mapping[str, Parts], points: int, due: int) -> None:
        """Adds the parts, of which `points` were kept: what a limit cut off is not rounded or multiplied later."""
        left = points * PARTS if points < due else None
        for group, more in adding.items():
            if left is not None:
                more = min(more, left)
                left -= more
            self.by_group[group] = self.by_group.get(group, 0) + more
        self.exact += points * PARTS if left is not None else sum(adding.values())
        self.points += points

    def _rounded(self, exact: Parts) -> int:
        if self.rounding == "half_up":
            return int((2 * exact + PARTS) // (2 * PARTS))
        return int(-(-exact // PARTS)) if self.rounding == "up" else int(exact // PARTS)
