"""Who answers for which table: every room that keeps something about people registers here how it tells it and how it
erases it. A table that no room names, and that is not listed as free of people, fails the tests."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.db import models
from django.utils.module_loading import autodiscover_modules

from loyalty.identity.privacy.subjects import Subject, Traces
from loyalty.sealed.fields import BlindIndexField, DataKeyField
from loyalty.sql import rows

Told = dict[str, object]
Counts = dict[str, int]


@dataclass(frozen=True, kw_only=True)
class Erasing:
    """What the erasers work on: whom, how they are found, and who erases."""

    subject: Subject
    traces: Traces
    actor: str


@dataclass(frozen=True, kw_only=True)
class Room:
    """`told` are its tables by label, with the section of the export that tells them; `untold` those with why not.
    `export` gives the sections; `erase` takes everything out, in the caller's transaction, and counts; repeating it
    changes nothing. `find` adds by what the person can be found. Rooms erase in the order of `position`."""

    name: str
    position: int
    export: Callable[[Subject], Told]
    erase: Callable[[Erasing], Counts]
    told: dict[str, str] = field(default_factory=dict)
    untold: dict[str, str] = field(default_factory=dict)
    find: Callable[[Subject, Traces], None] | None = None


_ROOMS: dict[str, Room] = {}


def register(room: Room) -> Room:
    """Makes a room known. Registering it again changes nothing."""
    _ROOMS[room.name] = room
    return room


def every_room() -> list[Room]:
    """All rooms, in the order in which they erase; each app names its own in a module `personal_data`."""
    autodiscover_modules("personal_data")
    return sorted(_ROOMS.values(), key=lambda room: room.position)


def traces_of(subject: Subject) -> Traces:
    """By what the subject can be found, in all rooms."""
    traces = Traces(ids={str(each) for each in subject.ids})
    for room in every_room():
        if room.find:
            room.find(subject, traces)
    return traces


def rows_of(found: Iterable[models.Model], *, without: Iterable[str] = ()) -> list[dict]:
    """The rows as an export tells them: every column by name, what is sealed opened, but no keys, hashes and what is
    named in `without`."""
    return [_row(each, set(without)) for each in found]


def rows_told(query: str, params) -> list[dict]:
    """The rows of a statement as an export tells them; what it calls `data` is JSON."""
    found = rows(query, params)
    return [
        {name: json.loads(value) if name == "data" else plain(value) for name, value in row.items()} for row in found
    ]


def _row(row: models.Model, without: set[str]) -> dict:
    fields = [each for each in row._meta.concrete_fields if not isinstance(each, DataKeyField | BlindIndexField)]
    return {each.attname: plain(getattr(row, each.attname)) for each in fields if each.name not in without}


def plain(value):
    """A value as JSON has it."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, UUID | Decimal):
        return str(value)
    if isinstance(value, bytes | memoryview):
        return bytes(value).decode(errors="replace")
    return value
