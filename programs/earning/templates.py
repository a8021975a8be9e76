"""Patterns of JSON with blanks in them: filled in they give JSON, laid over JSON they give what stands in the blanks.
Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

EMPTY = (None, "", [], ())


@dataclass(frozen=True, slots=True)
class Blank:
    """Where a value stands; a text may have `prefix` before it."""

    name: str
    prefix: str = ""


@dataclass(frozen=True, slots=True)
class Maybe:
    """A member of an object or an element of an array that is there when all its blanks have values."""

    pattern: Any


@dataclass(frozen=True, slots=True)
class Rest:
    """The value as further elements of the array that it stands in, the last of the pattern."""

    name: str


def filled(pattern: Any, values: Mapping[str, Any]) -> Any:
    """The pattern with the values in its blanks; objects and arrays that are empty for it are left out of objects."""
    if isinstance(pattern, Blank):
        value = values[pattern.name]
        return f"{pattern.prefix}{value}" if pattern.prefix else _copied(value)
    if isinstance(pattern, dict):
        chosen = {name: _chosen(inner, values) for name, inner in pattern.items()}
        made = {name: filled(inner, values) for name, inner in chosen.items() if inner is not None}
        return {name: value for name, value in made.items() if value not in ({}, [], {"all": []})}
    if isinstance(pattern, list):
        made = []
        for inner in pattern:
            if isinstance(inner, Rest):
                made += _copied(values.get(inner.name) or [])
            elif (chosen := _chosen(inner, values)) is not None:
                made.append(filled(chosen, values))
        return made
    return pattern


def found(pattern: Any, value: Any) -> dict[str, Any] | None:
    """What stands in the blanks; None where the value does not have the pattern."""
    return next(_found(pattern, value, {}), None)


def blanks(pattern: Any) -> Iterator[str]:
    """The names of the blanks."""
    if isinstance(pattern, Blank | Rest):
        yield pattern.name
    elif isinstance(pattern, Maybe):
        yield from blanks(pattern.pattern)
    elif isinstance(pattern, dict | list):
        for inner in pattern.values() if isinstance(pattern, dict) else pattern:
            yield from blanks(inner)


def _chosen(pattern: Any, values: Mapping[str, Any]) -> Any:
    if not isinstance(pattern, Maybe):
        return pattern
    has_all = all(values.get(name) not in EMPTY for name in blanks(pattern.pattern))
    return pattern.pattern if has_all else None


def _found(pattern: Any, value: Any, bound: dict) -> Iterator[dict]:
    if isinstance(pattern, Maybe):
        yield from _found(pattern.pattern, value, bound)
    elif isinstance(pattern, Blank):
        yield from _bound(pattern, value, bound)
    elif isinstance(pattern, dict):
        if isinstance(value, dict) and value.keys() <= pattern.keys():
            yield from _found_members(list(pattern.items()), value, bound)
    elif isinstance(pattern, list):
        if isinstance(value, list):
            yield from _found_elements(pattern, value, bound)
    elif type(pattern) is type(value) and pattern == value:
        yield bound


def _bound(blank: Blank, value: Any, bound: dict) -> Iterator[dict]:
    if blank.prefix:
        if not isinstance(value, str) or not value.startswith(blank.prefix):
            return
        value = value.removeprefix(blank.prefix)
    if value not in EMPTY and bound.get(blank.name, value) == value:
        yield {**bound, blank.name: value}


def _found_members(members: list[tuple[str, Any]], value: dict, bound: dict) -> Iterator[dict]:
    if not members:
        yield bound
        return
    (name, pattern), *rest = members
    if name in value:
        for more in _found(pattern, value[name], bound):
            yield from _found_members(rest, value, more)
    elif _can_miss(pattern):
        yield from _found_members(rest, value, bound)


def _found_elements(patterns: list, values: list, bound: dict) -> Iterator[dict]:
    if not patterns:
        if not values:
            yield bound
        return
    first, *rest = patterns
    if isinstance(first, Rest):
        yield {**bound, first.name: values} if values else bound
        return
    if values:
        for more in _found(first, values[0], bound):
            yield from _found_elements(rest, values[1:], more)
    if isinstance(first, Maybe):
        yield from _found_elements(rest, values, bound)


def _can_miss(pattern: Any) -> bool:
    """Whether it may be empty for want of values, and so left out."""
    if isinstance(pattern, Maybe | Rest):
        return True
    if isinstance(pattern, dict | list):
        return all(_can_miss(inner) for inner in (pattern.values() if isinstance(pattern, dict) else pattern))
    return False


def _copied(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_copied(one) for one in value]
    return {name: _copied(one) for name, one in value.items()} if isinstance(value, dict) else value
