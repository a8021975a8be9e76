"""The event log's one way in for everything but the ledger, whose database function writes its own rows."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec
from django.db import connection

from loyalty import clock
from loyalty.events.models import Event
from loyalty.ids import uuid7

NEXT_SEQUENCE = """
insert into loyalty_eventstream as s (aggregate_id, last_sequence) values (%s, 1)
on conflict (aggregate_id) do update set last_sequence = s.last_sequence + 1 returning last_sequence
"""
RECORD_MANY = """
with given as (
    select * from jsonb_to_recordset(%s::jsonb)
        as r (event_id uuid, type text, aggregate_id uuid, member_id uuid, program_id uuid, data jsonb)
), stream as (
    insert into loyalty_eventstream as s (aggregate_id, last_sequence)
    select aggregate_id, 1 from given order by aggregate_id
    on conflict (aggregate_id) do update set last_sequence = s.last_sequence + 1
    returning aggregate_id, last_sequence
)
insert into loyalty_event (event_id, brand_id, type, aggregate_id, sequence, member_id, program_id, data, occurred_at)
select event_id, %s, type, aggregate_id, last_sequence, member_id, program_id, data, %s
from given join stream using (aggregate_id) order by aggregate_id
"""


def record(
    type: str,
    *,
    brand_id: UUID | None,
    aggregate_id: UUID,
    data: dict | None = None,
    member_id: UUID | None = None,
    program_id: UUID | None = None,
    occurred_at: datetime | None = None,
) -> Event:
    """Writes one event in the caller's transaction; the aggregate's stream stays locked until it ends. Must run
    inside `atomic()`, else the change and its event could part. Repeating it writes another event."""
    assert connection.in_atomic_block, "an event belongs to the transaction of its change"
    with connection.cursor() as cursor:
        cursor.execute(NEXT_SEQUENCE, [aggregate_id])
        (sequence,) = cursor.fetchone()
    return Event.objects.create(
        type=type,
        brand_id=brand_id,
        aggregate_id=aggregate_id,
        sequence=sequence,
        member_id=member_id,
        program_id=program_id,
        data=data or {},
        occurred_at=occurred_at or clock.now(),
    )


def record_many(rows: Sequence[dict], *, brand_id: UUID | None, occurred_at: datetime | None = None) -> None:
    """Writes an event for each row {type, aggregate_id, member_id, program_id, data}, no aggregate twice, in one
    round trip and in the caller's transaction; the streams stay locked until it ends. Repeating it writes the events
    again."""
    assert connection.in_atomic_block, "an event belongs to the transaction of its change"
    if not rows:
        return
    given = [{"event_id": uuid7(), "member_id": None, "program_id": None, "data": {}} | row for row in rows]
    moment = occurred_at or clock.now()
    with connection.cursor() as cursor:
        cursor.execute(RECORD_MANY, [msgspec.json.encode(given).decode(), brand_id, moment])
