"""Shapes of segments and of kinds of event, in and out. No queries."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from loyalty.http.shapes import UNSET, UUID, Answer, Filters, Moment, Shape, UnsetType
from programs.earning.models import EventType, Segment, SegmentMember

Ref = Annotated[str, Meta(min_length=1, max_length=120)]
Key = Annotated[
    str,
    Meta(pattern=r"^[a-z0-9][a-z0-9_-]{0,59}\Z", description="Unique in the brand, never changed.", examples=["vip"]),
]
Name = Annotated[str, Meta(min_length=1, max_length=120, examples=["VIP"])]
Kind = Literal["dynamic", "list"]
Condition = Annotated[dict, Meta(description="On the member, as in a rule; only of a dynamic segment.")]
MemberRef = Annotated[str, Meta(min_length=1, max_length=255, description="A member's id or external_id.")]
EventName = Annotated[
    str,
    Meta(pattern=r"^[a-z0-9][a-z0-9._-]{0,59}\Z", description="As systems send it.", examples=["review.written"]),
]
Label = Annotated[str, Meta(max_length=80, description="As people call it.", examples=["A review"])]
FieldKind = Literal["money", "integer", "quantity", "text", "boolean", "list"]
Fields = Annotated[dict[str, FieldKind], Meta(description="What it tells, and of which kind.")]


class NewSegment(Shape):
    """A segment to make. `brand_id` (or code) is for people who work for more than one brand."""

    brand_id: Ref | None = None
    key: Key
    name: Name
    kind: Kind = "list"
    conditions: Condition = {}


class SegmentPatch(Shape):
    """What changes; what is not given stays."""

    name: Name | UnsetType = UNSET
    conditions: Condition | UnsetType = UNSET


class Members(Shape):
    """Members of the brand."""

    members: Annotated[list[MemberRef], Meta(min_length=1, max_length=10_000)]


class OfBrand(Filters):
    """Of which brand."""

    brand_id: Ref | None = None


class SegmentAnswer(Answer):
    """A segment."""

    id: UUID
    brand_id: UUID
    key: str
    name: str
    kind: Kind
    conditions: dict
    members: Annotated[int, Meta(description="How many are on the list. Left out in lists.")] | UnsetType = UNSET
    created_at: Moment
    updated_at: Moment


class ListedAnswer(Answer):
    """A member on a segment's list."""

    member_id: UUID
    external_id: str | None
    added_at: Moment


class MembersAnswer(Answer):
    """How many members that changed."""

    changed: int


class NewEventType(Shape):
    """A kind of event to make. `brand_id` (or code) is for people who work for more than one brand."""

    brand_id: Ref | None = None
    name: EventName
    label: Label = ""
    fields: Fields = {}


class EventTypePatch(Shape):
    """What changes; what is not given stays."""

    label: Label | UnsetType = UNSET
    fields: Fields | UnsetType = UNSET


class EventTypeAnswer(Answer):
    """A kind of event."""

    id: UUID
    brand_id: UUID
    name: str
    label: str
    fields: dict[str, str]
    created_at: Moment


def asked(shape: Shape) -> dict:
    """The fields that were given."""
    return {name: value for name, value in msgspec.structs.asdict(shape).items() if value is not UNSET}


def segment_answer(segment: Segment, members: int | None = None) -> SegmentAnswer:
    """The segment; with how many are on its list where that was counted."""
    names = ("id", "brand_id", "key", "name", "kind", "conditions", "created_at", "updated_at")
    answer = SegmentAnswer(**{name: getattr(segment, name) for name in names})
    if members is not None:
        answer.members = members
    return answer


def listed_answer(listed: SegmentMember) -> ListedAnswer:
    """One of the list."""
    return ListedAnswer(member_id=listed.member_id, external_id=listed.external_id, added_at=listed.added_at)


def event_type_answer(event_type: EventType) -> EventTypeAnswer:
    """The kind of event."""
    names = ("id", "brand_id", "name", "label", "fields", "created_at")
    return EventTypeAnswer(**{name: getattr(event_type, name) for name in names})
