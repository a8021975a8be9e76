"""Which tier comes next. Pure: which one a member has, and what counts, is `selectors.standings_of`'s to say."""

from collections.abc import Iterable
from typing import Protocol, TypeVar


class Level(Protocol):
    """Anything with a threshold: a Tier, or what stands for one."""

    points_min: int


T = TypeVar("T", bound=Level)


def next_tier(points: int, tiers: Iterable[T]) -> T | None:
    """The lowest tier that `points` do not reach yet; None at the top."""
    return min((tier for tier in tiers if tier.points_min > points), key=lambda tier: tier.points_min, default=None)
