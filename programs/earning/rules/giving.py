"""What a decision says: the gifts of its rules, and what they add to the counters."""

from collections.abc import Mapping

import msgspec

from programs.earning.rules.counting import Counter, Used
from programs.earning.rules.effects import OF_POINTS
from programs.earning.rules.happening import indices
from programs.earning.rules.model import Effect, Life, Rule


class Gift(msgspec.Struct, frozen=True):
    """One rule's part: so many points for whom, and how they came about. `cut` were due besides and fell to a limit;
    what is no points is named by its kind and code. `counted` is what the gift added to which counters, the one time
    of a rule with the first of its gifts; `mask` has a bit for each line that it was counted on."""

    rule: Rule
    effect: Effect
    points: int
    receiver: str
    reason: str
    cut: int = 0
    counted: tuple[tuple[Counter, int, int], ...] = ()
    mask: int | None = None

    @property
    def life(self) -> Life:
        """When the points begin to count and when they are gone, where the rule says so."""
        return self.effect.life

    @property
    def lines(self) -> tuple[int, ...] | None:
        """The lines that the gift was counted on, by their places; None for the whole order."""
        return None if self.mask is None else indices(self.mask)

    @property
    def is_points(self) -> bool:
        """Whether it is points, and not a reward, a badge or stamps."""
        return self.effect.type in OF_POINTS


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What a happening gives: the gifts in the order of deciding, what they add to each counter, and of the rules that
    were tried and gave nothing the first reason (only where it was asked for)."""

    gifts: tuple[Gift, ...]
    used: Mapping[Counter, Used]
    refused: Mapping[int, str] = msgspec.field(default_factory=dict)

    def points_of(self, receiver: str = "member") -> int:
        """All the points for the member, or for the referrer."""
        return sum(gift.points for gift in self.gifts if gift.receiver == receiver and gift.is_points)
