"""Which events an endpoint asks for: names of types, `voucher.*` for all that begin so, `*` for all. Pure but for the
list of types that there are."""

import difflib
import re

from loyalty.events import catalogue

PATTERN = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*(\.\*)?|\*")
OWN = "webhook."


def types_known() -> list[str]:
    """The types that an endpoint may ask for, in order. What happens to endpoints themselves is not among them."""
    return sorted({declared.type for declared in catalogue.declared() if not declared.type.startswith(OWN)})


def fits(pattern: str, type: str) -> bool:
    """Whether an event of the type is asked for by the pattern."""
    return pattern == "*" or pattern == type or (pattern.endswith(".*") and type.startswith(pattern[:-1]))


def mistake_in(pattern: str, known: list[str]) -> str:
    """What is wrong with the pattern, with a hint; empty when there are events that it asks for."""
    if PATTERN.fullmatch(pattern) and any(fits(pattern, type) for type in known):
        return ""
    families = sorted({f"{type.partition('.')[0]}.*" for type in known})
    near = difflib.get_close_matches(pattern, [*known, *families], n=3, cutoff=0.5)
    hint = f"Did you mean {' or '.join(near)}?" if near else "GET /api/webhooks/event-types lists those there are."
    return f"There is no event {pattern[:60]!r}. {hint}"


def like(pattern: str) -> str:
    """The pattern for SQL's LIKE."""
    return pattern.replace("\\", "\\\\").replace("_", "\\_").replace("%", "\\%").replace("*", "%")
