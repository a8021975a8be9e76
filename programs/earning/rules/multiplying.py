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
        return self.by_group, self.exact, self.points

    def reset(self, mark: tuple) -> None:
        """Back to how it stood."""
        self.by_group, self.exact, self.points = mark

    def due(self, adding: Mapping[str, Parts], is_cut: bool) -> int:
        """How many whole points more there are when so many parts are added. What a limit can cut is rounded by
        itself: else a part of a point would pass from under the limit to those beside it, or back."""
        more = sum(adding.values())
        return self._rounded(more) if is_cut else self._rounded(self.exact + more) - self.points

    def keep(self, adding: Mapping[str, Parts], due: int, alone: int, is_cut: bool) -> None:
        """Adds the parts; of what a limit cuts so many points as were left `alone` are multiplied later."""
        left = alone * PARTS if alone < due else None
        # Marks hold on to how it stood.
        by_group = self.by_group = self.by_group.copy()
        for group, more in adding.items():
            if left is not None:
                more = min(more, left)
                left -= more
            by_group[group] = by_group.get(group, 0) + more
        if not is_cut:
            self.exact += sum(adding.values())
            self.points += due

    def _rounded(self, exact: Parts) -> int:
        if self.rounding == "half_up":
            return int((2 * exact + PARTS) // (2 * PARTS))
        return int(-(-exact // PARTS)) if self.rounding == "up" else int(exact // PARTS)
