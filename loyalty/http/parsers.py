"""From the bytes of a body to plain Python values: JSON only, bounded in size and depth, no field given twice,
nothing in a string that PostgreSQL could not keep."""

import json
import math
from itertools import islice

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest
from django.http.request import UnreadablePostError
from rest_framework.parsers import BaseParser

from loyalty.errors import Invalid
from loyalty.http.refusals import BadRequest, BodyTooLarge, MalformedJson, UnsupportedMediaType

BODY_BYTES_MAX = 1_000_000
DEPTH_MAX = 32
ERRORS_MAX = 100


class _Twice(ValueError):
    """A field is given twice in one object."""


class _Pairs(list):
    """An object as the list of its fields, to find out which one came twice."""


def parse(raw: bytes):
    """The value that `raw` spells. Refusals: MalformedJson; Invalid for fields given twice and for characters that
    cannot be kept, with their pointers."""
    try:
        text = raw.decode("utf-8")
        value = _DECODER.decode(text)
    except _Twice:
        raise Invalid(_given_twice(text)) from None
    except (ValueError, RecursionError) as error:
        raise MalformedJson(_why(error)) from None
    if raw.count(b"{") + raw.count(b"[") > DEPTH_MAX and _is_too_deep(value):
        raise MalformedJson(f"The body is nested deeper than {DEPTH_MAX} levels.")
    if b"\\u" in raw and (errors := list(islice(_unkeepable(value, ""), ERRORS_MAX))):
        raise Invalid(errors)
    return value


def body(request):
    """The parsed body of the request, {} when there is none; read once, however often it is asked for.
    Refusals in order: BodyTooLarge, UnsupportedMediaType, MalformedJson, Invalid."""
    http = getattr(request, "_request", request)
    try:
        return http.parsed_body
    except AttributeError:
        raw = raw_body(http)
        if raw and not _is_json(http.META.get("CONTENT_TYPE", "")):
            raise UnsupportedMediaType() from None
        http.parsed_body = parse(raw) if raw else {}
        return http.parsed_body


def raw_body(http: HttpRequest) -> bytes:
    """The body's bytes, at most `http.body_bytes_max` (the view's limit) of them."""
    limit = getattr(http, "body_bytes_max", BODY_BYTES_MAX)
    try:
        length = int(http.META.get("CONTENT_LENGTH") or 0)
        raw = http.body if length <= limit else None
    except RequestDataTooBig:
        raw = None
    except (UnreadablePostError, ValueError):
        raise BadRequest("The body broke off.") from None
    if raw is None or len(raw) > limit:
        raise BodyTooLarge(f"The body may have {limit:,} bytes here.", bytes_max=limit)
    return raw


class JsonParser(BaseParser):
    """The same reading for whoever asks DRF for `request.data`."""

    media_type = "application/json"

    def parse(self, stream, media_type=None, parser_context=None):
        return body(parser_context["request"])


def _is_json(content_type: str) -> bool:
    kind = content_type.partition(";")[0].strip().lower()
    return kind == "application/json" or (kind.startswith("application/") and kind.endswith("+json"))


def _object(pairs: list) -> dict:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise _Twice
    return made


def _constant(name: str):
    raise ValueError(f"{name} is not JSON")


def _fraction(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise ValueError("a number is too large")
    return value


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_constant, parse_float=_fraction)
_PAIRS_DECODER = json.JSONDecoder(object_pairs_hook=_Pairs)


def _why(error: Exception) -> str:
    """What is wrong with the text, without showing how it is read here."""
    if isinstance(error, json.JSONDecodeError):
        return f"The body is not JSON: {error.msg} at line {error.lineno}, column {error.colno}."
    if isinstance(error, RecursionError):
        return f"The body is nested deeper than {DEPTH_MAX} levels."
    if isinstance(error, UnicodeDecodeError):
        return f"The body is not UTF-8: byte {error.start} cannot be read."
    return "The body holds a number that is not a JSON number or has too many digits."


def _is_too_deep(value) -> bool:
    level = [value]
    for _ in range(DEPTH_MAX):
        level = [
            child
            for item in level
            for child in (item.values() if type(item) is dict else item if type(item) is list else ())
            if type(child) is dict or type(child) is list
        ]
        if not level:
            return False
    return True


def _given_twice(text: str) -> list[dict]:
    try:
        return list(islice(_twins(_PAIRS_DECODER.decode(text), ""), ERRORS_MAX))
    except (ValueError, RecursionError) as error:
        raise MalformedJson(_why(error)) from None


def _twins(value, pointer: str):
    if isinstance(value, _Pairs):
        seen = set()
        for name, child in value:
            if name in seen:
                yield {"pointer": at(pointer, name), "code": "given-twice", "detail": "The field is given twice."}
            seen.add(name)
            yield from _twins(child, at(pointer, name))
    elif isinstance(value, list):
        for index, child in enumerate(value):
            yield from _twins(child, f"{pointer}/{index}")


def _unkeepable(value, pointer: str):
    if isinstance(value, str):
        if not is_keepable(value):
            yield UNKEEPABLE | {"pointer": pointer}
    elif isinstance(value, dict):
        for name, child in value.items():
            if is_keepable(name):
                yield from _unkeepable(child, at(pointer, name))
            else:
                yield UNKEEPABLE | {"pointer": pointer}
    elif isinstance(value, list):
        for index, child in enumerate(value):
            yield from _unkeepable(child, f"{pointer}/{index}")


UNKEEPABLE = {"pointer": "", "code": "forbidden-character", "detail": "NUL and lone surrogates cannot be kept."}


def is_keepable(text: str) -> bool:
    """Whether PostgreSQL can keep the text: no NUL, no half of a surrogate pair."""
    return (text.isascii() and "\x00" not in text) or not any(c == "\x00" or "\ud800" <= c <= "\udfff" for c in text)


def at(pointer: str, name: str) -> str:
    """The pointer (RFC 6901) to the field `name` of the object at `pointer`; halves of surrogate pairs in the name,
    which no answer can spell, become question marks."""
    name = name if name.isascii() else name.encode("utf-8", "replace").decode()
    return f"{pointer}/{name.replace('~', '~0').replace('/', '~1')}"
