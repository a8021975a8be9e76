"""The event log's one way in for everything but the ledger, whose database function writes its own rows."""

from datetime import datetime
from uuid import UUID

from django.db import connection

from loyalty import clock
from loyalty.events.models import Event

NEXT_SEQUENCE = """
insert into loyalty_eventstream as s (aggregate_id, last_sequence) values (%s, 1)
on conflict (aggregate_id) do update set last_sequence = s.last_sequence + 1 returning last_sequence
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
