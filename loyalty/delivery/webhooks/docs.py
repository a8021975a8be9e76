"""What the addresses of webhooks promise in the OpenAPI document: refusals and examples."""

from loyalty.delivery.webhooks import errors, serializers
from loyalty.errors import NotFound
from loyalty.http.schema import page_of
from loyalty.identity.errors import ScopeMissing

TAG = "Webhooks"
AT = "2026-10-01T12:00:00Z"
PATH = {"webhook": "The webhook's id."}
DELIVERY_PATH = {**PATH, "delivery": "The delivery's number."}
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo="  # noqa: S105 (an example)
NEW = {"url": "https://shop.example/loyalty", "events": ["points.earned", "voucher.*"], "description": "The shop"}
SHOWN = {
    "id": "019a9f30-5c1e-7d7b-9a54-3f0e2b1c4d90",
    "brand_id": "019a9f30-5c1e-7d7b-9a54-3f0e2b1c4d60",
    **NEW,
    "status": "active",
    "status_reason": "",
    "status_at": AT,
    "in_flight_max": 8,
    "previous_secret_until": None,
    "failing_since": None,
    "resting_until": None,
    "last_success_at": AT,
    "created_at": AT,
}
HEALTH = {
    "tries": 1200,
    "success_percent": 99,
    "p50_ms": 31,
    "p95_ms": 120,
    "waiting": 2,
    "oldest_waiting_seconds": 4,
}
DELIVERY = {
    "id": 4711,
    "webhook_id": SHOWN["id"],
    "event_id": "019a9f30-5c1e-7d7b-9a54-3f0e2b1c4d91",
    "type": "points.earned",
    "aggregate_id": "019a9f30-5c1e-7d7b-9a54-3f0e2b1c4d92",
    "sequence": 17,
    "origin": "live",
    "status": "delivered",
    "tries": 2,
    "next_try_at": None,
    "answers": [
        {"at": AT, "ms": 15000, "status": None, "error": "no answer within 15 seconds"},
        {"at": "2026-10-01T12:00:05Z", "ms": 31, "status": 204, "error": ""},
    ],
    "created_at": AT,
    "ended_at": "2026-10-01T12:00:05Z",
}
AGAIN = {**DELIVERY, "status": "waiting", "tries": 0, "next_try_at": AT, "ended_at": None}
TESTED = {**AGAIN, "type": "webhook.test", "origin": "test", "answers": []}
EVENT_TYPE = {
    "type": "points.earned",
    "version": 1,
    "title": "Points earned",
    "description": "A purchase earned points.",
    "aggregate": "ledger account",
}
PROBLEMS = [ScopeMissing, NotFound]


def _page(shown: dict) -> dict:
    return {200: {"next": None, "previous": None, "results": [shown]}}


LIST = {
    "tags": TAG,
    "allow": "webhooks.view",
    "query": serializers.WebhookFilters,
    "answers": {200: page_of(serializers.WebhookAnswer)},
    "problems": PROBLEMS,
    "etag": True,
    "examples": _page(SHOWN),
}
ADD = {
    "tags": TAG,
    "allow": "webhooks.add",
    "request": serializers.NewWebhook,
    "answers": {201: serializers.WebhookCreated},
    "problems": [*PROBLEMS, errors.AddressNotTaken, errors.TooManyEndpoints],
    "idempotent": True,
    "examples": {"request": NEW, 201: {**SHOWN, "last_success_at": None, "secret": SECRET}},
}
SHOW = {
    "tags": TAG,
    "allow": "webhooks.view",
    "answers": {200: serializers.WebhookDetail},
    "problems": PROBLEMS,
    "etag": True,
    "path": PATH,
    "examples": {200: {**SHOWN, "health": HEALTH}},
}
CHANGE = {
    "tags": TAG,
    "allow": "webhooks.change",
    "request": serializers.WebhookPatch,
    "answers": {200: serializers.WebhookAnswer},
    "problems": [*PROBLEMS, errors.AddressNotTaken],
    "path": PATH,
    "examples": {"request": {"events": ["*"]}, 200: {**SHOWN, "events": ["*"]}},
}
REMOVE = {
    "tags": TAG,
    "allow": "webhooks.remove",
    "answers": {204: None},
    "problems": PROBLEMS,
    "path": PATH,
}
TEST = {
    "tags": TAG,
    "allow": "webhooks.test",
    "request": serializers.Nothing,
    "answers": {201: serializers.DeliveryAnswer},
    "problems": [*PROBLEMS, errors.EndpointNotActive],
    "idempotent": True,
    "path": PATH,
    "examples": {"request": {}, 201: TESTED},
}
ROTATE = {
    "tags": TAG,
    "allow": "webhooks.rotate",
    "request": serializers.Rotation,
    "answers": {200: serializers.SecretAnswer},
    "problems": PROBLEMS,
    "idempotent": True,
    "path": PATH,
    "examples": {
        "request": {"keep_hours": 24},
        200: {"secret": SECRET, "previous_secret_until": "2026-10-02T12:00:00Z"},
    },
}
PAUSE = {
    "tags": TAG,
    "allow": "webhooks.change",
    "request": serializers.Nothing,
    "answers": {200: serializers.WebhookAnswer},
    "problems": PROBLEMS,
    "path": PATH,
    "examples": {"request": {}, 200: {**SHOWN, "status": "paused"}},
}
ENABLE = {**PAUSE, "examples": {"request": {}, 200: SHOWN}}
REPLAY = {
    "tags": TAG,
    "allow": "webhooks.replay",
    "request": serializers.Replay,
    "answers": {202: serializers.ReplayAnswer},
    "problems": [*PROBLEMS, errors.EndpointNotActive, errors.EventsArchived, errors.ReplayTooLarge],
    "idempotent": True,
    "path": PATH,
    "examples": {"request": {"from": AT, "to": "2026-10-01T18:00:00Z"}, 202: {"events": 314}},
}
LIST_DELIVERIES = {
    "tags": TAG,
    "allow": "deliveries.view",
    "query": serializers.DeliveryFilters,
    "answers": {200: page_of(serializers.DeliveryAnswer)},
    "problems": PROBLEMS,
    "path": PATH,
    "examples": _page(DELIVERY),
}
SHOW_DELIVERY = {
    "tags": TAG,
    "allow": "deliveries.view",
    "answers": {200: serializers.DeliveryAnswer},
    "problems": PROBLEMS,
    "etag": True,
    "path": DELIVERY_PATH,
    "examples": {200: DELIVERY},
}
REDELIVER = {
    "tags": TAG,
    "allow": "deliveries.redeliver",
    "request": serializers.Nothing,
    "answers": {202: serializers.DeliveryAnswer},
    "problems": [*PROBLEMS, errors.EndpointNotActive, errors.EventsArchived],
    "idempotent": True,
    "path": DELIVERY_PATH,
    "examples": {"request": {}, 202: AGAIN},
}
EVENT_TYPES = {
    "tags": TAG,
    "allow": "webhooks.view",
    "answers": {200: serializers.EventTypesAnswer},
    "problems": [ScopeMissing],
    "etag": True,
    "examples": {200: {"results": [EVENT_TYPE]}},
}
