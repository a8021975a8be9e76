"""Shapes of events of other systems, of who sends them and of what they mean, in and out. No queries."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from loyalty.http.shapes import UNSET, UUID, Answer, Filters, Moment, Shape, UnsetType
from programs.activity import answers
from programs.activity.inbound.intake import told_in
from programs.activity.inbound.models import EventMapping, EventSource, InboundEvent
from programs.activity.inbound.selectors import Unknown
from programs.activity.inbound.trying import Tried
from programs.activity.records import Recorded
from programs.activity.serializers import ProgramRef

Ref = Annotated[str, Meta(min_length=1, max_length=120)]
Status = Literal["waiting", "done", "ignored", "failed", "discarded"]
Act = Literal["enrol", "earn", "return", "trigger", "ignore"]
SourceKind = Literal["cloudevents", "shopify", "square"]
Name = Annotated[str, Meta(min_length=1, max_length=80, pattern=r"\S", examples=["The web shop"])]
Secret = Annotated[str, Meta(min_length=8, max_length=200, description="With which it signs.")]
LocationId = Annotated[
    str, Meta(max_length=80, description="The location of its purchases, unless an event names one.")
]
Address = Annotated[
    str, Meta(max_length=2000, description="The address that the sender knows us by, where it signs that too (Square).")
]
Type = Annotated[
    str, Meta(min_length=1, max_length=120, description="As the system sends it.", examples=["order.paid"])
]
EventTypeName = Annotated[
    str, Meta(max_length=60, description="For rules: the kind of event that it is to them; empty: the same name.")
]
Pointer = Annotated[str, Meta(max_length=200, examples=["/data/total"])]
Parts = Annotated[
    dict[str, Any],
    Meta(
        description="Where its parts are in the event, as JSON pointers; of a list of pointers the first at which "
        "there is something. What is not named here is where it usually is.",
        examples=[{"member": "/data/customer/id", "amount": ["/data/total", "/data/amount"]}],
    ),
]
Facts = Annotated[
    dict[str, Any],
    Meta(
        description="What rules may ask besides, by name as JSON pointers. Of a purchase: `channel`, `location`, and "
        "`label.<name>`, which is put on every line; others are kept with it.",
        examples=[{"channel": "/data/source_name"}],
    ),
]
Answered = Annotated[Status, Meta(description="waiting: for something that may come. failed: somebody has to mend it.")]


class NewSource(Shape):
    """A system that sends events. `brand_id` (or code) is for people who work for more than one brand. One that sends
    CloudEvents is given a secret."""

    brand_id: Ref | None = None
    name: Name
    kind: SourceKind = "cloudevents"
    program_id: ProgramRef | None = None
    location_id: LocationId = ""
    address: Address = ""
    secret: Secret | None = None


class SourcePatch(Shape):
    """What changes; what is not given stays."""

    name: Name | UnsetType = UNSET
    program_id: ProgramRef | UnsetType | None = UNSET
    location_id: LocationId | UnsetType = UNSET
    address: Address | UnsetType = UNSET
    is_active: bool | UnsetType = UNSET


class SourceRotation(Shape):
    """The new secret, where the sender makes it, and how long the one before is taken too."""

    secret: Secret | None = None
    keep_seconds: Annotated[int, Meta(ge=0, le=604_800)] = 86_400


class NewMapping(Shape):
    """What events of a type mean. `brand_id` (or code) is for people who work for more than one brand."""

    brand_id: Ref | None = None
    source_id: Annotated[UUID, Meta(description="Only from this source; left out: from any.")] | None = None
    type: Type
    act: Act
    program_id: ProgramRef | None = None
    event_type: EventTypeName = ""
    parts: Parts = {}
    facts: Facts = {}
    is_active: bool = True


class MappingPatch(Shape):
    """What changes; what is not given stays."""

    act: Act | UnsetType = UNSET
    program_id: ProgramRef | UnsetType | None = UNSET
    event_type: EventTypeName | UnsetType = UNSET
    parts: Parts | UnsetType = UNSET
    facts: Facts | UnsetType = UNSET
    is_active: bool | UnsetType = UNSET


class MappingTrial(NewMapping):
    """A mapping that need not be there, and an event to try it with."""

    event: Annotated[dict[str, Any], Meta(description="A CloudEvent in the structured form.")]


class Correction(Shape):
    """The content to put in its place: a whole CloudEvent, of the same source and id."""

    event: dict[str, Any]


class ActOnEvent(Shape):
    """Nothing needs to be said."""


class MendMany(Shape):
    """What is done with the events that the address asks for, the oldest first; of one answer's `next` the following
    one goes on `after`."""

    act: Annotated[Literal["retry", "discard"], Meta(description="retry: each is tried again, by what it means today.")]
    limit: Annotated[int, Meta(ge=1, le=500)] = 100
    after: UUID | None = None


class OfBrand(Filters):
    """Of which brand."""

    brand_id: Ref | None = None


class InboundFilters(Filters):
    """Which events."""

    status: Status | None = None
    type: Annotated[str, Meta(max_length=120)] | None = None
    source: Annotated[str, Meta(max_length=200, description="The event's source, as sent.")] | None = None
    sender_id: Annotated[UUID, Meta(description="The source that signed it.")] | None = None


class MistakeAnswer(Answer):
    """Something that is wrong in an event, and where."""

    pointer: str
    code: str
    detail: str


class EventAnswer(Answer):
    """What became of an event. Done: the transactions that it gave (one for each program in which it counted, also
    where no rule gave anything) and the memberships. Otherwise why not."""

    id: str
    source: str
    type: str
    status: Annotated[
        Literal["waiting", "done", "ignored", "failed", "discarded", "refused"],
        Meta(description="refused: one of a batch that was not taken in."),
    ]
    inbound_id: Annotated[UUID | None, Meta(description="Its number here, under /api/events/in.")]
    act: Annotated[str, Meta(description="What it was taken for; empty: nobody knows this type.")]
    reason: Annotated[str, Meta(description="The refusal's code.")] | UnsetType = UNSET
    detail: str | UnsetType = UNSET
    errors: list[MistakeAnswer] | UnsetType = UNSET
    transactions: list[answers.TransactionAnswer]
    memberships: list[UUID]


class ToldBatchAnswer(Answer):
    """What became of each event, in the order in which they were sent."""

    events: list[EventAnswer]


class TakenAnswer(Answer):
    """An event that was taken in."""

    id: str
    source: str
    type: str
    status: Answered


class TakenListAnswer(Answer):
    """What became of each event in what was sent."""

    events: list[TakenAnswer]


class InboundAnswer(Answer):
    """An event of another system, as it stands here."""

    id: UUID
    brand_id: UUID
    sender_id: UUID | None
    source: str
    event_id: str
    type: str
    status: Answered
    act: str
    reason: str
    detail: str
    errors: list[MistakeAnswer]
    tries: int
    due_at: Annotated[Moment | None, Meta(description="When it is tried again.")]
    member_id: UUID | None
    transactions: list[UUID]
    memberships: list[UUID]
    content_changed: Annotated[bool, Meta(description="Somebody corrected it.")]
    occurred_at: Moment | None
    received_at: Moment
    ended_at: Moment | None
    event: Annotated[dict | None, Meta(description="What it says. Left out in lists.")] | UnsetType = UNSET


class MendedAnswer(Answer):
    """What came of many."""

    tried: Annotated[int, Meta(description="How many were taken in hand.")]
    done: Annotated[int, Meta(description="How many of them are done now, or laid aside.")]
    next: Annotated[UUID | None, Meta(description="There are more, after this one; null: there are none.")]


class UnknownTypeAnswer(Answer):
    """A type of event that nobody knows the meaning of, and how much of it came."""

    brand_id: UUID
    source: str
    type: str
    events: int
    first_at: Moment
    last_at: Moment


class SourceAnswer(Answer):
    """A system that sends events."""

    id: UUID
    brand_id: UUID
    name: str
    kind: SourceKind
    program_id: UUID | None
    location_id: str
    address: str
    is_active: bool
    send_to: Annotated[str, Meta(description="The path where it sends its events.")]
    previous_until: Annotated[Moment | None, Meta(description="Until when the secret before is taken too.")]
    created_at: Moment
    secret: Annotated[str, Meta(description="Shown this once.")] | UnsetType = UNSET


class MappingAnswer(Answer):
    """What events of a type mean."""

    id: UUID
    brand_id: UUID
    source_id: UUID | None
    type: str
    act: Act
    program_id: UUID | None
    event_type: str
    parts: dict
    facts: dict
    is_active: bool
    created_at: Moment
    updated_at: Moment
    ignored: (
        Annotated[int, Meta(description="Events that were ignored and could be taken up now. Left out in lists.")]
        | UnsetType
    ) = UNSET


class TrialAnswer(Answer):
    """What would come of the event: nothing of it stays."""

    status: Status
    reason: str
    detail: str
    errors: list[MistakeAnswer]
    parts: Annotated[dict, Meta(description="What was found, by part: where, and what.")]
    facts: dict
    transactions: list[answers.TransactionAnswer]
    memberships: int


class TakenUpAnswer(Answer):
    """How many events were tried."""

    tried: int


def asked(shape: Shape) -> dict:
    """The fields that were given."""
    return {name: value for name, value in msgspec.structs.asdict(shape).items() if value is not UNSET}


def event_answer(event: InboundEvent, recorded: Sequence[Recorded]) -> EventAnswer:
    """What became of an event, with its transactions."""
    answer = EventAnswer(
        id=event.event_key,
        source=event.source,
        type=event.type,
        status=event.status,
        inbound_id=event.id,
        act=str(event.act),
        transactions=[answers.transaction_answer(one) for one in recorded],
        memberships=event.outcome.get("memberships", []),
    )
    if event.reason:
        answer.reason, answer.detail = event.reason, event.detail
    if event.outcome.get("errors"):
        answer.errors = _mistakes(event.outcome["errors"])
    return answer


def refused_answer(told, refusal) -> EventAnswer:
    """An event of a batch that was not taken in."""
    named = {"id": told.id, "source": told.source, "type": told.type, "status": "refused"}
    said = {"reason": refusal.code, "detail": refusal.detail}
    return EventAnswer(**named, inbound_id=None, act="", **said, transactions=[], memberships=[])


def taken_answer(event: InboundEvent) -> TakenAnswer:
    return TakenAnswer(id=event.event_key, source=event.source, type=event.type, status=event.status)


def inbound_answer(event: InboundEvent) -> InboundAnswer:
    """The event without what it says."""
    plain = (
        "id", "brand_id", "sender_id", "source", "type", "status", "reason", "detail", "tries", "member_id",
        "content_changed", "occurred_at", "received_at", "ended_at",
    )  # fmt: skip
    return InboundAnswer(
        **{name: getattr(event, name) for name in plain},
        event_id=event.event_key,
        act=str(event.act),
        errors=_mistakes(event.outcome.get("errors", ())),
        due_at=event.due_at if event.status == InboundEvent.Status.WAITING else None,
        transactions=event.outcome.get("transactions", []),
        memberships=event.outcome.get("memberships", []),
    )


def whole_answer(event: InboundEvent) -> InboundAnswer:
    """The event with what it says; null where that was forgotten."""
    answer = inbound_answer(event)
    told = told_in(event)
    answer.event = told.document() if told else None
    return answer


def unknown_answer(unknown: Unknown) -> UnknownTypeAnswer:
    return UnknownTypeAnswer(**msgspec.structs.asdict(unknown))


def source_answer(source: EventSource, secret: str = "") -> SourceAnswer:
    """The source; with its secret where that is shown."""
    plain = (
        "id", "brand_id", "name", "kind", "program_id", "location_id", "address", "is_active", "previous_until",
        "created_at",
    )  # fmt: skip
    answer = SourceAnswer(**{name: getattr(source, name) for name in plain}, send_to=f"/api/events/from/{source.id}")
    if secret:
        answer.secret = secret
    return answer


def mapping_answer(mapping: EventMapping, ignored: int | None = None) -> MappingAnswer:
    """The mapping; with how many events it could be taken for, where that was counted."""
    plain = (
        "id", "brand_id", "source_id", "type", "act", "program_id", "event_type", "parts", "facts", "is_active",
        "created_at", "updated_at",
    )  # fmt: skip
    answer = MappingAnswer(**{name: getattr(mapping, name) for name in plain})
    if ignored is not None:
        answer.ignored = ignored
    return answer


def trial_answer(tried: Tried) -> TrialAnswer:
    plain = ("status", "reason", "detail", "parts", "facts", "memberships")
    return TrialAnswer(
        **{name: getattr(tried, name) for name in plain},
        errors=_mistakes(tried.errors),
        transactions=[answers.transaction_answer(one) for one in tried.recorded],
    )


def _mistakes(errors: Sequence[dict]) -> list[MistakeAnswer]:
    return [MistakeAnswer(**{name: one.get(name, "") for name in ("pointer", "code", "detail")}) for one in errors]
