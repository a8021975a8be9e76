"""What makes a reward's fields possible, told all at once: what each kind needs and refuses. No queries; what must be
there in the program is the operations' business. Fields are named as the model names them."""

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from loyalty.http.parsers import at, is_keepable
from programs.rewards.models import Reward

WORDS = ("name", "description", "translations")
BOUNDS = ("stock_left", "stock_low_at", "member_max", "starts_at", "ends_at", "tiers", "segments")
WORTH = ("discount_kind", "value_minor", "percent", "buy_quantity", "free_quantity", "skus", "categories",
         "order_minor_min", "discount_minor_max")  # fmt: skip
FIELDS = (
    *WORDS, "status", "points_cost", *BOUNDS, *WORTH, "locations", "voucher_days", "uses_max", "is_birthday_gift",
    "position",
)  # fmt: skip
"""What can be changed of a reward."""
POINTERS = {"value_minor": "value", "order_minor_min": "order_min", "discount_minor_max": "discount_max"}
"""How the fields are called outside, where amounts are decimal strings."""

WHOLE_MAX = 1_000_000_000_000_000
COUNT_MAX = 1_000_000
DAYS_MAX = 3_650
DESCRIPTION_MAX = 5_000
LIST_MAX = 500
LANGUAGES_MAX = 50
YEARS = (1990, 2999)

Kind, DiscountKind = Reward.Kind, Reward.DiscountKind
CONCERNED = {"skus", "categories", "order_minor_min"}
"""Which order, and what of it."""
TAKEN = {
    Kind.PRODUCT: set(),
    Kind.DISCOUNT: {*WORTH},
    Kind.FREE_ITEM: {*CONCERNED, "discount_minor_max"},
    Kind.GIFT_CARD: {"value_minor"},
    Kind.DONATION: set(),
    Kind.EXTERNAL_CODE: set(),
}
"""What a reward of each kind may say of its worth."""
NEEDED = {Kind.DISCOUNT: ("discount_kind",), Kind.GIFT_CARD: ("value_minor",)}
NUMBERS = {
    DiscountKind.AMOUNT: ("value_minor",),
    DiscountKind.PERCENT: ("percent",),
    DiscountKind.CHEAPEST: ("percent",),
    DiscountKind.BUY_X_GET_Y: ("buy_quantity", "free_quantity"),
}
"""What each kind of discount is counted by; it takes none of the others."""

_CODE = re.compile(r"[A-Za-z0-9_-]{1,60}\Z")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8}){0,2}\Z")
_RANGES = {
    "points_cost": (0, WHOLE_MAX),
    "stock_left": (0, WHOLE_MAX),
    "stock_low_at": (0, WHOLE_MAX),
    "member_max": (1, COUNT_MAX),
    "value_minor": (1, WHOLE_MAX),
    "buy_quantity": (1, 1000),
    "free_quantity": (1, 1000),
    "order_minor_min": (1, WHOLE_MAX),
    "discount_minor_max": (1, WHOLE_MAX),
    "voucher_days": (1, DAYS_MAX),
    "uses_max": (1, COUNT_MAX),
    "position": (0, COUNT_MAX),
}
_NEVER_EMPTY = {"points_cost", "uses_max", "position"}
_LENGTHS = {"tiers": 30, "segments": 60, "skus": 80, "categories": 80, "locations": 80}

Mistake = tuple[str, str, str]


def mistakes_in_code(code: str) -> list[dict]:
    """What is wrong with a reward's code."""
    found = [] if _CODE.match(code) else [("code", "invalid-format", "1 to 60 letters, digits, - or _.")]
    return list(map(told, found))


def mistakes_in(kind: str, values: Mapping[str, Any]) -> list[dict]:
    """Everything that is wrong with these fields (all of `FIELDS`) of a reward of that kind: {pointer, code, detail}.
    Points and minor units are whole, `percent` is a Decimal."""
    if kind not in Kind.values:
        return [told(("kind", "invalid-choice", f"One of {', '.join(Kind.values)}."))]
    found = [*_words(values), *_figures(values), *_times(values), *_lists(values), *_worth(kind, values)]
    return list(map(told, found))


def told(mistake: Mistake) -> dict:
    """A mistake in a field, or in a part of it ("tiers/1"), as clients read it."""
    field, code, detail = mistake
    name, _, rest = field.partition("/")
    return {"pointer": at("", POINTERS.get(name, name)) + (f"/{rest}" if rest else ""), "code": code, "detail": detail}


