"""Which tier so many points are. Pure: how many points count is for `selectors.counted_for_tiers` to say."""

from collections.abc import Iterable
from typing import Protocol, TypeVar


class Level(Protocol):
    """Anything with a threshold: a Tier, or what stands for one."""

    points_min: int


T = TypeVar("T", bound=Level)


def tier_for(points: int, tiers: Iterable[T]) -> T | None:
    """The highest tier that `points` reach, in whatever order the tiers come; None below the lowest."""
    return max((tier for tier in tiers if tier.points_min <= points), key=lambda tier: tier.points_min, default=None)


def next_tier(points: int, tiers: Iterable[T]) -> T | None:
    """The lowest tier that `points` do not reach yet; None at the top."""
    return min((tier for tier in tiers if tier.points_min > points), key=lambda tier: tier.points_min, default=None)
