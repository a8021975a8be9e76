"""What rates, bonuses and agreements may say. Every mistake is told."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from exchange.rates.errors import BeginsInThePast
from exchange.rates.models import Agreement
from loyalty.errors import Invalid
from programs.membership.models import Program

RATE_MAX = Decimal("999999.999999999")
RATE_DECIMALS = 9
FEE_PERCENT_MAX = Decimal(99)
BONUS_PERCENT_MAX = Decimal(1000)
PERCENT_DECIMALS = 2
PRICE_MAX = Decimal("999999.999999")
PRICE_DECIMALS = 6
POINTS_MAX = 10**15
PENDING_HOURS_MAX = 8_760
NAME_MAX = 80
NOTE_MAX = 200

WHOLES = {
    "fee_points": (0, POINTS_MAX),
    "from_min": (1, POINTS_MAX),
    "from_step": (1, POINTS_MAX),
    "from_max": (1, POINTS_MAX),
    "member_daily_max": (1, POINTS_MAX),
    "pair_daily_max": (1, POINTS_MAX),
    "pending_hours": (0, PENDING_HOURS_MAX),
}
"""The whole numbers among a rate's terms, with the least and the most of each."""


def refuse_same_program(from_program: Program, to_program: Program) -> None:
    """Refusals: Invalid."""
    if from_program.pk == to_program.pk:
        raise Invalid([_mistake("to_program_id", "same-program", "Points become points of another program.")])


def refuse_terms_of_rate(rate: Decimal, terms: Mapping) -> None:
    """Refusals: Invalid, with every mistake."""
    errors = _outside("rate", rate, RATE_MAX, RATE_DECIMALS, is_nothing_allowed=False)
    errors += _outside("fee_percent", terms.get("fee_percent"), FEE_PERCENT_MAX, PERCENT_DECIMALS)
    for name, (least, most) in WHOLES.items():
        value = terms.get(name)
        if value is not None and not least <= value <= most:
            errors.append(_mistake(name, "out-of-range", f"From {least} to {most}."))
    step, most = terms.get("from_step", 1), terms.get("from_max")
    if not errors and most is not None and most // step * step < terms.get("from_min", 1):
        errors.append(_mistake("from_max", "out-of-range", "No number of points is between the least and the most."))
    if errors:
        raise Invalid(errors)


def refuse_terms_of_bonus(name: str, percent: Decimal, starts_at: datetime, ends_at: datetime) -> None:
    """Refusals: Invalid, with every mistake."""
    errors = _outside("percent", percent, BONUS_PERCENT_MAX, PERCENT_DECIMALS, is_nothing_allowed=False)
    if not 1 <= len(name.strip()) <= NAME_MAX:
        errors.append(_mistake("name", "invalid-length", f"1 to {NAME_MAX} characters."))
    if ends_at <= starts_at:
        errors.append(_mistake("ends_at", "out-of-range", "It ends after it has begun."))
    if errors:
        raise Invalid(errors)


def refuse_terms_of_agreement(terms: Mapping, agreement: Agreement | None = None) -> None:
    """`agreement` is the one that is to have these terms. Refusals: Invalid, with every mistake."""
    errors = _outside("rate_max", terms["rate_max"], RATE_MAX, RATE_DECIMALS, is_nothing_allowed=False)
    errors += _outside("point_price", terms["point_price"], PRICE_MAX, PRICE_DECIMALS)
    if terms["point_price"] is not None and not terms["currency"]:
        errors.append(_mistake("currency", "required", "Say of which money the price is."))
    if agreement and agreement.is_prefunded and not terms["is_prefunded"] and agreement.pool_points:
        errors.append(_mistake("is_prefunded", "pool-not-empty", "There are points in the pool that were paid for."))
    if errors:
        raise Invalid(errors)


def refuse_past(moment: datetime | None, now: datetime, pointer: str) -> None:
    """Refusals: BeginsInThePast."""
    if moment is not None and moment < now:
        raise BeginsInThePast(pointer=pointer, now=now.isoformat())


def _outside(name: str, value: Decimal | None, most: Decimal, places: int, *, is_nothing_allowed=True) -> list[dict]:
    """The mistake of a decimal that is too low, too high or too fine; none where it is not given."""
    if value is None:
        return []
    if not value.is_finite() or value < 0 or value > most or (not value and not is_nothing_allowed):
        above = "From 0" if is_nothing_allowed else "More than 0,"
        return [_mistake(name, "out-of-range", f"{above} to {most:f}.")]
    if value.normalize().as_tuple().exponent < -places:
        return [_mistake(name, "too-many-decimals", f"At most {places} decimals.")]
    return []


def _mistake(name: str, code: str, detail: str) -> dict:
    return {"pointer": f"/{name}", "code": code, "detail": detail}
