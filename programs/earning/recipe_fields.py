"""The fields of recipes' forms: what each takes, and whether a value is of that kind. Pure."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from programs.earning.templates import blanks

MONEY = re.compile(r"[0-9]{1,15}(\.[0-9]{1,4})?\Z")
WEEKDAYS = (
    ("mon", "Monday"), ("tue", "Tuesday"), ("wed", "Wednesday"), ("thu", "Thursday"), ("fri", "Friday"),
    ("sat", "Saturday"), ("sun", "Sunday"),
)  # fmt: skip
PERIODS = (("day", "a day"), ("week", "a week"), ("month", "a month"), ("year", "a year"), ("ever", "in all"))
LINE_FACTS = (("line.category", "Category"), ("line.sku", "SKU"), ("line.name", "Name"))

TEXT, POINTS, COUNT, MONEY_KIND, FACTOR = "text", "points", "count", "money", "factor"
CHOICE, WORDS, DAYS, ITEMS, QUESTIONS, MOMENT, HOUR = "choice", "words", "days", "items", "questions", "moment", "hour"


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field of a form. `kind` is one of text, points and count (whole numbers), money and factor (decimal texts),
    choice (one of `options`, or of what `choices` names), words (a list of texts), days (a list of weekdays), items
    ([{"sku", "quantity"}]), questions (leaves of conditions), moment ("2026-05-15T18:00:00" by the program's clock) and
    hour ("18:00"). `choices` names where values come from, as the catalogue of facts does: tiers, segments, channels,
    categories, skus, events, cards."""

    name: str
    kind: str
    label: str
    help: str = ""
    default: Any = None
    is_required: bool = True
    options: tuple[tuple[str, str], ...] = ()
    choices: str = ""


def kept_fields(group: str, pattern: Mapping) -> tuple[Field, ...]:
    """What a rule says besides the fields of its form: it goes through as it is."""
    kept = (
        Field(name="key", kind=TEXT, label="Key", is_required=False),
        Field(name="group", kind=TEXT, label="Group", default=group, is_required=False),
        Field(name="priority", kind=COUNT, label="Priority", is_required=False),
        Field(name="on_return", kind=TEXT, label="When it comes back", is_required=False),
        Field(name="target", kind=WORDS, label="Groups that are multiplied", default=["base"], is_required=False),
    )
    there = set(blanks(pattern))
    return tuple(one for one in kept if one.name in there)


def values_fit(fields: Iterable[Field], values: Mapping[str, Any]) -> bool:
    """Whether the values are of their fields' kinds."""
    return all(_fits(one, values[one.name]) for one in fields if one.name in values)


def _fits(field: Field, value: Any) -> bool:
    match field.kind:
        case "points" | "count":
            return type(value) is int
        case "money" | "factor":
            return isinstance(value, str) and bool(MONEY.match(value))
        case "words" | "days":
            return _is_list(value, str)
        case "items":
            return _is_list(value, dict) and all(one.keys() <= {"sku", "quantity"} for one in value)
        case "questions":
            return _is_list(value, dict) and all(one.keys() == {"fact", "operator", "value"} for one in value)
        case "choice" if field.options:
            return value in [option for option, _ in field.options]
    return isinstance(value, str)


def _is_list(value: Any, kind: type) -> bool:
    return isinstance(value, list) and all(isinstance(one, kind) for one in value)
