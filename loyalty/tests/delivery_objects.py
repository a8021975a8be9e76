"""What a brand has of webhooks, of events of other systems and of receipts, for the registries of objects and of
calls: enters its makers in the one when it is imported, and the other takes its IDS and BODIES."""

from loyalty import clock
from loyalty.delivery.webhooks.models import WebhookDelivery, WebhookEndpoint
from loyalty.events.models import Event
from loyalty.tests.backoffice_objects import PARAMETERS, kind
from programs.activity.gateway.models import Receipt
from programs.activity.inbound.models import EventMapping, EventSource, InboundEvent

PARAMETERS["endpoint_id"] = WebhookEndpoint
IDS = {
    "aggregate_id": lambda house: [house.program.pk],
    "delivery": lambda house: [house.objects(WebhookDelivery).get().pk],
    "event_id": lambda house: [house.objects(WebhookDelivery).get().event_id],
    "webhook": lambda house: [house.objects(WebhookEndpoint).get().pk],
}
BODIES = {
    "replay_events_to_a_webhook": {"from": "2020-01-01T00:00:00Z", "to": None},
}


@kind(WebhookEndpoint, "brand")
def make_endpoint(house) -> None:
    WebhookEndpoint.objects.create(
        brand=house.brand, url=f"https://crm.{house.code}.example/told", description=f"{house.code} crm", events=["*"],
        secret=f"whsec_{house.code}", created_by="system:test",
    )  # fmt: skip


@kind(WebhookDelivery, "endpoint__brand")
def make_delivery(house) -> None:
    event = house.objects(Event).order_by("pk").first()
    WebhookDelivery.objects.create(
        endpoint=house.objects(WebhookEndpoint).get(), event_number=event.pk, event_id=event.event_id, type=event.type,
        aggregate_id=event.aggregate_id, sequence=event.sequence, status="failed", tries=1, status_code=500,
        answers=[{"at": "2026-03-10T12:00:00+00:00", "ms": 12, "status": 500, "error": ""}], ended_at=clock.now(),
    )  # fmt: skip


@kind(EventSource, "brand")
def make_source(house) -> None:
    EventSource.objects.create(
        brand=house.brand, name=f"{house.code} shop", program=house.program, secret=f"whsec_{house.code}",
        location_id=f"{house.code} street",
    )  # fmt: skip


@kind(EventMapping, "brand")
def make_mapping(house) -> None:
    EventMapping.objects.create(
        brand=house.brand, source=house.objects(EventSource).get(), type=f"{house.code}.paid", act="earn",
        program=house.program, parts={"amount": f"/data/{house.code}"},
    )  # fmt: skip


@kind(InboundEvent, "brand")
def make_inbound_event(house) -> None:
    InboundEvent.objects.create(
        brand=house.brand, sender=house.objects(EventSource).get(), source=f"{house.code}-shop",
        event_key=f"{house.code}-1", type=f"{house.code}.paid", fingerprint=b"0" * 32, status="failed", act="earn",
        content=f'{{"specversion":"1.0","id":"{house.code}-1","source":"{house.code}-shop","type":"{house.code}.paid"}}',
        reason="member-missing", detail=f"{house.code} names nobody", member=house.member, ended_at=clock.now(),
    )  # fmt: skip


@kind(Receipt, "program__brand")
def make_receipt(house) -> None:
    Receipt.objects.create(
        program=house.program, reference=f"{house.code}-receipt-9", code=f"{house.code}CODE", amount_minor=1_250,
        currency="EUR", items=[{"sku": f"{house.code}-cup", "quantity": 1, "amount_minor": 1_250}],
        fingerprint=b"0" * 32, status="claimed", member=house.member, occurred_at=clock.now(),
        expires_at=clock.now(), claimed_at=clock.now(),
    )  # fmt: skip
