"""Shapes: request and response bodies as msgspec Structs. One definition checks, renders and documents."""

import re
import uuid
from datetime import UTC, date, datetime
from functools import cache
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, UnsetType

from loyalty.errors import Invalid
from loyalty.http import mistakes, parsers
from loyalty.http.money import from_minor, to_minor

__all__ = [
    "UNSET",
    "UUID",
    "Answer",
    "Currency",
    "Date",
    "Filters",
    "Key",
    "Moment",
    "Money",
    "PageSize",
    "Points",
    "Shape",
    "ShortText",
    "SignedPoints",
    "UnsetType",
    "check",
    "from_minor",
    "query",
    "read",
    "to_minor",
]

POINTS_MAX_HTTP = 1_000_000_000_000_000
PAGE_SIZE_MAX = 200
CURSOR_LENGTH_MAX = 400


class _KeywordOnly(msgspec.StructMeta):
    """Fields with and without a default stand in any order, in subclasses too: msgspec does not inherit that."""

    def __new__(mcls, name, bases, namespace, **config):
        return super().__new__(mcls, name, bases, namespace, **{"kw_only": True, **config})


class Shape(msgspec.Struct, metaclass=_KeywordOnly, forbid_unknown_fields=True):
    """What comes in. Unknown fields are refused."""


class Answer(msgspec.Struct, metaclass=_KeywordOnly):
    """What goes out."""


UUID = uuid.UUID
Date = date
Points = Annotated[int, Meta(ge=1, le=POINTS_MAX_HTTP, description="Whole points.", examples=[500])]
SignedPoints = Annotated[
    int, Meta(ge=-POINTS_MAX_HTTP, le=POINTS_MAX_HTTP, description="Whole points, negative to take.", examples=[-500])
]
Money = Annotated[
    str,
    Meta(
        pattern=r"^(0|[1-9][0-9]{0,11})(\.[0-9]{1,4})?\Z",
        description="A decimal string, in the currency's own decimals.",
        examples=["152.00"],
    ),
]
Currency = Annotated[str, Meta(pattern=r"^[A-Z]{3}\Z", description="ISO 4217 code.", examples=["USD"])]
ShortText = Annotated[str, Meta(max_length=200)]
Key = Annotated[str, Meta(min_length=1, max_length=255)]
Moment = Annotated[
    datetime,
    Meta(tz=True, description="RFC 3339 with an offset, years 1900 to 2200.", examples=["2026-10-01T12:00:00Z"]),
]
Cursor = Annotated[
    str,
    Meta(
        max_length=CURSOR_LENGTH_MAX,
        pattern=r"^[A-Za-z0-9_-]*\Z",
        description="Where to go on, from `next` or `previous`.",
    ),
]
PageSize = Annotated[int, Meta(ge=1, le=PAGE_SIZE_MAX)]


class Filters(Shape):
    """The query parameters of every list."""

    cursor: Cursor | None = None
    page_size: PageSize = 50


def read(request, shape: type):
    """The request's body as an instance of `shape`. Refusals in order: those of `parsers.body`; Invalid with every
    mistake that the body has."""
    return check(parsers.body(request), shape)


def check(value, shape: type, pointer: str = ""):
    """`value` (parsed JSON) as an instance of `shape`, moments in UTC; `pointer` says where it stands in the body.
    Refused as Invalid with every mistake."""
    try:
        made = msgspec.convert(value, shape)
    except msgspec.ValidationError as error:
        raise Invalid(mistakes.find(value, shape, pointer, error)) from None
    if has_moment(shape):
        errors: list[dict] = []
        made = _settle(made, pointer, errors)
        if errors:
            raise Invalid(errors)
    return made


def query(request, shape: type):
    """The query parameters as an instance of `shape`; unknown ones and those given twice are refused like fields
    of a body. Fields that are lists may be repeated."""
    given = request.GET if hasattr(request, "GET") else request._request.GET
    value: dict[str, Any] = {}
    errors = []
    kinds = _query_kinds(shape)
    for name, texts in given.lists():
        kind = kinds.get(name)
        if not all(map(parsers.is_keepable, (name, *texts))):
            errors.append(parsers.UNKEEPABLE | {"pointer": parsers.at("", name.replace("\x00", ""))})
        elif kind is list:
            value[name] = texts
        elif len(texts) > 1:
            errors.append({"pointer": parsers.at("", name), "code": "given-twice", "detail": "Give it once."})
        else:
            value[name] = _typed(texts[0], kind)
    if errors:
        raise Invalid(errors)
    return check(value, shape)


_WHOLE = re.compile(r"-?[0-9]{1,18}\Z")
_LOST_PLUS = re.compile(r" (?=[0-9]{2}:[0-9]{2}\Z)")


def _typed(text: str, kind):
    """A query parameter's text as JSON would give it; what does not fit stays text and is found to be a mistake."""
    if kind is int and _WHOLE.match(text):
        return int(text)
    if kind is bool and text in ("true", "false"):
        return text == "true"
    if kind is datetime:
        # A plus sign that the client forgot to escape arrives as a space.
        return _LOST_PLUS.sub("+", text)
    return text


@cache
def _query_kinds(shape: type) -> dict:
    kinds = {}
    for field in msgspec.structs.fields(shape):
        inside = set(mistakes.leaves(field.type, into=()))
        kinds[field.encode_name] = next((k for k in (list, int, bool, datetime) if k in inside), str)
    return kinds


@cache
def has_moment(kind) -> bool:
    """Whether a value of this type may hold a moment somewhere."""
    return any(
        leaf is datetime or (mistakes.is_struct(leaf) and bool(_moments(leaf))) for leaf in mistakes.leaves(kind)
    )


@cache
def _moments(shape: type) -> tuple:
    return tuple(f for f in msgspec.structs.fields(shape) if has_moment(f.type))


def _settle(value, pointer: str, errors: list):
    """The value with its moments in UTC; those outside of any sensible time are added to `errors`."""
    if isinstance(value, datetime):
        if mistakes.is_sensible(value):
            return value.astimezone(UTC)
        errors.append(mistakes.OUT_OF_TIME | {"pointer": pointer})
    elif isinstance(value, msgspec.Struct):
        for field in _moments(type(value)):
            inner = getattr(value, field.name)
            if inner is not None and inner is not UNSET:
                setattr(value, field.name, _settle(inner, parsers.at(pointer, field.encode_name), errors))
    elif isinstance(value, list):
        return [_settle(item, f"{pointer}/{index}", errors) for index, item in enumerate(value)]
    return value