def _words(values: Mapping[str, Any]) -> Iterator[Mistake]:
    yield from _name("name", values["name"])
    yield from _description("description", values["description"])
    translations = values["translations"]
    if not isinstance(translations, dict) or len(translations) > LANGUAGES_MAX:
        yield "translations", "invalid-type", f"An object with up to {LANGUAGES_MAX} languages."
        return
    for language, words in translations.items():
        field = f"translations{at('', str(language))}"
        if not _LANGUAGE.match(language):
            yield field, "invalid-format", "A language is written like nl or pt-br."
        if not isinstance(words, dict) or not words or words.keys() - {"name", "description"}:
            yield field, "invalid-type", "A name, a description, or both."
            continue
        if "name" in words:
            yield from _name(f"{field}/name", words["name"])
        if "description" in words:
            yield from _description(f"{field}/description", words["description"])


def _name(field: str, name: Any) -> Iterator[Mistake]:
    if not (isinstance(name, str) and 0 < len(name) <= 120 and name.isprintable() and name.strip()):
        yield field, "invalid-length", "1 to 120 characters that can be seen."


def _description(field: str, text: Any) -> Iterator[Mistake]:
    if not isinstance(text, str) or len(text) > DESCRIPTION_MAX or not is_keepable(text):
        yield field, "invalid-length", f"At most {DESCRIPTION_MAX} characters."


def _figures(values: Mapping[str, Any]) -> Iterator[Mistake]:
    for name, (least, most) in _RANGES.items():
        value = values[name]
        if value is None and name not in _NEVER_EMPTY:
            continue
        if not isinstance(value, int) or not least <= value <= most:
            yield name, "out-of-range", f"A whole number from {least:,} to {most:,}."
    percent = values["percent"]
    if percent is not None and not (Decimal(0) < percent <= 100 and percent == round(percent, 2)):
        yield "percent", "out-of-range", "More than 0 and up to 100, with two decimals at most."
    if values["status"] not in Reward.Status.values:
        yield "status", "invalid-choice", f"One of {', '.join(Reward.Status.values)}."


def _times(values: Mapping[str, Any]) -> Iterator[Mistake]:
    starts, ends = values["starts_at"], values["ends_at"]
    for name, moment in (("starts_at", starts), ("ends_at", ends)):
        if moment and not YEARS[0] < moment.year < YEARS[1]:
            yield name, "out-of-range", "No such year is planned for."
    if starts and ends and ends <= starts:
        yield "ends_at", "out-of-range", "It ends before it begins."


def _lists(values: Mapping[str, Any]) -> Iterator[Mistake]:
    for name, length in _LENGTHS.items():
        given = values[name]
        if not isinstance(given, list) or len(given) > LIST_MAX:
            yield name, "invalid-type", f"A list of at most {LIST_MAX}."
            continue
        for index, one in enumerate(given):
            if not (isinstance(one, str) and 0 < len(one) <= length and one.isprintable() and one.strip()):
                yield f"{name}/{index}", "invalid-length", f"1 to {length} characters that can be seen."
            elif one in given[:index]:
                yield f"{name}/{index}", "given-twice", "It stands there already."


def _worth(kind: str, values: Mapping[str, Any]) -> Iterator[Mistake]:
    """What the kind needs and refuses."""
    taken, needed = set(TAKEN[kind]), NEEDED.get(kind, ())
    if kind == Kind.DISCOUNT:
        own = values["discount_kind"]
        if own and own not in DiscountKind.values:
            yield "discount_kind", "invalid-choice", f"One of {', '.join(DiscountKind.values)}."
            return
        needed = (*needed, *NUMBERS.get(own, ()))
        taken -= {"value_minor", "percent", "buy_quantity", "free_quantity"} - set(NUMBERS.get(own, ()))
        taken -= {"discount_minor_max"} if own == DiscountKind.AMOUNT else set()
    said = f"A {values['discount_kind']} discount" if kind == Kind.DISCOUNT else f"A reward of the kind {kind}"
    for name in WORTH:
        is_given = values[name] not in (None, "", [])
        if name in needed and not is_given:
            yield name, "required", f"{said} needs it."
        elif is_given and name not in taken:
            yield name, "not-wanted", f"{said} has none."
    if kind == Kind.FREE_ITEM and not (values["skus"] or values["categories"]):
        yield "skus", "required", "Say which item is free, by its SKU or category."
    if kind in (Kind.GIFT_CARD, Kind.DONATION) and values["uses_max"] != 1:
        yield "uses_max", "not-wanted", f"{said} is not used a number of times."
    if kind == Kind.EXTERNAL_CODE and values["stock_left"] is not None:
        yield "stock_left", "not-wanted", "There are as many as there are codes in its pool."
