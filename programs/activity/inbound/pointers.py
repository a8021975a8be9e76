"""JSON pointers (RFC 6901): where in an event something stands. No database here."""

from collections.abc import Iterable
from typing import Any

MISSING = object()
POINTER_MAX = 200


def is_pointer(text: object) -> bool:
    """Whether this is a pointer to something within a document."""
    if not isinstance(text, str) or not text.startswith("/") or len(text) > POINTER_MAX:
        return False
    return text.replace("~0", "").replace("~1", "").count("~") == 0 and "\0" not in text


def find(document: Any, pointer: str) -> Any:
    """What stands there, MISSING where there is nothing; null counts as nothing."""
    value = document
    for step in pointer.split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        if isinstance(value, dict):
            value = value.get(name, MISSING)
        elif isinstance(value, list) and name.isascii() and name.isdigit() and len(name) < 6:
            value = value[int(name)] if int(name) < len(value) else MISSING
        else:
            return MISSING
        if value is MISSING:
            return MISSING
    return MISSING if value is None else value


def first(document: Any, pointers: Iterable[str]) -> tuple[Any, str]:
    """The first thing that stands at one of these, and its pointer; (MISSING, the first pointer) without any. Empty
    texts count as nothing."""
    pointers = list(pointers)
    for pointer in pointers:
        value = find(document, pointer)
        if value is not MISSING and value != "":
            return value, pointer
    return MISSING, pointers[0] if pointers else ""
