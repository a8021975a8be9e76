"""Every mistake in a body, field by field, with JSON pointers. Only looked for once a body is known to be wrong:
msgspec itself stops at the first."""

import re
import types
from collections.abc import Iterator
from datetime import datetime
from difflib import get_close_matches
from functools import cache
from typing import Annotated, Any, Union, get_args, get_origin

import msgspec

from loyalty.http.parsers import ERRORS_MAX, at


def find(value, kind, pointer: str, error: msgspec.ValidationError) -> list[dict]:
    """What is wrong with `value` as a `kind`; `error` is what msgspec said about the whole."""
    found = []
    for mistake in _look(value, kind, pointer):
        found.append(mistake)
        if len(found) == ERRORS_MAX:
            break
    return found or [_told(error, pointer)]


# What a client sent may stand in the detail, but not all of it.
DETAIL_LENGTH_MAX = 300
OUT_OF_TIME = {"pointer": "", "code": "out-of-range", "detail": "Years from 1900 to 2200."}


def is_sensible(moment: datetime) -> bool:
    """Whether the moment is in the years that anything here can be about."""
    return 1900 <= moment.year <= 2200


def is_struct(kind) -> bool:
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct)


def leaves(kind, into=(list, dict, tuple)) -> Iterator:
    """The plain types in a type: of its unions, and of the containers in `into` also what they contain."""
    origin = get_origin(kind)
    if origin is Annotated:
        yield from leaves(get_args(kind)[0], into)
    elif origin in (Union, types.UnionType):
        for part in get_args(kind):
            yield from leaves(part, into)
    else:
        yield origin or kind
        if origin in into:
            for part in get_args(kind):
                yield from leaves(part, into)


@cache
def _inside(kind) -> tuple:
    """(struct, item type of a list, value type of an object) that `kind` allows; None for what it does not."""
    struct = item = child = None
    for part in _alternatives(kind):
        if is_struct(part):
            struct = part
        elif get_origin(part) is list:
            item = get_args(part)[0]
        elif get_origin(part) is dict:
            child = get_args(part)[1]
    return struct, item, child


def _alternatives(kind) -> Iterator:
    origin = get_origin(kind)
    if origin is Annotated:
        yield from _alternatives(get_args(kind)[0])
    elif origin in (Union, types.UnionType):
        for part in get_args(kind):
            yield from _alternatives(part)
    else:
        yield kind


def _look(value, kind, pointer: str) -> Iterator[dict]:
    struct, item, child = _inside(kind)
    seen = False
    parts: Iterator = iter(())
    if struct and isinstance(value, dict):
        parts = _fields(value, struct, pointer)
    elif item is not None and isinstance(value, list):
        parts = (m for index, v in enumerate(value) for m in _look(v, item, f"{pointer}/{index}"))
    elif child not in (None, Any) and isinstance(value, dict):
        parts = (m for name, v in value.items() for m in _look(v, child, at(pointer, name)))
    for mistake in parts:
        seen = True
        yield mistake
    if not seen:
        try:
            made = msgspec.convert(value, kind)
            if isinstance(made, datetime) and not is_sensible(made):
                yield OUT_OF_TIME | {"pointer": pointer}
        except msgspec.ValidationError as error:
            yield _told(error, pointer, _example(kind), value)


def _fields(value: dict, struct: type, pointer: str) -> Iterator[dict]:
    fields = {field.encode_name: field for field in msgspec.structs.fields(struct)}
    for name, field in fields.items():
        if name in value:
            yield from _look(value[name], field.type, at(pointer, name))
        elif field.required:
            yield {"pointer": at(pointer, name), "code": "required", "detail": "This field is required."}
    if struct.__struct_config__.forbid_unknown_fields:
        for name in value:
            if name not in fields:
                near = get_close_matches(name[:80], fields, n=1)
                hint = f" Did you mean {near[0]}?" if near else ""
                detail = f"There is no such field.{hint}"
                yield {"pointer": at(pointer, name), "code": "unknown-field", "detail": detail}


_PATH = re.compile(r" - at `(?:key in )?\$([^`]*)`\Z")
_CODES = (
    ("of length", "invalid-length"),
    ("matching regex", "invalid-format"),
    ("Invalid enum", "invalid-choice"),
    ("with a timezone", "offset-required"),
    ("Invalid ", "invalid-format"),
    (">", "out-of-range"),
    ("<", "out-of-range"),
    ("multiple", "out-of-range"),
    (", got ", "invalid-type"),
)
_WORDS = {
    "`int`": "a whole number",
    "`str`": "a string",
    "`bool`": "true or false",
    "`object`": "an object",
    "`array`": "a list",
    "`null`": "null",
    "`float`": "a number with a fraction",
    "`datetime`": "a time (RFC 3339)",
    "`date`": "a date (2026-10-01)",
    "`uuid`": "a UUID",
}


@cache
def _example(kind) -> str:
    """How a text of a form of its own is written; "" where nothing says so."""
    if get_origin(kind) is Annotated:
        of, *notes = get_args(kind)
        for note in notes:
            if isinstance(note, msgspec.Meta) and note.pattern and note.examples:
                return str(note.examples[0])
        return _example(of)
    if get_origin(kind) in (Union, types.UnionType):
        return next(filter(None, map(_example, get_args(kind))), "")
    return ""


def _told(error: msgspec.ValidationError, pointer: str, example: str = "", value=None) -> dict:
    """One of msgspec's messages as one of ours; `example` says how `value` should have been written."""
    text = str(error)
    if path := _PATH.search(text):
        text = text[: path.start()]
        for step in re.findall(r"[^.\[\]]+", path[1]):
            pointer = at(pointer, step)
    code = next((code for sign, code in _CODES if sign in text), "invalid")
    detail = _worded(text)
    if example and isinstance(value, str) and "," in value and "." in example:
        detail = f"Write it with a point and without a comma, as in {example}."
    elif example and code in ("invalid-format", "invalid-type"):
        detail = f'{detail} Write it as in "{example}".'
    return {"pointer": pointer, "code": code, "detail": detail[:DETAIL_LENGTH_MAX]}


def _worded(text: str) -> str:
    if "matching regex" in text:
        return "The text does not have the form that is wanted here."
    if "with a timezone" in text:
        return "The time needs an offset: 2026-10-01T12:00:00Z or 2026-10-01T14:00:00+02:00."
    text = re.sub(
        r"`[^`]*`", lambda m: " or ".join(_WORDS.get(f"`{w}`", w) for w in m[0].strip("`").split(" | ")), text
    )
    return (
        text.replace(">=", "of at least").replace("<=", "of at most").replace("RFC3339 encoded datetime", "time") + "."
    )
