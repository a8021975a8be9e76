"""An event as others get it: one form for webhooks and for the log over HTTP, and CloudEvents 1.0 for brokers."""

from collections.abc import Mapping
from datetime import UTC, datetime

from loyalty.events.models import Event


def envelope(event: Event) -> dict:
    """The event as a JSON object; `type` and `timestamp` are as Standard Webhooks has them."""
    return {
        "id": str(event.event_id),
        "type": event.type,
        "version": event.version,
        "timestamp": written(event.occurred_at),
        "recorded_at": written(event.recorded_at),
        "brand_id": event.brand_id and str(event.brand_id),
        "aggregate_id": str(event.aggregate_id),
        "sequence": event.sequence,
        "member_id": event.member_id and str(event.member_id),
        "program_id": event.program_id and str(event.program_id),
        "data": event.data,
    }


def cloudevent(event: Event, *, source: str) -> Mapping:
    """The event as CloudEvents 1.0 (structured JSON); the aggregate orders, `sequence` is the Sequence extension."""
    return {
        "specversion": "1.0",
        "id": str(event.event_id),
        "source": source,
        "type": event.type,
        "subject": str(event.member_id or event.aggregate_id),
        "time": written(event.occurred_at),
        "datacontenttype": "application/json",
        "partitionkey": str(event.aggregate_id),
        "sequence": str(event.sequence),
        "data": envelope(event),
    }


def written(at: datetime) -> str:
    """RFC 3339, in UTC."""
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
