"""What a decision is made from: the terms of a program and the facts of one purchase, as frozen values.

Money is counted in whole smallest units of its currency, points are whole numbers: there is no float to round wrong.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

import msgspec

from loyalty.http.money import to_minor


class ItemFacts(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a purchase; `amount_minor` is the whole line's price, not one piece's."""

    sku: str
    amount_minor: int
    quantity: int | Decimal = 1
    name: str = ""
    category: str = ""
    labels: Mapping[str, str] = msgspec.field(default_factory=dict)


class LinesByFact(Sequence[ItemFacts]):
    """The lines of a purchase held fact by fact, by the names of an item's fields, so that thousands of purchases are
    read without an object for each line: those are made when
    somebody asks for a line. What was not read is not told."""

    __slots__ = ("_lines", "by_fact")

    def __init__(self, by_fact: Mapping[str, list]):
        """Every fact has a value for each line, and the SKU is always there."""
        self.by_fact = by_fact
        self._lines: tuple[ItemFacts, ...] | None = None

    def __len__(self) -> int:
        return len(self.by_fact["sku"])

    def __getitem__(self, place):
        return self._made()[place]

    def __iter__(self):
        return iter(self._made())

    def _made(self) -> tuple[ItemFacts, ...]:
        if self._lines is None:
            names = tuple(self.by_fact)
            rows = zip(*self.by_fact.values(), strict=True)
            self._lines = tuple(ItemFacts(**dict(zip(names, row, strict=True))) for row in rows)
        return self._lines


class PurchaseFacts(msgspec.Struct, frozen=True, kw_only=True):
    """One purchase as the till or shop told it; `amount_minor` is what was paid in all, in `currency`."""

    amount_minor: int
    currency: str
    occurred_at: datetime
    items: Sequence[ItemFacts] = ()
    location_id: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a program gives for a purchase: `earn_points` for each full `earn_per_minor` of `currency`, to be spent
    after `pending_days`, gone after `expiry_months` (None: never), days and months counted in `timezone`.
    `tier_factors` are the tiers that multiply, by code, each with its factor."""

    earn_points: int
    earn_per_minor: int
    currency: str
    pending_days: int = 0
    expiry_months: int | None = None
    timezone: str = "UTC"
    tier_factors: tuple[tuple[str, Fraction], ...] = ()

    def __post_init__(self):
        assert self.earn_per_minor > 0, "points are given for some amount of money"
        assert self.earn_points >= 0, "a purchase never takes points"

    @classmethod
    def of(cls, program) -> "Terms":
        """The terms as they stand on a program (`programs.membership.models.Program`)."""
        return cls(
            earn_points=program.earn_points,
            earn_per_minor=to_minor(format(program.earn_per.normalize(), "f"), program.money_currency),
            currency=program.money_currency,
            pending_days=program.pending_days,
            expiry_months=program.expiry_months,
            timezone=program.timezone,
            tier_factors=tuple(
                (code, Fraction(factor)) for code, factor in getattr(program, "tier_factors", None) or ()
            ),
        )
