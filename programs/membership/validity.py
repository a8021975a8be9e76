"""What makes a program's terms possible: one set of rules for the API, documents and the admin, told all at once.
No queries. Fields are named as the model names them, `unit_name` and `decimal_places` being the unit's.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from zoneinfo import available_timezones

from loyalty.http.money import exponent
from loyalty.http.parsers import is_keepable
from programs.membership.models import Program

POINTS_MAX = 1_000_000_000_000_000
MONTHS_MAX = 1_200
DAYS_MAX = 3_650
TIERS_MAX = 50
WARNING_DAYS_MAX = 366
MULTIPLIER_MAX = 100
PERKS_MAX = 20
EXPIRY_DATES_MAX = 24
EARN_PER_MAX = Decimal("9999999999.99")
_SLUG = re.compile(r"[A-Za-z0-9_-]{1,30}\Z")
_CURRENCY = re.compile(r"[A-Z]{3}\Z")
_DAY = re.compile(r"[0-9]{2}-[0-9]{2}\Z")
_PERK = re.compile(r"[a-z0-9_]{1,40}\Z")
_EVENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}\Z")
_WHOLE = {
    "decimal_places": (0, 6),
    "earn_points": (0, 1_000_000_000),
    "pending_days": (0, DAYS_MAX),
    "expiry_months": (0, MONTHS_MAX),
    "expiry_warning_days": (0, WARNING_DAYS_MAX),
    "debt_max": (0, POINTS_MAX),
    "redeem_points_min": (1, POINTS_MAX),
    "redeem_percent_max": (1, 100),
    "tier_months": (1, MONTHS_MAX),
    "tier_grace_days": (0, DAYS_MAX),
    "tier_warning_days": (0, WARNING_DAYS_MAX),
}
_LENGTHS = {"name": 120, "unit_name": 30}
_CHOICES = {
    "kind": Program.Kind.values,
    "status": Program.Status.values,
    "expiry_kind": Program.ExpiryKind.values,
    "return_policy": Program.ReturnPolicy.values,
    "tier_basis": Program.TierBasis.values,
    "tier_window": Program.TierWindow.values,
    "tier_downgrade": Program.TierDowngrade.values,
}


@dataclass(frozen=True, slots=True)
class TierTerms:
    """A tier as it is asked for."""

    code: str
    name: str
    points_min: int
    benefits: str = ""
    multiplier: Decimal = Decimal(1)
    perks: tuple[str, ...] = ()


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
    if values.get("pending_until") and not _EVENT.match(values["pending_until"]):
        yield Mistake("pending_until", "invalid-format", "An event's name: letters, digits, dots, say order.delivered.")
    yield from _dates(values.get("expiry_dates") or [])


def _dates(dates: list[str]) -> Iterator[Mistake]:
    """What is wrong with days of the year."""
    if len(dates) > EXPIRY_DATES_MAX:
        yield Mistake("expiry_dates", "too-many", f"At most {EXPIRY_DATES_MAX} days.")
    for index, text in enumerate(dates[:EXPIRY_DATES_MAX]):
        if not _is_day(text):
            yield Mistake(f"expiry_dates/{index}", "invalid-format", "A day of the year as month-day, say 06-30.")
        elif text in dates[:index]:
            yield Mistake(f"expiry_dates/{index}", "given-twice", f"The day {text} is given twice.")


def _together(values: Mapping) -> Iterator[Mistake]:
    """Fields that do not go together."""
    if "earn_per" in values and _CURRENCY.match(values.get("money_currency", "")):
        # The column keeps two decimals, also for the few currencies that have three.
        places = min(exponent(values["money_currency"]), 2)
        if values["earn_per"] != round(values["earn_per"], places):
            detail = f"An amount in {values['money_currency']} has {places} decimals at most here."
            yield Mistake("earn_per", "too-many-decimals", detail)
    yield from _life(values)


def _life(values: Mapping) -> Iterator[Mistake]:
    """Lives that points cannot have."""
    kind, months, dates = (values.get(name) for name in ("expiry_kind", "expiry_months", "expiry_dates"))
    if kind == Program.ExpiryKind.INACTIVITY and "expiry_months" in values and not months:
        detail = "After how many months without earning or spending? At least 1."
        yield Mistake("expiry_months", "required" if months is None else "out-of-range", detail)
    if kind == Program.ExpiryKind.DATES and dates == []:
        yield Mistake("expiry_dates", "required", "On which days of the year? Say 06-30 and 12-31.")
    if values.get("pending_until") and values.get("pending_days"):
        detail = "Points wait for some days or for an event, not for both: make the days 0."
        yield Mistake("pending_until", "days-or-event", detail)
    least = (months or 0) if kind == Program.ExpiryKind.DATES else months
    if least is not None and values.get("pending_days", 0) > 28 * least:
        detail = "Points would be gone before they could be spent: let them wait less, or last longer."
        yield Mistake("pending_days", "longer-than-expiry", detail)


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
            yield Mistake(f"{at}/points_min", "given-twice", f"Another tier begins at {tier.points_min}.")
        if len(tier.benefits) > 2000 or not is_keepable(tier.benefits):
            yield Mistake(f"{at}/benefits", "invalid-length", "At most 2000 characters.")
        yield from _brings(tier, at)
        codes.add(tier.code)
        thresholds.add(tier.points_min)


def _is_day(text: str) -> bool:
    """Whether some year has this day, written month-day."""
    try:
        return bool(_DAY.match(text) and date.fromisoformat(f"2000-{text}"))
    except ValueError:
        return False


def _brings(tier: TierTerms, at: str) -> Iterator[Mistake]:
    """What is wrong with what machines read of a tier."""
    if not tier.multiplier.is_finite() or not 1 <= tier.multiplier <= MULTIPLIER_MAX:
        yield Mistake(f"{at}/multiplier", "out-of-range", f"From 1 to {MULTIPLIER_MAX}.")
    elif tier.multiplier != round(tier.multiplier, 3):
        yield Mistake(f"{at}/multiplier", "too-many-decimals", "At most 3 decimals.")
    if len(tier.perks) > PERKS_MAX:
        yield Mistake(f"{at}/perks", "too-many", f"At most {PERKS_MAX} perks.")
    for index, perk in enumerate(tier.perks[:PERKS_MAX]):
        if not _PERK.match(perk):
            yield Mistake(f"{at}/perks/{index}", "invalid-format", "1 to 40 small letters, digits or _.")
        elif perk in tier.perks[:index]:
            yield Mistake(f"{at}/perks/{index}", "given-twice", f"The perk {perk} is given twice.")


def _is_text(text: str, longest: int) -> bool:
    return 0 < len(text) <= longest and text.isprintable() and bool(text.strip())
