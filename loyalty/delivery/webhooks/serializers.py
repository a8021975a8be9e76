"""Shapes of webhooks and deliveries, in and out. No queries."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from loyalty.delivery.webhooks.addresses import URL_CHARS_MAX
from loyalty.delivery.webhooks.models import WebhookDelivery, WebhookEndpoint
from loyalty.delivery.webhooks.operations import (
    DESCRIPTION_MAX,
    IN_FLIGHT_MAX,
    IN_FLIGHT_USUAL,
    KEEP_HOURS_MAX,
    PATTERNS_MAX,
)
from loyalty.delivery.webhooks.resending import TYPES_MAX
from loyalty.delivery.webhooks.selectors import Health
from loyalty.events.catalogue import Told
from loyalty.http.shapes import UNSET, UUID, Answer, Filters, Moment, Shape, UnsetType

BrandRef = Annotated[str, Meta(min_length=1, max_length=120, description="The brand's id or code.")]
Url = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=URL_CHARS_MAX,
        description="https, on the open internet, at port 443. Redirects are not followed.",
        examples=["https://shop.example/loyalty"],
    ),
]
Pattern = Annotated[str, Meta(min_length=1, max_length=60, examples=["voucher.*"])]
Patterns = Annotated[
    list[Pattern],
    Meta(
        min_length=1,
        max_length=PATTERNS_MAX,
        description="Types of events; voucher.* for all that begin so, * for all. What happens to webhooks themselves "
        "is in the log and is not sent.",
        examples=[["points.earned", "voucher.*"]],
    ),
]
Description = Annotated[str, Meta(max_length=DESCRIPTION_MAX, description="What it is for.", examples=["The CRM"])]
InFlight = Annotated[
    int,
    Meta(ge=1, le=IN_FLIGHT_MAX, description="Requests open at once, of different members; of one member in order."),
]
KeepHours = Annotated[
    int, Meta(ge=0, le=KEEP_HOURS_MAX, description="For how many hours the secret before signs too; 0: it ends now.")
]
EndpointStatus = Literal["active", "paused", "disabled"]
DeliveryStatus = Literal["waiting", "sending", "delivered", "failed", "cancelled"]


class NewWebhook(Shape):
    """Where to send which events. `brand_id` (or code) is for people who work for more than one brand."""

    brand_id: BrandRef | None = None
    url: Url
    events: Patterns
    description: Description = ""
    in_flight_max: InFlight = IN_FLIGHT_USUAL


class WebhookPatch(Shape):
    """What changes; what is not given stays."""

    url: Url | UnsetType = UNSET
    events: Patterns | UnsetType = UNSET
    description: Description | UnsetType = UNSET
    in_flight_max: InFlight | UnsetType = UNSET


class WebhookFilters(Filters):
    """Which webhooks."""

    brand_id: BrandRef | None = None
    status: EndpointStatus | None = None


class Nothing(Shape):
    """An empty object, or no body."""


class Rotation(Shape):
    """How long the secret before signs too."""

    keep_hours: KeepHours = 24


class Replay(Shape):
    """The time, by when events were recorded: from that instant on, and before `to` (left out: now)."""

    from_: Annotated[Moment, Meta(description="From this instant on.")] = msgspec.field(name="from")
    to: Annotated[Moment, Meta(description="Before this instant; left out: now.")] | None = None
    types: Annotated[list[Pattern], Meta(max_length=TYPES_MAX, description="Only these of what it asks for.")] = []


class DeliveryFilters(Filters):
    """Which deliveries."""

    status: DeliveryStatus | None = None
    type: Annotated[str, Meta(min_length=1, max_length=60, examples=["points.earned"])] | None = None
    event_id: UUID | None = None


class WebhookAnswer(Answer):
    """An address that is told of events. `previous_secret_until`: until then the secret before signs too.
    `failing_since`: it has taken nothing since; after five days of that it is disabled. `resting_until`: nothing is
    sent before."""

    id: UUID
    brand_id: UUID
    url: str
    description: str
    events: list[str]
    status: EndpointStatus
    status_reason: str
    status_at: datetime
    in_flight_max: int
    previous_secret_until: datetime | None
    failing_since: datetime | None
    resting_until: datetime | None
    last_success_at: datetime | None
    created_at: datetime


class HealthAnswer(Answer):
    """How it fares: tries of the last 24 hours, how many of 100 were taken, how long half and 95 of 100 of them took at
    most, what waits, and for how long the oldest does."""

    tries: int
    success_percent: int | None
    p50_ms: int | None
    p95_ms: int | None
    waiting: int
    oldest_waiting_seconds: int | None


class WebhookDetail(WebhookAnswer):
    """A webhook and how it fares."""

    health: HealthAnswer


class WebhookCreated(WebhookAnswer):
    """The webhook with the secret that signs what is sent: whsec_ and base64, as Standard Webhooks has it. It is
    answered this once: null when the request is repeated."""

    secret: str | None


class SecretAnswer(Answer):
    """The new secret, answered this once (null when the request is repeated), and until when the one before signs
    too."""

    secret: str | None
    previous_secret_until: datetime | None


class Try(Answer):
    """One request: when, how many milliseconds it took, the status answered or why there was none."""

    at: datetime
    ms: int
    status: int | None
    error: str


class DeliveryAnswer(Answer):
    """One event on its way to one webhook, with every try. `next_try_at` is there while it waits."""

    id: int
    webhook_id: UUID
    event_id: UUID
    type: str
    aggregate_id: UUID
    sequence: int
    origin: Literal["live", "replay", "test"]
    status: DeliveryStatus
    tries: int
    next_try_at: datetime | None
    answers: list[Try]
    created_at: datetime
    ended_at: datetime | None


class ReplayAnswer(Answer):
    """How many events are sent once more."""

    events: int


class ToldTypeAnswer(Answer):
    """A type of event that a webhook may ask for."""

    type: str
    version: int
    title: str
    description: str
    aggregate: str


class EventTypesAnswer(Answer):
    """All of them, by name."""

    results: list[ToldTypeAnswer]


def asked(shape: Shape) -> dict:
    """The fields that were given."""
    return {name: value for name, value in msgspec.structs.asdict(shape).items() if value is not UNSET}


def _fields(endpoint: WebhookEndpoint) -> dict:
    own = {
        "previous_secret_until": endpoint.previous_until,
        "last_success_at": endpoint.succeeded_at,
    }
    names = (name for name in WebhookAnswer.__struct_fields__ if name not in own)
    return own | {name: getattr(endpoint, name) for name in names}


def webhook_answer(endpoint: WebhookEndpoint) -> WebhookAnswer:
    """The webhook without its secret."""
    return WebhookAnswer(**_fields(endpoint))


def webhook_detail(endpoint: WebhookEndpoint, health: Health) -> WebhookDetail:
    """The webhook and how it fares."""
    told = HealthAnswer(
        tries=health.tries,
        success_percent=health.success_percent,
        p50_ms=health.p50_ms,
        p95_ms=health.p95_ms,
        waiting=health.waiting,
        oldest_waiting_seconds=health.oldest_seconds,
    )
    return WebhookDetail(**_fields(endpoint), health=told)


def webhook_created(endpoint: WebhookEndpoint, secret: str | None) -> WebhookCreated:
    """The webhook and its secret."""
    return WebhookCreated(**_fields(endpoint), secret=secret)


def delivery_answer(delivery: WebhookDelivery) -> DeliveryAnswer:
    """The delivery with every try."""
    return DeliveryAnswer(
        id=delivery.id,
        webhook_id=delivery.endpoint_id,
        event_id=delivery.event_id,
        type=delivery.type,
        aggregate_id=delivery.aggregate_id,
        sequence=delivery.sequence,
        origin=delivery.origin,
        status=delivery.status,
        tries=delivery.tries,
        next_try_at=delivery.due_at if delivery.status == "waiting" else None,
        answers=[msgspec.convert(one, Try) for one in delivery.answers],
        created_at=delivery.created_at,
        ended_at=delivery.ended_at,
    )


def event_type_answer(told: Told) -> ToldTypeAnswer:
    """The type in its newest version."""
    return ToldTypeAnswer(**{name: getattr(told, name) for name in ToldTypeAnswer.__struct_fields__})
