"""What the addresses of the log promise in the OpenAPI document."""

from loyalty.delivery.log import serializers
from loyalty.delivery.webhooks.errors import EventsArchived
from loyalty.errors import NotFound
from loyalty.identity.errors import AmbiguousMember, ScopeMissing

AT = "2026-10-01T12:00:00Z"
EXAMPLE = {
    "id": "019a9f30-5c1e-7d7b-9a54-3f0e2b1c4d60",
    "type": "points.earned",
    "version": 1,
    "timestamp": AT,
    "recorded_at": AT,
    "brand_id": "019a9f30-0000-7000-8000-000000000001",
    "aggregate_id": "019a9f30-0000-7000-8000-000000000002",
    "sequence": 7,
    "member_id": "019a9f30-0000-7000-8000-000000000003",
    "program_id": "019a9f30-0000-7000-8000-000000000004",
    "data": {
        "transaction_id": "019a9f30-0000-7000-8000-000000000005",
        "points": 152,
        "balance_after": 652,
        "reference": "order-77",
    },
}
LOG = {
    "id": "events_list",
    "tags": "Events",
    "allow": "events.view",
    "query": serializers.EventFilters,
    "answers": {200: serializers.EventPage},
    "problems": (NotFound, ScopeMissing, AmbiguousMember, EventsArchived),
    "examples": {200: {"next": "https://loyalty.example/api/events?after=ZTc3", "results": [EXAMPLE]}},
}
