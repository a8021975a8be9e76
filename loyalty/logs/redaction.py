"""What must never stand in a log: who somebody is, how to reach them, and what opens a door. Knows no framework."""

import re
from collections.abc import Mapping

HIDDEN = "[redacted]"
DEPTH_MAX = 6

# Fields whose value is hidden whatever it is.
_SECRET_NAME = re.compile(
    r"mail|phone|msisdn|token|authoriz|cookie|passw|secret|session|csrf|credential|birth|address|street|postal|postcode"
    r"|(^|_)(api_?)?key$|(^|_)(first|last|full|given|family|user|member|person)?_?name$|(^|_)(otp|pin|sub)$",
    re.IGNORECASE,
)
# Names of things that are nobody's.
_PLAIN_NAMES = frozenset({"task_name", "queue_name", "lock_name", "job_name", "func_name", "logger_name"})

_IN_TEXT = (
    # PostgreSQL shows the row that offends; psycopg's message has it below "DETAIL", COPY's below "CONTEXT".
    (re.compile(r"^(DETAIL|CONTEXT|STATEMENT|PARAMETERS):.*?(?=\n\n|\n[A-Z]+:|\Z)", re.M | re.S), rf"\1: {HIDDEN}"),
    (re.compile(r"\b(Bearer|Basic|Api-Key)\s+[^\s,;'\"]+", re.IGNORECASE), rf"\1 {HIDDEN}"),
    (re.compile(r"\beyJ[\w-]+\.[\w-]+(\.[\w-]*)?"), HIDDEN),
    (re.compile(r"\blk_[\w-]{6,}"), HIDDEN),
    (
        re.compile(
            r"\b(\w*(?:passw|token|secret|session|csrf|mail|phone|api_?key)\w*)(['\"]?\s*[=:]\s*)[^\s,;&)}]+",
            re.IGNORECASE,
        ),
        rf"\1\2{HIDDEN}",
    ),
    # What stands behind the question mark of an address.
    (re.compile(r"\?[\w%.~+\[\]-]+(=[^\s\"'<>)\]]*)"), f"?{HIDDEN}"),
    (re.compile(r"[^\s@<>\"'(),;:=/]+(@|%40)[\w-]+(\.[\w-]+)+"), HIDDEN),
    (re.compile(r"(?<![\w.+-])(\+|%2B|00)[1-9](?:[ ().-]?\d){6,14}(?![\w-])"), HIDDEN),
)


def redacted(value, depth: int = 0):
    """The same value with everything of that kind hidden, in texts and in the fields of mappings."""
    if isinstance(value, str):
        return redacted_text(value)
    if value is None or isinstance(value, bool | int | float):
        return value
    if depth >= DEPTH_MAX:
        return HIDDEN
    if isinstance(value, Mapping):
        return {
            str(name): HIDDEN if is_secret(str(name)) else redacted(item, depth + 1) for name, item in value.items()
        }
    if isinstance(value, list | tuple | set | frozenset):
        return [redacted(item, depth + 1) for item in value]
    return redacted_text(str(value))


def redacted_text(text: str) -> str:
    for pattern, instead in _IN_TEXT:
        text = pattern.sub(instead, text)
    return text


def is_secret(name: str) -> bool:
    return name not in _PLAIN_NAMES and _SECRET_NAME.search(name) is not None
