"""CloudEvents 1.0 from HTTP: structured, binary, and batches. Mistakes name the attribute, by JSON pointer in a body
and by header where it stands in one. No database here."""

import re
from base64 import b64decode, b64encode
from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import unquote_to_bytes

from msgspec import Meta

from loyalty.errors import Invalid
from loyalty.http import parsers
from loyalty.http.refusals import MalformedJson, UnsupportedMediaType
from loyalty.http.shapes import Moment, Shape, check
from programs.activity.inbound.envelope import SPECVERSION, Told

STRUCTURED, BATCH = "application/cloudevents+json", "application/cloudevents-batch+json"
HEADER = "ce-"
BATCH_MAX = 100
EXTENSIONS_MAX, EXTENSION_MAX = 50, 1_000
DATA_BASE64, DATA_TYPE, DATA_SCHEMA = "data_base64", "datacontenttype", "dataschema"
_NAME = re.compile(r"[a-z0-9]{1,40}\Z")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"\Z')
_ESCAPE = re.compile(r"\\(.)")
_PERCENT = re.compile(r"%[0-9A-Fa-f]{2}")


class CloudEvent(Shape):
    """An event in the structured form of CloudEvents 1.0. `subject` is the member, by id or by the brand's own number
    for them, unless a mapping says otherwise. Without `programid` it counts where the mapping says, or in the brand's
    only active program; what rules are asked about, in every one in which the member takes part. Attributes that are
    not named here are kept as extensions."""

    specversion: Annotated[str, Meta(examples=[SPECVERSION])]
    id: Annotated[str, Meta(min_length=1, max_length=200, description="The sender's own: told twice, it counts once.")]
    source: Annotated[str, Meta(min_length=1, max_length=200, examples=["/shop/reviews"])]
    type: Annotated[str, Meta(min_length=1, max_length=120, examples=["review.written"])]
    subject: Annotated[str, Meta(min_length=1, max_length=200, examples=["USR-001"])] | None = None
    time: Moment | None = None
    programid: Annotated[str, Meta(min_length=1, max_length=60, description="The program's id or code.")] | None = None
    datacontenttype: Annotated[str, Meta(min_length=1, max_length=200)] | None = None
    dataschema: Annotated[str, Meta(min_length=1, max_length=400)] | None = None
    data: Any = None
    data_base64: str | None = None


CHARSETS = {"utf-8": "utf-8", "us-ascii": "ascii", "iso-8859-1": "latin-1"}
KNOWN = frozenset(CloudEvent.__struct_fields__)


def read_events(headers: Mapping[str, str], raw: bytes) -> list[Told] | tuple[Told, ...]:
    """The event in a request, or the events of a batch, which is a tuple of any number; `headers` have their names in
    small letters. Refusals, in order of precedence:
    UnsupportedMediaType, MalformedJson, Invalid (every mistake of every event)."""
    media_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type == BATCH:
        return tuple(_batch(parsers.parse(raw)))
    if media_type == STRUCTURED:
        return [structured(parsers.parse(raw))]
    if f"{HEADER}specversion" in headers:
        return [binary(headers, raw)]
    if media_type == "application/json":
        return [structured(parsers.parse(raw))]
    detail = f"Send {STRUCTURED}, {BATCH}, application/json, or the attributes as ce- headers."
    raise UnsupportedMediaType(detail)


def structured(value: Any, pointer: str = "") -> Told:
    """The event that a JSON object spells. Refusals: Invalid."""
    if not isinstance(value, dict):
        raise Invalid([_wrong(pointer, "invalid-type", "An event is an object.")])
    value = {name: one for name, one in value.items() if one is not None}
    extensions = {name: one for name, one in value.items() if name not in KNOWN}
    errors = [
        _wrong(parsers.at(pointer, name), code, detail)
        for name, one in extensions.items()
        for code, detail in _mistakes_of_extension(name, one)
    ]
    if len(extensions) > EXTENSIONS_MAX:
        errors.append(_wrong(pointer, "too-many-entries", f"At most {EXTENSIONS_MAX} extension attributes."))
    event = _checked({name: value[name] for name in value if name in KNOWN}, pointer, errors)
    data = event.data
    if event.data_base64 is not None:
        if event.data is not None:
            errors.append(_wrong(f"{pointer}/{DATA_BASE64}", "one-of", "Give data or data_base64, not both."))
        data = _from_base64(event.data_base64, event.datacontenttype or "", f"{pointer}/{DATA_BASE64}", errors)
    if errors:
        raise Invalid(errors)
    return _told(event, data, extensions)


def binary(headers: Mapping[str, str], raw: bytes) -> Told:
    """The event whose attributes stand in headers and whose data is the body. Refusals: MalformedJson, Invalid."""
    given = {name.removeprefix(HEADER): one for name, one in headers.items() if name.startswith(HEADER)}
    errors, value = [], {}
    for name, text in given.items():
        try:
            value[name] = decoded(text)
        except ValueError:
            errors.append(_of_header(name, "invalid-format", "Percent-encoded UTF-8 is wanted here."))
    for name in ("data", DATA_BASE64, DATA_TYPE):
        if value.pop(name, None) is not None:
            errors.append(_of_header(name, "unknown-field", "This is no attribute of an event in headers."))
    content_type = headers.get("content-type", "").strip()
    event_value = value | ({DATA_TYPE: content_type} if content_type else {})
    try:
        told = structured(event_value)
    except Invalid as refusal:
        errors += [_of_header(*_named(one)) for one in refusal.errors]
    if errors:
        raise Invalid(errors)
    return Told.of(told.document() | {"data": _of_body(raw, content_type)}) if raw else told


