"""What comes out of an exchange: exact, with whole points and decimals, and rounded against who asks. Pure."""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

from exchange.rates.errors import (
    ExchangeAboveMax,
    ExchangeBelowMin,
    ExchangeNotInSteps,
    ExchangeTooLarge,
    ExchangeTooSmall,
    PairNotOpen,
)

RATE_PLACES = 13
"""Decimals of a rate with its bonus: nine of the rate, four of the bonus. A residue has no more."""
TO_AMOUNT_MAX = 10**15


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """At what terms points of a pair are exchanged at some moment. `base_rate` is points got for one point given,
    `bonus_percent` comes on top of it; `fee_percent` and `fee_points` are kept of the points given."""

    rate_id: UUID
    bonus_id: UUID | None = None
    base_rate: Decimal
    bonus_percent: Decimal = Decimal(0)
    fee_percent: Decimal = Decimal(0)
    fee_points: int = 0
    from_min: int = 1
    from_step: int = 1
    from_max: int | None = None
    member_daily_max: int | None = None
    pair_daily_max: int | None = None
    pending_hours: int = 0
    is_open: bool = True
    rate_max: Decimal | None = None

    @property
    def rate(self) -> Decimal:
        """Points got for one point that is left after the fee, the bonus included."""
        return with_bonus(self.base_rate, self.bonus_percent)

    @property
    def product(self) -> Fraction:
        """At most what one point given becomes; fixed fees, rounding and limits only lower it."""
        return Fraction(self.rate) * (1 - Fraction(self.fee_percent) / 100)


@dataclass(frozen=True, slots=True)
class Conversion:
    """`from_amount` points given, of which `fee` are kept, become `to_amount`; `residue` is what rounding left out."""

    from_amount: int
    fee: int
    to_amount: int
    rate: Decimal
    residue: Decimal


def with_bonus(base_rate: Decimal, bonus_percent: Decimal) -> Decimal:
    """The rate with a bonus of so many per cent, exactly."""
    if not bonus_percent:
        return base_rate
    top, bottom = (Fraction(base_rate) * (1 + Fraction(bonus_percent) / 100)).as_integer_ratio()
    return _decimal(top, bottom)


def in_words(rate: Decimal) -> str:
    """The rate as people write it: without an exponent, without noughts at its end."""
    return f"{rate.normalize():f}"


def convert(terms: Terms, from_amount: int) -> Conversion:
    """What so many points become: the fee is rounded up and the outcome down, so that many small exchanges never give
    more than one large. Refusals, in order of precedence: PairNotOpen, ExchangeBelowMin, ExchangeAboveMax,
    ExchangeNotInSteps, ExchangeTooSmall, ExchangeTooLarge."""
    _refuse_amount(terms, from_amount)
    part, whole = terms.fee_percent.as_integer_ratio()
    fee = -(-from_amount * part // (whole * 100)) + terms.fee_points
    rate = terms.rate
    top, bottom = rate.as_integer_ratio()
    to_amount, rest = divmod((from_amount - fee) * top, bottom)
    if fee >= from_amount or to_amount < 1:
        raise ExchangeTooSmall(pointer="/from_amount", from_amount=from_amount, fee=fee)
    if to_amount > TO_AMOUNT_MAX:
        raise ExchangeTooLarge(pointer="/from_amount", to_amount_max=TO_AMOUNT_MAX)
    return Conversion(from_amount, fee, to_amount, rate, _decimal(rest, bottom))


def _refuse_amount(terms: Terms, from_amount: int) -> None:
    if not terms.is_open:
        raise PairNotOpen()
    if from_amount < max(terms.from_min, 1):
        raise ExchangeBelowMin(f"At least {terms.from_min}.", pointer="/from_amount", from_min=terms.from_min)
    if terms.from_max is not None and from_amount > terms.from_max:
        raise ExchangeAboveMax(f"At most {terms.from_max}.", pointer="/from_amount", from_max=terms.from_max)
    if from_amount % terms.from_step:
        detail = f"Multiples of {terms.from_step} only."
        raise ExchangeNotInSteps(detail, pointer="/from_amount", from_step=terms.from_step)


def _decimal(top: int, bottom: int) -> Decimal:
    """A fraction as a decimal of at most 13 places. ValueError where it has more."""
    scaled, rest = divmod(top * 10**RATE_PLACES, bottom)
    if rest:
        raise ValueError(f"{top}/{bottom} has more than {RATE_PLACES} decimals.")
    # Made of text, for arithmetic with decimals would round to the precision that happens to be set.
    return Decimal(f"{scaled}E-{RATE_PLACES}")
