"""What makes a program's terms possible: one set of rules for the API, documents and the admin, told all at once.
No queries. Fields are named as the model names them, `unit_name` and `decimal_places` being the unit's.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from zoneinfo import available_timezones

from loyalty.http.money import exponent
from loyalty.http.parsers import is_keepable
from programs.membership.models import Program

POINTS_MAX = 1_000_000_000_000_000
MONTHS_MAX = 1_200
DAYS_MAX = 3_650
TIERS_MAX = 50
EARN_PER_MAX = Decimal("9999999999.99")
_SLUG = re.compile(r"[A-Za-z0-9_-]{1,30}\Z")
_CURRENCY = re.compile(r"[A-Z]{3}\Z")
_WHOLE = {
    "decimal_places": (0, 6),
    "earn_points": (0, 1_000_000_000),
    "pending_days": (0, DAYS_MAX),
    "expiry_months": (0, MONTHS_MAX),
    "debt_max": (0, POINTS_MAX),
    "redeem_points_min": (1, POINTS_MAX),
    "tier_months": (1, MONTHS_MAX),
}
_LENGTHS = {"name": 120, "unit_name": 30}
_CHOICES = {"kind": Program.Kind.values, "status": Program.Status.values, "return_policy": Program.ReturnPolicy.values}


@dataclass(frozen=True, slots=True)
class TierTerms:
    """A tier as it is asked for."""

    code: str
    name: str
    points_min: int
    benefits: str = ""


@dataclass(frozen=True, slots=True)
class Mistake:
    """What is wrong with a field; of tiers the field reads "tiers/1/points_min"."""

    field: str
    code: str
    detail: str


def mistakes_in(values: Mapping, tiers: Iterable[TierTerms] = ()) -> list[Mistake]:
    """Everything that is wrong with these fields and tiers; what is not given is not judged."""
    return [*_single(values), *_together(values), *_tiers(list(tiers))]


def written(amount: Decimal, currency: str) -> str:
    """An amount of money as it is written in the currency: 100.00 in EUR, 100 in JPY."""
    places = min(exponent(currency), 2)
    return f"{amount:.{places}f}"


def _single(values: Mapping) -> Iterator[Mistake]:
    if "code" in values and not _SLUG.match(values["code"]):
        yield Mistake("code", "invalid-format", "1 to 30 letters, digits, - or _.")
    for field, longest in _LENGTHS.items():
        if field in values and not _is_text(values[field], longest):
            yield Mistake(field, "invalid-length", f"1 to {longest} characters that can be seen.")
    for field, choices in _CHOICES.items():
        if field in values and values[field] not in choices:
            yield Mistake(field, "invalid-choice", f"One of {', '.join(choices)}.")
    for field, (least, most) in _WHOLE.items():
        if values.get(field) is not None and not least <= values[field] <= most:
            yield Mistake(field, "out-of-range", f"From {least} to {most}.")
    if "timezone" in values and values["timezone"] not in available_timezones():
        yield Mistake("timezone", "unknown-timezone", "No time zone is named so; try one like Europe/London.")
    if "money_currency" in values and not _CURRENCY.match(values["money_currency"]):
        yield Mistake("money_currency", "invalid-format", "Three capitals (ISO 4217), say EUR.")
    if "earn_per" in values and not 0 < values["earn_per"] <= EARN_PER_MAX:
        yield Mistake("earn_per", "out-of-range", f"More than 0 and at most {EARN_PER_MAX}.")


def _together(values: Mapping) -> Iterator[Mistake]:
    """Fields that do not go together."""
    if "earn_per" in values and _CURRENCY.match(values.get("money_currency", "")):
        # The column keeps two decimals, also for the few currencies that have three.
        places = min(exponent(values["money_currency"]), 2)
        if values["earn_per"] != round(values["earn_per"], places):
            detail = f"An amount in {values['money_currency']} has {places} decimals at most here."
            yield Mistake("earn_per", "too-many-decimals", detail)
    months = values.get("expiry_months")
    if months is not None and values.get("pending_days", 0) > 28 * months:
        yield Mistake("pending_days", "longer-than-expiry", "Points would be gone before they could be spent.")


def _tiers(tiers: list[TierTerms]) -> Iterator[Mistake]:
    if len(tiers) > TIERS_MAX:
        yield Mistake("tiers", "too-many", f"At most {TIERS_MAX} tiers.")
    codes: set[str] = set()
    thresholds: set[int] = set()
    for index, tier in enumerate(tiers[:TIERS_MAX]):
        at = f"tiers/{index}"
        if not _SLUG.match(tier.code):
            yield Mistake(f"{at}/code", "invalid-format", "1 to 30 letters, digits, - or _.")
        if tier.code in codes:
            yield Mistake(f"{at}/code", "given-twice", f"Another tier is called {tier.code!r}.")
        if not _is_text(tier.name, 60):
            yield Mistake(f"{at}/name", "invalid-length", "1 to 60 characters that can be seen.")
        if not 0 <= tier.points_min <= POINTS_MAX:
            yield Mistake(f"{at}/points_min", "out-of-range", f"From 0 to {POINTS_MAX}.")
        if tier.points_min in thresholds:
            yield Mistake(f"{at}/points_min", "given-twice", f"Another tier begins at {tier.points_min} points.")
        if len(tier.benefits) > 2000 or not is_keepable(tier.benefits):
            yield Mistake(f"{at}/benefits", "invalid-length", "At most 2000 characters.")
        codes.add(tier.code)
        thresholds.add(tier.points_min)


def _is_text(text: str, longest: int) -> bool:
    return 0 < len(text) <= longest and text.isprintable() and bool(text.strip())
