"""Whether what an event holds is what its type declares."""

from collections.abc import Iterator, Mapping
from functools import cache

from jsonschema import Draft202012Validator, FormatChecker

from loyalty.events.catalogue import Told, find


def mistakes(type: str, version: int, data: Mapping) -> list[str]:
    """What does not fit the declaration, a sentence each; empty when all fits."""
    told = find(type, version)
    if told is None:
        return [f"{type} (version {version}) is not declared"]
    return [f"{told.name}: {each}" for each in _differences(told, data)]


def _differences(told: Told, data: Mapping) -> Iterator[str]:
    for mistake in _validator(told.type, told.version).iter_errors(data):
        where = "/".join(str(part) for part in mistake.absolute_path)
        yield f"data/{where}: {mistake.message}" if where else f"data: {mistake.message}"


@cache
def _validator(type: str, version: int) -> Draft202012Validator:
    return Draft202012Validator(find(type, version).schema, format_checker=FormatChecker())
