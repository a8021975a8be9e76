"""What events there are: each type by version, with what its data holds. Every room declares its types in `told.py`;
an app's `told.py` lists them, imported when the app is ready."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Schema = Mapping[str, Any]

NAME = re.compile(r"[a-z][a-z_]*(\.[a-z][a-z_]*)+")
WORDS: Mapping[str, Schema] = {
    "any": {},
    "text": {"type": "string"},
    "integer": {"type": "integer"},
    "boolean": {"type": "boolean"},
    "object": {"type": "object"},
    "uuid": {"type": "string", "format": "uuid"},
    "moment": {"type": "string", "format": "date-time"},
    "date": {"type": "string", "format": "date"},
    "decimal": {"type": "string", "pattern": r"^-?\d+(\.\d+)?$"},
    "texts": {"type": "array", "items": {"type": "string"}},
    "uuids": {"type": "array", "items": {"type": "string", "format": "uuid"}},
    "integers": {"type": "array", "items": {"type": "integer"}},
    "objects": {"type": "array", "items": {"type": "object"}},
    "counts": {"type": "object", "additionalProperties": {"type": "integer"}},
}
"""Short words for the kinds of values that there are; with `?` behind it the value may be null."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One type of event in one version. `data` holds a schema for each field; a field may be left out. What stands in
    `personal` tells of a person and is what an erasure takes away."""

    type: str
    version: int
    title: str
    description: str
    aggregate: str
    data: Mapping[str, Schema]
    personal: frozenset[str] = field(default_factory=frozenset)

    @property
    def name(self) -> str:
        """Of the message: points.earned.v1."""
        return f"{self.type}.v{self.version}"

    @property
    def schema(self) -> dict:
        """The JSON schema of `data`."""
        fields = {name: dict(schema) for name, schema in self.data.items()}
        for name in self.personal:
            fields[name]["x-personal"] = True
        return {"type": "object", "properties": fields, "additionalProperties": False}


_DECLARED: dict[tuple[str, int], Told] = {}


def declare(
    type: str,
    *,
    version: int = 1,
    title: str,
    description: str,
    aggregate: str,
    data: Mapping[str, str | Schema] | None = None,
    personal: tuple[str, ...] = (),
) -> Told:
    """Makes a type of event known. A field of `data` is one of the WORDS or a JSON schema; `aggregate` says in a word
    or two what the event happens to. Declaring the same type and version twice is a mistake, unless it is the same."""
    fields = {name: _schema(word) for name, word in (data or {}).items()}
    told = Told(
        type=type,
        version=version,
        title=title,
        description=description,
        aggregate=aggregate,
        data=fields,
        personal=frozenset(personal),
    )
    if not NAME.fullmatch(type):
        raise ValueError(f"{type} is no name of an event: say points.earned")
    if strangers := told.personal - fields.keys():
        raise ValueError(f"{told.name}: personal, but not in data: {sorted(strangers)}")
    if _DECLARED.setdefault((type, version), told) != told:
        raise ValueError(f"{told.name} is declared twice")
    return told


def declare_each(
    aggregate: str, types: Mapping[str, tuple[str, str, Mapping[str, str | Schema]]], *, personal: tuple[str, ...] = ()
) -> None:
    """Declares a table of types, {type: (title, description, data)}, in their first version; where one has a field that
    is named in `personal`, that is personal."""
    for type, (title, description, data) in types.items():
        declare(
            type,
            title=title,
            description=description,
            aggregate=aggregate,
            data=data,
            personal=tuple(name for name in personal if name in data),
        )


def declared() -> list[Told]:
    """All of them, by type and version."""
    return [_DECLARED[key] for key in sorted(_DECLARED)]


def types() -> list[str]:
    """The names of all types."""
    return sorted({type for type, _ in _DECLARED})


def find(type: str, version: int = 1) -> Told | None:
    """The type in that version, or None where nobody declared it."""
    return _DECLARED.get((type, version))


def newest(type: str) -> Told | None:
    """The type in its newest version."""
    versions = [told for (name, _), told in _DECLARED.items() if name == type]
    return max(versions, key=lambda told: told.version, default=None)


def _schema(word: str | Schema) -> Schema:
    if not isinstance(word, str):
        return word
    schema = WORDS[word.removesuffix("?")]
    if not word.endswith("?") or not schema:
        return schema
    return schema | {"type": [schema["type"], "null"]}
