"""The history taken out of the portal: CSV for spreadsheets, JSON for programs, written while it is read. Members are
ids in it, and what is personal is not shown."""

from collections.abc import Collection, Iterator
from uuid import UUID

import msgspec

from loyalty.csv_files import csv_lines
from loyalty.identity.audit.selectors import ACTIONS, SOURCES, Asked, find_changes
from loyalty.identity.audit.serializers import change_answer
from loyalty.identity.audit.telling import Told, tell

LINES_MAX = 100_000
CHUNK = 500
COLUMNS = (
    "time", "who", "what", "action", "kind", "object_id", "changes", "source", "reason", "address", "request_id", "id",
)  # fmt: skip


def all_changes(brands: Collection[UUID] | None, asked: Asked) -> Iterator[Told]:
    """Every change that is asked for, the newest first, LINES_MAX of them at most."""
    after, count = None, 0
    while count < LINES_MAX:
        lines = find_changes(brands, asked, limit=min(CHUNK, LINES_MAX - count), after=after)
        yield from tell(lines, brands)
        count += len(lines)
        if len(lines) < CHUNK:
            return
        after = (lines[-1].recorded_at, lines[-1].id)


def as_csv(brands: Collection[UUID] | None, asked: Asked) -> Iterator[str]:
    return csv_lines(COLUMNS, (_cells(told) for told in all_changes(brands, asked)))


def as_json(brands: Collection[UUID] | None, asked: Asked) -> Iterator[str]:
    """One array; each change as the API shows it."""
    comma = "[\n"
    for told in all_changes(brands, asked):
        yield comma + msgspec.json.encode(change_answer(told)).decode()
        comma = ",\n"
    yield "[]\n" if comma == "[\n" else "\n]\n"


FORMATS = {"csv": (as_csv, "text/csv; charset=utf-8"), "json": (as_json, "application/json")}


def _cells(told: Told) -> tuple:
    changes = "; ".join(map(str, told.differences))
    return (
        told.at, told.who, told.what, ACTIONS.get(told.action, told.action), told.kind, told.object_id, changes,
        SOURCES.get(told.source, told.source), told.reason, told.address, told.request_id, told.id,
    )  # fmt: skip
