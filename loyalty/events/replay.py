"""Read models made anew from the log alone, and held against those that are kept. A room says how its read model
follows from events; here they are read, in chunks by number, into a temporary table that the rooms' statements find as
`replayed`."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

import msgspec
from django.db import connection, transaction

from loyalty.sql import rows

CHUNK = 50_000
SHOWN = 20
NUMBER_MAX = 2**63 - 1

REPLAYED = """
create temporary table replayed (
  id bigint primary key, brand_id uuid, type text not null, aggregate_id uuid not null, sequence bigint not null,
  member_id uuid, program_id uuid, data jsonb not null, occurred_at timestamptz not null
) on commit drop
"""
TAKE = """
insert into replayed
select id, brand_id, type, aggregate_id, sequence, member_id, program_id, data, occurred_at from loyalty_event
where id > %(after)s and id <= %(upto)s and type = any(%(types)s)
  and (%(brand)s::uuid is null or brand_id = %(brand)s)
on conflict do nothing
"""
TAKE_ARCHIVED = """
insert into replayed
select id, brand_id, type, aggregate_id, sequence, member_id, program_id, data, occurred_at
from jsonb_to_recordset(%(rows)s::jsonb) as r (
  id bigint, brand_id uuid, type text, aggregate_id uuid, sequence bigint, member_id uuid, program_id uuid, data jsonb,
  occurred_at timestamptz
) where id <= %(upto)s and type = any(%(types)s) and (%(brand)s::uuid is null or brand_id = %(brand)s)
on conflict do nothing
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadModel:
    """`types` are the events that it is made of; `prepare` are statements that make temporary tables of `replayed`;
    `compare` selects a row for each difference, its first column a name; `count` how many rows there are. All may name
    %(brand)s (null: all brands) and %(upto)s, a number behind which the log was not read: what has later events is left
    alone. `needs_all` says that this cannot be told of it. `rebuild` writes the kept one anew, in a transaction of its
    own; None where it is more than a projection."""

    name: str
    title: str
    types: Sequence[str]
    compare: str
    count: str
    prepare: Sequence[str] = ()
    needs_all: bool = False
    rebuild: Callable[[], None] | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a read model fared: how many rows were held against the log, and what differs (the first few, and how
    many)."""

    model: ReadModel
    rows: int
    differences: int
    shown: list[dict] = field(default_factory=list)


MODELS: dict[str, ReadModel] = {}


def register(model: ReadModel) -> None:
    """Makes a read model known. Rooms do so in `replays.py`, listed by their app's."""
    MODELS[model.name] = model


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Which part of the log: of a brand (None: all), up to a number (None: all of it); `archived` are the rows that lie
    in archives before it."""

    brand_id: UUID | None = None
    upto: int | None = None
    archived: Callable[[], Iterable[Sequence[Mapping]]] = tuple


def replay(
    models: Sequence[ReadModel], part: Part, *, progress: Callable[[int], None] = lambda upto: None
) -> list[Verdict]:
    """Reads the log and holds each model against it: one transaction on one snapshot, so that what is written meanwhile
    makes no difference. Changes nothing that stays."""
    is_first = not connection.in_atomic_block
    with transaction.atomic():
        with connection.cursor() as cursor:
            if is_first:
                cursor.execute("set transaction isolation level repeatable read")
            cursor.execute("drop table if exists replayed")
            cursor.execute(REPLAYED)
            cursor.execute("select coalesce(max(id), 0) from loyalty_event")
            (newest,) = cursor.fetchone()
        # What was moved out may have been the newest that there is.
        upto = NUMBER_MAX if part.upto is None else part.upto
        _take(sorted({type for model in models for type in model.types}), part, min(upto, newest), progress)
        return [_judged(model, part, upto) for model in models]


def _take(types: Sequence[str], part: Part, newest: int, progress: Callable[[int], None]) -> None:
    asked = {"types": types, "brand": part.brand_id}
    with connection.cursor() as cursor:
        for chunk in part.archived():
            cursor.execute(
                TAKE_ARCHIVED, asked | {"upto": part.upto or NUMBER_MAX, "rows": msgspec.json.encode(chunk).decode()}
            )
        cursor.execute("select coalesce(min(id), 1) - 1 from loyalty_event")
        (first,) = cursor.fetchone()
        for after in range(first, newest, CHUNK):
            cursor.execute(TAKE, asked | {"after": after, "upto": min(after + CHUNK, newest)})
            progress(min(after + CHUNK, newest))
        cursor.execute("create index on replayed (aggregate_id, id)")
        cursor.execute("analyze replayed")


def _judged(model: ReadModel, part: Part, upto: int) -> Verdict:
    asked = {"brand": part.brand_id, "upto": upto}
    with connection.cursor() as cursor:
        for statement in model.prepare:
            cursor.execute(statement, asked)
        cursor.execute("drop table if exists difference")
        cursor.execute(f"create temporary table difference on commit drop as {model.compare}", asked)
        cursor.execute("select count(*) from difference")
        (different,) = cursor.fetchone()
        shown = rows(f"select * from difference order by 1 limit {SHOWN}") if different else []
        cursor.execute(model.count, asked)
        (counted,) = cursor.fetchone()
    return Verdict(model, counted, different, shown)
