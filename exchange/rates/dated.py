"""The rates of agreed pairs over time, from some moment on: when something about them changes, and what they are worth
then. Pure."""

from bisect import bisect_right
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

from exchange.rates.circles import Circle, Node, Rates, best_circles, circle_through, gaining_circle

PairKey = tuple[Node, Node]


@dataclass(frozen=True, slots=True)
class DatedRate:
    """From `valid_from` on, until the next one."""

    valid_from: datetime
    rate: Decimal
    fee_percent: Decimal = Decimal(0)
    is_open: bool = True

    def product(self, bonus_percent: Decimal) -> Fraction:
        """At most what a point given becomes; what is fixed of the fee only lowers it."""
        return _raised(self.rate, bonus_percent) * (1 - Fraction(self.fee_percent) / 100)


@dataclass(frozen=True, slots=True)
class DatedBonus:
    """From `starts_at` on, and not any more at `ends_at`."""

    starts_at: datetime
    ends_at: datetime
    percent: Decimal

    def runs(self, at: datetime) -> bool:
        return self.starts_at <= at < self.ends_at


@dataclass(frozen=True, slots=True)
class DatedPair:
    """The rates of a pair in the order in which they take over, and its bonuses. The highest of those that run counts,
    not their sum."""

    from_id: UUID
    to_id: UUID
    rates: tuple[DatedRate, ...]
    bonuses: tuple[DatedBonus, ...] = ()
    rate_max: Decimal | None = None

    @property
    def key(self) -> PairKey:
        return self.from_id, self.to_id

    def rate_at(self, at: datetime) -> DatedRate | None:
        """The rate in force; None before the first and while the pair is closed."""
        place = bisect_right(self.rates, at, key=lambda rate: rate.valid_from)
        found = self.rates[place - 1] if place else None
        return found if found and found.is_open else None

    def bonus_at(self, at: datetime) -> Decimal:
        return max((bonus.percent for bonus in self.bonuses if bonus.runs(at)), default=Decimal(0))

    def product_at(self, at: datetime) -> Fraction | None:
        """At most what a point given becomes then; None where it cannot be given."""
        rate = self.rate_at(at)
        return rate.product(self.bonus_at(at)) if rate else None

    def changes(self) -> Iterator[datetime]:
        yield from (rate.valid_from for rate in self.rates)
        for bonus in self.bonuses:
            yield from (bonus.starts_at, bonus.ends_at)

    def highest(self, since: datetime) -> Fraction:
        """The highest rate from then on, bonuses included and fees left aside."""
        moments = instants([self], since)
        found = [(self.rate_at(at), self.bonus_at(at)) for at in moments]
        return max((_raised(rate.rate, bonus) for rate, bonus in found if rate), default=Fraction(0))


def instants(pairs: Collection[DatedPair], since: datetime) -> list[datetime]:
    """The moment itself and each later one at which something about the pairs changes."""
    later = {at for pair in pairs for at in pair.changes() if at > since}
    return [since, *sorted(later)]


def rates_at(pairs: Collection[DatedPair], at: datetime) -> Rates:
    """What a point of each open pair becomes then, at most."""
    found = {pair.key: pair.product_at(at) for pair in pairs}
    return {key: product for key, product in found.items() if product is not None}


def gain_through(pairs: Collection[DatedPair], changed: PairKey, since: datetime) -> tuple[datetime, Circle] | None:
    """The first moment from then on at which a circle over the changed pair gains, and the circle. Where even the best
    rates that the pairs have in a stretch of time make none together, its moments are not looked at one by one."""
    return _first_gain([_Course(pair, since) for pair in pairs], changed, instants(pairs, since))


def circles_at(pairs: Collection[DatedPair], at: datetime) -> list[Circle]:
    """The best circles then, the highest product first; one that gains is among them where there is one."""
    rates = rates_at(pairs, at)
    found = best_circles(rates)
    gain = gaining_circle(rates)
    if gain and not any(circle.is_gain for circle in found):
        return [gain, *found]
    return found


class _Course:
    """What a point given becomes in one pair, from each moment at which that changes."""

    __slots__ = ("key", "moments", "products")

    def __init__(self, pair: DatedPair, since: datetime):
        self.key = pair.key
        self.moments = instants([pair], since)
        self.products = [pair.product_at(at) for at in self.moments]

    def best(self, first: datetime, last: datetime) -> Fraction | None:
        """The most of a stretch of time, its last moment included."""
        begin = bisect_right(self.moments, first) - 1
        end = bisect_right(self.moments, last)
        return max((one for one in self.products[begin:end] if one is not None), default=None)


def _first_gain(
    courses: Collection[_Course], changed: PairKey, moments: Sequence[datetime]
) -> tuple[datetime, Circle] | None:
    found = {course.key: course.best(moments[0], moments[-1]) for course in courses}
    rates = {key: product for key, product in found.items() if product is not None}
    if gaining_circle(rates) is None:
        return None
    if len(moments) == 1:
        circle = circle_through(rates, changed)
        return (moments[0], circle) if circle and circle.is_gain else None
    half = len(moments) // 2
    return _first_gain(courses, changed, moments[:half]) or _first_gain(courses, changed, moments[half:])


def _raised(rate: Decimal, bonus_percent: Decimal) -> Fraction:
    return Fraction(rate) * (1 + Fraction(bonus_percent) / 100)
