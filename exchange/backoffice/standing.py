"""How the pairs stand: the agreement, the rate and bonus in force, and what changes next. A constant number of queries
for however many pairs."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

from django.db.models import Q

from exchange.rates.arithmetic import Terms, with_bonus
from exchange.rates.models import Agreement, Bonus, Rate
from exchange.rates.selectors import terms_of
from programs.membership.models import Program

Ends = tuple[UUID, UUID]
PAIRS_MAX = 500


@dataclass(slots=True)
class Standing:
    """A pair as it is at a moment."""

    agreement: Agreement
    rate: Rate | None = None
    bonus: Bonus | None = None
    coming: list[Rate] = field(default_factory=list)
    bonuses_coming: list[Bonus] = field(default_factory=list)

    @property
    def from_program(self) -> Program:
        return self.agreement.from_program

    @property
    def to_program(self) -> Program:
        return self.agreement.to_program

    @property
    def ends(self) -> Ends:
        return self.agreement.from_program_id, self.agreement.to_program_id

    @property
    def is_open(self) -> bool:
        """Whether points can be exchanged now."""
        return bool(self.agreement.status == Agreement.Status.ACTIVE and self.rate and self.rate.is_open)

    @property
    def terms(self) -> Terms | None:
        """The terms in force."""
        return terms_of(self.rate, self.bonus) if self.rate else None

    @property
    def effective(self) -> Decimal | None:
        """The rate with its bonus."""
        return with_bonus(self.rate.rate, self.bonus.percent if self.bonus else Decimal(0)) if self.rate else None

    @property
    def product(self) -> Fraction:
        """What a circle reckons with: the rate with its bonus, less the fee."""
        return self.terms.product if self.rate else Fraction(0)

    @property
    def next_change(self) -> tuple[datetime, Rate | Bonus, bool] | None:
        """When something changes next, what, and whether it is a bonus that ends."""
        found: list[tuple[datetime, Rate | Bonus, bool]] = [(rate.valid_from, rate, False) for rate in self.coming]
        found += [(bonus.starts_at, bonus, False) for bonus in self.bonuses_coming]
        if self.bonus:
            found.append((self.bonus.ends_at, self.bonus, True))
        return min(found, key=lambda one: one[0]) if found else None


def standings(agreements: Iterable[Agreement], at: datetime) -> list[Standing]:
    """The pairs of these agreements as they are at that moment, in their order. Three queries."""
    found = [Standing(agreement) for agreement in agreements]
    by_ends = {one.ends: one for one in found}
    for rate in _rates(list(by_ends), at):
        pair = by_ends.get((rate.from_program_id, rate.to_program_id))
        if pair is None:
            continue
        if rate.valid_from <= at:
            pair.rate = rate
        else:
            pair.coming.append(rate)
    for bonus in Bonus.objects.filter(_of(by_ends), ends_at__gt=at).order_by("starts_at"):
        pair = by_ends.get((bonus.from_program_id, bonus.to_program_id))
        if pair is None:
            continue
        if bonus.starts_at <= at:
            pair.bonus = max(filter(None, (pair.bonus, bonus)), key=lambda one: one.percent)
        else:
            pair.bonuses_coming.append(bonus)
    return found


def _rates(pairs: Sequence[Ends], at: datetime) -> list[Rate]:
    """Of each pair the rate in force, and then those to come, the nearest first."""
    named = Rate.objects.filter(_of(pairs))
    in_force = named.filter(valid_from__lte=at).order_by("from_program_id", "to_program_id", "-valid_from")
    in_force = in_force.distinct("from_program_id", "to_program_id")
    return [*in_force, *named.filter(valid_from__gt=at).order_by("valid_from")]


def _of(pairs: Iterable[Ends]) -> Q:
    """The rows of these programs; those of other pairs between them fall out afterwards."""
    pairs = list(pairs)
    return Q(from_program__in={one for one, _two in pairs}, to_program__in={two for _one, two in pairs})
