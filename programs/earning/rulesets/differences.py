"""What would be different: two documents of rules told beside each other, rule by rule, in words. Pure."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from loyalty.errors import Invalid
from programs.earning.rules.conditions import Context
from programs.earning.rules.document import read_rules
from programs.earning.rules.sentences import sentence

DIFFERENCES_MAX = 200
WORDS_MAX = 1000


@dataclass(frozen=True, slots=True)
class Changed:
    """One rule, or something about all of them, before and after; empty: it is not there."""

    what: str
    before: str
    after: str


def between(before: Any, after: Any, context: Context) -> list[Changed]:
    """What differs, the rules in their order; documents may have mistakes (None: there is none)."""
    old, new = _parts(before, context), _parts(after, context)
    names = [*old, *(name for name in new if name not in old)]
    changed = [
        _changed(name, old.get(name), new.get(name))
        for name in names
        if old.get(name, (None,))[0] != new.get(name, (None,))[0]
    ]
    return changed[:DIFFERENCES_MAX]


def _changed(name: str, old: tuple | None, new: tuple | None) -> Changed:
    before, after = (one[1] if one else "" for one in (old, new))
    if old and new and before == after:
        names = sorted(_differing(old[0], new[0]))
        before, after = (", ".join(f"{each}: {_json(one[0].get(each))}" for each in names) for one in (old, new))
    return Changed(name, before[:WORDS_MAX], after[:WORDS_MAX])


def _differing(old: dict, new: dict) -> Iterable[str]:
    return {name for name in old.keys() | new.keys() if old.get(name) != new.get(name)}


def _parts(document: Any, context: Context) -> dict[str, tuple[Any, str]]:
    """The parts of a document by what they are called: as JSON, and in words."""
    if not isinstance(document, dict):
        return {}
    said = _sentences(document, context)
    rules = document.get("rules")
    found: dict[str, tuple[Any, str]] = {}
    for name in ("groups", "rounding", "campaigns"):
        if name in document:
            found[name.capitalize()] = ({name: document[name]}, _json(document[name]))
    for index, rule in enumerate(rules if isinstance(rules, list) else ()):
        key = rule.get("key") if isinstance(rule, dict) else None
        name = f"Rule {key}" if isinstance(key, str) and f"Rule {key}" not in found else f"Rule number {index + 1}"
        kept = rule if isinstance(rule, dict) else {"": rule}
        found[name] = (kept, said.get(key) or _json(rule) if isinstance(key, str) else _json(rule))
    return found


def _sentences(document: dict, context: Context) -> dict[str, str]:
    try:
        return {rule.key: sentence(rule, context.currency) for rule in read_rules(document, context).rules}
    except Invalid:
        return {}


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
