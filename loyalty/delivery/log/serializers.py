"""The log as its readers ask for it and get it."""

from datetime import datetime
from typing import Annotated, Any

from msgspec import Meta

from loyalty.http.shapes import UUID, Answer, Moment, PageSize, Shape

TYPES_MAX = 50
Pattern = Annotated[str, Meta(min_length=1, max_length=60, examples=["voucher.*"])]
Reference = Annotated[str, Meta(min_length=1, max_length=200)]


class EventFilters(Shape):
    """Which events, and from where on."""

    type: Annotated[
        list[Pattern], Meta(max_length=TYPES_MAX, description="May be repeated, and take in many: voucher.* or *.")
    ] = []
    member_id: Annotated[Reference, Meta(description="By id or external id.")] | None = None
    program_id: Annotated[Reference, Meta(description="By id or code.")] | None = None
    aggregate_id: Annotated[UUID, Meta(description="What it happened to.")] | None = None
    after: Annotated[str, Meta(min_length=1, max_length=60, description="Of `next`, or the id of an event.")] | None = (
        None
    )
    since: Annotated[Moment, Meta(description="Recorded at this instant or later.")] | None = None
    until: Annotated[Moment, Meta(description="Recorded before this instant.")] | None = None
    page_size: PageSize | None = None


class LoggedEvent(Answer):
    """One thing that happened. Within an aggregate `sequence` is 1, 2, 3, ...; `data` is as `/api/asyncapi` says of the
    type and version."""

    id: UUID
    type: str
    version: int
    timestamp: datetime
    recorded_at: datetime
    brand_id: UUID
    aggregate_id: UUID
    sequence: int
    member_id: UUID | None
    program_id: UUID | None
    data: dict[str, Any]


class EventPage(Answer):
    """Events, the oldest first. `next` is always there: asked once more it answers what came since."""

    next: str
    results: list[LoggedEvent]