def decoded(text: str) -> str:
    """A header's value as the HTTP binding writes it: quotes taken off, then percent-decoded once. Raises ValueError
    for bytes that are no UTF-8."""
    text = text.strip()
    if quoted := _QUOTED.match(text):
        text = _ESCAPE.sub(r"\1", quoted[1])
    if not _PERCENT.search(text):
        return text
    return unquote_to_bytes(text).decode("utf-8")


def _batch(value: Any) -> list[Told]:
    if not isinstance(value, list) or len(value) > BATCH_MAX:
        raise Invalid([_wrong("", "invalid-type", f"A batch is a list of at most {BATCH_MAX} events.")])
    found, errors = [], []
    for n, one in enumerate(value):
        try:
            found.append(structured(one, f"/{n}"))
        except Invalid as refusal:
            errors += refusal.errors
    if errors:
        raise Invalid(errors[: parsers.ERRORS_MAX])
    return found


def _checked(value: dict, pointer: str, errors: list[dict]) -> CloudEvent:
    """Refusals: Invalid, with the mistakes found so far."""
    try:
        event = check(value, CloudEvent, pointer)
    except Invalid as refusal:
        raise Invalid([*_unknown_version(value, pointer), *refusal.errors, *errors]) from None
    errors += _unknown_version(value, pointer)
    for name in ("id", "source", "type", "subject"):
        if not str(getattr(event, name) or "x").isprintable():
            detail = "Characters that can be seen are wanted here."
            errors.append(_wrong(f"{pointer}/{name}", "forbidden-character", detail))
    return event


def _unknown_version(value: dict, pointer: str) -> list[dict]:
    if value.get("specversion", SPECVERSION) == SPECVERSION:
        return []
    return [_wrong(f"{pointer}/specversion", "unknown-version", f"Only CloudEvents {SPECVERSION} are read here.")]


def _told(event: CloudEvent, data: Any, extensions: dict) -> Told:
    """The event as it is kept: what is said about its data goes with the extensions."""
    about = {DATA_TYPE: event.datacontenttype, DATA_SCHEMA: event.dataschema}
    return Told(
        source=event.source,
        id=event.id,
        type=event.type,
        time=event.time,
        subject=event.subject or "",
        program=event.programid or "",
        data=data,
        extensions={**{name: one for name, one in about.items() if one}, **extensions},
    )


def _mistakes_of_extension(name: str, value: Any) -> list[tuple[str, str]]:
    if not _NAME.match(name):
        return [("unknown-field", "An extension's name is made of 1 to 40 small letters and digits.")]
    if isinstance(value, bool) or (isinstance(value, int) and abs(value) < 2**31):
        return []
    if isinstance(value, str) and len(value) <= EXTENSION_MAX and value.isprintable():
        return []
    return [("invalid-type", f"A text of at most {EXTENSION_MAX} characters, a whole number, true or false.")]


def _of_body(raw: bytes, content_type: str) -> Any:
    """The data in a body, by its type: JSON, text, or else Base64. Refusals: MalformedJson."""
    media_type, _, parameters = content_type.lower().partition(";")
    if not content_type or _is_json(media_type.strip()):
        return parsers.parse(raw)
    if media_type.strip().startswith("text/"):
        charset = re.search(r'charset="?([a-z0-9_-]+)', parameters)
        try:
            text = raw.decode(CHARSETS[charset[1] if charset else "utf-8"])
        except (KeyError, UnicodeDecodeError):
            raise MalformedJson("The body is not the text that its type says.") from None
        if not parsers.is_keepable(text):
            raise Invalid([parsers.UNKEEPABLE])
        return text
    return b64encode(raw).decode()


def _from_base64(text: str, content_type: str, pointer: str, errors: list[dict]) -> Any:
    try:
        raw = b64decode(text, validate=True)
    except ValueError:
        errors.append(_wrong(pointer, "invalid-format", "Base64 is wanted here."))
        return None
    if not _is_json(content_type.partition(";")[0].strip().lower()):
        return text
    try:
        return parsers.parse(raw)
    except MalformedJson as refusal:
        errors.append(_wrong(pointer, refusal.code, refusal.detail))
        return None


def _is_json(media_type: str) -> bool:
    return media_type == "application/json" or media_type.endswith("+json")


def _named(mistake: dict) -> tuple[str, str, str]:
    return mistake["pointer"].lstrip("/"), mistake["code"], mistake["detail"]


def _of_header(name: str, code: str, detail: str) -> dict:
    header = "content-type" if name == DATA_TYPE else HEADER + name
    return {"pointer": "", "header": header, "code": code, "detail": detail}


def _wrong(pointer: str, code: str, detail: str) -> dict:
    return {"pointer": pointer, "code": code, "detail": detail}
