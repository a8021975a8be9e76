"""Lists by pages that stay in place while rows are added: a page begins after a row, not at a number. The cursor is
that row's sort values; clients take it from `next` and `previous` and do not look inside."""

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet

from loyalty.errors import Invalid
from loyalty.http.parsers import is_keepable
from loyalty.http.shapes import CURSOR_LENGTH_MAX, PAGE_SIZE_MAX

PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page begins: after the row with these sort values, in the list's order or backwards."""

    values: tuple[str, ...] = ()
    backwards: bool = False


def page(request, queryset: QuerySet, key: Sequence[str] = ("-id",), render: Callable | None = None) -> dict:
    """One page of the queryset as {next, previous, results}, sorted by `key`: fields that are never null, of which
    the last (or all together) are unique. `render` makes the answer of a row. Reads `cursor` and `page_size`
    (50, at most 200). Refusal: Invalid. One query."""
    fields = [_field(queryset.model, name) for name in _names(key)]

    def fetch(place: Place, limit: int):
        order = [_turned(name) if place.backwards else name for name in key]
        rows = queryset.order_by(*order)
        if place.values:
            rows = rows.filter(_after(order, _parsed(place, fields)))
        return list(rows[:limit])

    def values_of(row) -> tuple:
        return tuple(_value(row, name) for name in _names(key))

    return page_of_rows(request, fetch, values_of, render)


def page_of_rows(request, fetch: Callable[[Place, int], list], values_of: Callable, render=None) -> dict:
    """The same for rows from anywhere: `fetch(place, limit)` gives the rows after the place, in the place's
    direction; `values_of(row)` the row's sort values."""
    size, place = _page_size(request), _place(request)
    rows = fetch(place, size + 1)
    more = len(rows) > size
    rows = rows[:size]
    if place.backwards:
        rows.reverse()
    has_next = more or place.backwards
    has_previous = more if place.backwards else bool(place.values)
    return {
        "next": _address(request, values_of(rows[-1]), backwards=False) if rows and has_next else None,
        "previous": _address(request, values_of(rows[0]), backwards=True) if rows and has_previous else None,
        "results": [render(row) for row in rows] if render else rows,
    }


def _names(key: Sequence[str]) -> list[str]:
    return [name.removeprefix("-") for name in key]


def _turned(name: str) -> str:
    return name.removeprefix("-") if name.startswith("-") else f"-{name}"


def _field(model, name: str):
    *path, last = name.split("__")
    for step in path:
        model = model._meta.get_field(step).related_model
    return model._meta.pk if last == "pk" else model._meta.get_field(last)


def _value(row, name: str):
    if isinstance(row, dict):
        return row[name]
    for step in name.split("__"):
        row = getattr(row, step)
    return row


def _after(order: Sequence[str], values: Sequence) -> Q:
    """Rows that come after these values; the first condition alone lets an index on the first field be used."""
    condition, equal = Q(), Q()
    for name, value in zip(order, values, strict=True):
        plain, lookup = name.removeprefix("-"), "lt" if name.startswith("-") else "gt"
        condition |= equal & Q(**{f"{plain}__{lookup}": value})
        equal &= Q(**{plain: value})
    first = order[0].removeprefix("-")
    edge = "lte" if order[0].startswith("-") else "gte"
    return Q(**{f"{first}__{edge}": values[0]}) & condition if len(order) > 1 else condition


def _parsed(place: Place, fields: Sequence) -> list[Any]:
    try:
        values = [field.to_python(text) for field, text in zip(fields, place.values, strict=True)]
    except (ValidationError, ValueError, OverflowError):
        raise _wrong_cursor() from None
    if any(isinstance(value, datetime) and value.tzinfo is None for value in values):
        raise _wrong_cursor()
    return values


def _page_size(request) -> int:
    text = request.GET.get("page_size")
    if text is None:
        return PAGE_SIZE
    if not (text.isascii() and text.isdigit() and len(text) < 10 and 1 <= int(text) <= PAGE_SIZE_MAX):
        detail = f"A whole number from 1 to {PAGE_SIZE_MAX}."
        raise Invalid([{"pointer": "/page_size", "code": "out-of-range", "detail": detail}])
    return int(text)


def _place(request) -> Place:
    text = request.GET.get("cursor")
    if not text:
        return Place()
    if len(text) > CURSOR_LENGTH_MAX:
        raise _wrong_cursor()
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        backwards, values = msgspec.json.decode(raw, type=tuple[bool, tuple[str, ...]])
    except (binascii.Error, ValueError, msgspec.DecodeError):
        raise _wrong_cursor() from None
    if not values or not all(map(is_keepable, values)):
        raise _wrong_cursor()
    return Place(values, backwards)


def _address(request, values: tuple, *, backwards: bool) -> str:
    raw = msgspec.json.encode(
        (backwards, [value.isoformat() if hasattr(value, "isoformat") else str(value) for value in values])
    )
    parameters = request.GET.copy()
    parameters["cursor"] = base64.urlsafe_b64encode(raw).decode().rstrip("=")
    return request.build_absolute_uri(f"{request.path}?{parameters.urlencode()}")


def _wrong_cursor() -> Invalid:
    detail = "Take the cursor from `next` or `previous` as it is."
    return Invalid([{"pointer": "/cursor", "code": "invalid-format", "detail": detail}])
