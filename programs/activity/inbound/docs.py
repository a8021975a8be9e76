"""What the addresses of this room promise in the OpenAPI document: refusals and examples."""

from loyalty.errors import NotFound
from loyalty.http.refusals import MalformedJson, UnsupportedMediaType
from loyalty.http.schema import page_of
from loyalty.identity.errors import ScopeMissing
from programs.activity.docs import AT, MEMBER, PROGRAM, TRANSACTION_EXAMPLE
from programs.activity.inbound import errors, serializers
from programs.activity.inbound.cloudevents import SPECVERSION, CloudEvent

EVENTS, SOURCES, MAPPINGS = "Events", "Event sources", "Event mappings"
ID, BRAND = "019a9f30-5c1e-7d7b-9a54-3f0e2b1c4d5e", "019a9f30-5c1e-7d7b-9a54-3f0e2b1c4d60"
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # noqa: S105
NAMED = {"id": "review-77", "source": "/shop/reviews", "type": "review.written"}
TOLD = {
    "specversion": SPECVERSION,
    **NAMED,
    "subject": "USR-001",
    "time": AT,
    "data": {"text_length": 180, "verified_purchase": True},
}
DONE = {
    **NAMED,
    "status": "done",
    "inbound_id": ID,
    "act": "trigger",
    "transactions": [TRANSACTION_EXAMPLE | {"points": 20, "reference": "", "source": "/shop/reviews"}],
    "memberships": [],
}
WAITS = {
    **NAMED,
    "status": "waiting",
    "inbound_id": ID,
    "act": "trigger",
    "reason": "member-unknown",
    "detail": "There is no such member yet.",
    "transactions": [],
    "memberships": [],
}
ORDER = {
    "specversion": SPECVERSION,
    "id": "order-1001-paid",
    "source": "/shop/orders",
    "type": "order.paid",
    "subject": "USR-001",
    "time": AT,
    "data": {"reference": "order-1001", "amount": "152.00", "currency": "EUR"},
}
KEPT = {
    "id": ID,
    "brand_id": BRAND,
    "sender_id": None,
    "source": ORDER["source"],
    "event_id": ORDER["id"],
    "type": ORDER["type"],
    "status": "failed",
    "act": "earn",
    "reason": "validation-error",
    "detail": "The event lacks something, or it is not what was expected there.",
    "errors": [{"pointer": "/data/amount", "code": "required", "detail": "The amount is missing."}],
    "tries": 1,
    "due_at": None,
    "member_id": None,
    "transactions": [],
    "memberships": [],
    "content_changed": False,
    "occurred_at": AT,
    "received_at": AT,
    "ended_at": AT,
}
MENDED = {
    **KEPT, "status": "done", "reason": "", "detail": "", "errors": [], "tries": 2, "member_id": MEMBER,
    "transactions": [TRANSACTION_EXAMPLE["id"]], "content_changed": True, "event": ORDER,
}  # fmt: skip
NEW_SOURCE = {"name": "The web shop", "kind": "cloudevents", "program_id": "BEANS", "location_id": "web"}
SOURCE = {
    "id": ID,
    "brand_id": BRAND,
    "name": "The web shop",
    "kind": "cloudevents",
    "program_id": PROGRAM,
    "location_id": "web",
    "address": "",
    "is_active": True,
    "send_to": f"/api/events/from/{ID}",
    "previous_until": None,
    "created_at": AT,
}
NEW_MAPPING = {
    "type": "checkout.completed",
    "act": "earn",
    "parts": {"phone": "/data/customer/phone", "amount": "/data/total", "reference": "/data/number"},
    "facts": {"channel": "/data/source_name"},
}
MAPPING = {
    "id": ID,
    "brand_id": BRAND,
    "source_id": None,
    "program_id": None,
    "event_type": "",
    "is_active": True,
    **NEW_MAPPING,
    "created_at": AT,
    "updated_at": AT,
}
SAMPLE = {
    **ORDER,
    "type": "checkout.completed",
    "data": {"customer": {"phone": "+31612345678"}, "number": "1001", "total": "152.00", "source_name": "app"},
}
TRIAL = {
    "status": "done",
    "reason": "",
    "detail": "",
    "errors": [],
    "parts": {"amount": {"pointer": "/data/total", "value": "152.00"}},
    "facts": {"channel": "app"},
    "transactions": [TRANSACTION_EXAMPLE],
    "memberships": 0,
}
EVENT_PATH = {"inbound": "The event's number here."}
SOURCE_PATH, MAPPING_PATH = {"source": "The source's id."}, {"mapping": "The mapping's id."}

TELL = {
    "id": "events_add",
    "tags": EVENTS,
    "allow": "events.add",
    "request": CloudEvent,
    "answers": {
        201: (serializers.EventAnswer, serializers.ToldBatchAnswer),
        202: (serializers.EventAnswer, serializers.ToldBatchAnswer),
    },
    "problems": [NotFound, ScopeMissing, errors.EventIdReused],
    "examples": {"request": TOLD, 201: DONE, 202: WAITS},
}
SEND = {
    "id": "events_from",
    "tags": EVENTS,
    "request": CloudEvent,
    "answers": {202: serializers.TakenListAnswer},
    "problems": [errors.SignatureInvalid, errors.EventIdReused, UnsupportedMediaType, MalformedJson],
    "path": SOURCE_PATH,
    "examples": {"request": ORDER, 202: {"events": [{**NAMED, "status": "done"}]}},
}
LIST = {
    "tags": EVENTS,
    "allow": "inbound_events.view",
    "query": serializers.InboundFilters,
    "answers": {200: page_of(serializers.InboundAnswer)},
    "problems": [ScopeMissing],
    "examples": {200: {"next": None, "previous": None, "results": [KEPT]}},
}
MEND = {
    "tags": EVENTS,
    "allow": ("inbound_events.retry", "inbound_events.discard"),
    "query": serializers.InboundFilters,
    "request": serializers.MendMany,
    "answers": {200: serializers.MendedAnswer},
    "problems": [NotFound, ScopeMissing],
    "examples": {"request": {"act": "retry", "limit": 100}, 200: {"tried": 100, "done": 97, "next": ID}},
}
UNKNOWN = {
    "tags": EVENTS,
    "allow": "inbound_events.view",
    "answers": {200: list[serializers.UnknownTypeAnswer]},
    "problems": [ScopeMissing],
    "examples": {
        200: [
            {
                "brand_id": BRAND, "source": "/shop/carts", "type": "cart.left", "events": 7, "first_at": AT,
                "last_at": AT,
            }
        ]
    },
}  # fmt: skip
SHOW = {
    "tags": EVENTS,
    "allow": "inbound_events.view",
    "answers": {200: serializers.InboundAnswer},
    "problems": [ScopeMissing],
    "path": EVENT_PATH,
    "examples": {200: {**KEPT, "event": ORDER}},
}
RETRY = {
    "tags": EVENTS,
    "allow": "inbound_events.retry",
    "request": serializers.ActOnEvent,
    "answers": {200: serializers.InboundAnswer},
    "problems": [ScopeMissing, errors.InboundEventEnded],
    "path": EVENT_PATH,
    "examples": {"request": {}, 200: MENDED},
}
CORRECT = {
    "tags": EVENTS,
    "allow": "inbound_events.correct",
    "request": serializers.Correction,
    "answers": {200: serializers.InboundAnswer},
    "problems": [ScopeMissing, errors.InboundEventEnded],
    "path": EVENT_PATH,
    "examples": {"request": {"event": ORDER}, 200: MENDED},
}
DISCARD = {
    **RETRY,
    "allow": "inbound_events.discard",
    "examples": {"request": {}, 200: {**KEPT, "status": "discarded", "event": ORDER}},
}
LIST_SOURCES = {
    "tags": SOURCES,
    "allow": "event_sources.view",
    "query": serializers.OfBrand,
    "answers": {200: page_of(serializers.SourceAnswer)},
    "problems": [ScopeMissing, NotFound],
    "examples": {200: {"next": None, "previous": None, "results": [SOURCE]}},
}
CREATE_SOURCE = {
    "tags": SOURCES,
    "allow": "event_sources.add",
    "request": serializers.NewSource,
    "answers": {201: serializers.SourceAnswer},
    "problems": [ScopeMissing, NotFound, errors.SecretRequired, errors.EventSourceTaken],
    "examples": {"request": NEW_SOURCE, 201: {**SOURCE, "secret": SECRET}},
}
SHOW_SOURCE = {
    "tags": SOURCES,
    "allow": "event_sources.view",
    "answers": {200: serializers.SourceAnswer},
    "problems": [ScopeMissing],
    "path": SOURCE_PATH,
    "examples": {200: SOURCE},
}
CHANGE_SOURCE = {
    "tags": SOURCES,
    "allow": "event_sources.change",
    "request": serializers.SourcePatch,
    "answers": {200: serializers.SourceAnswer},
    "problems": [ScopeMissing, errors.EventSourceTaken],
    "path": SOURCE_PATH,
    "examples": {"request": {"is_active": False}, 200: {**SOURCE, "is_active": False}},
}
ROTATE_SOURCE = {
    "tags": SOURCES,
    "allow": "event_sources.rotate",
    "request": serializers.SourceRotation,
    "answers": {200: serializers.SourceAnswer},
    "problems": [ScopeMissing, errors.SecretRequired],
    "path": SOURCE_PATH,
    "examples": {"request": {"keep_seconds": 86_400}, 200: {**SOURCE, "previous_until": AT, "secret": SECRET}},
}
LIST_MAPPINGS = {
    "tags": MAPPINGS,
    "allow": "event_mappings.view",
    "query": serializers.OfBrand,
    "answers": {200: page_of(serializers.MappingAnswer)},
    "problems": [ScopeMissing, NotFound],
    "examples": {200: {"next": None, "previous": None, "results": [MAPPING]}},
}
CREATE_MAPPING = {
    "tags": MAPPINGS,
    "allow": "event_mappings.add",
    "request": serializers.NewMapping,
    "answers": {201: serializers.MappingAnswer},
    "problems": [ScopeMissing, NotFound, errors.EventMappingTaken],
    "idempotent": True,
    "examples": {"request": NEW_MAPPING, 201: {**MAPPING, "ignored": 7}},
}
TRY_MAPPING = {
    "tags": MAPPINGS,
    "allow": "event_mappings.add",
    "request": serializers.MappingTrial,
    "answers": {200: serializers.TrialAnswer},
    "problems": [ScopeMissing, NotFound],
    "examples": {"request": {**NEW_MAPPING, "event": SAMPLE}, 200: TRIAL},
}
SHOW_MAPPING = {
    "tags": MAPPINGS,
    "allow": "event_mappings.view",
    "answers": {200: serializers.MappingAnswer},
    "problems": [ScopeMissing],
    "path": MAPPING_PATH,
    "examples": {200: {**MAPPING, "ignored": 0}},
}
CHANGE_MAPPING = {
    "tags": MAPPINGS,
    "allow": "event_mappings.change",
    "request": serializers.MappingPatch,
    "answers": {200: serializers.MappingAnswer},
    "problems": [ScopeMissing],
    "path": MAPPING_PATH,
    "examples": {"request": {"is_active": False}, 200: {**MAPPING, "is_active": False, "ignored": 0}},
}
DELETE_MAPPING = {
    "tags": MAPPINGS,
    "allow": "event_mappings.remove",
    "answers": {204: None},
    "problems": [ScopeMissing],
    "path": MAPPING_PATH,
}
TAKE_UP = {
    "tags": MAPPINGS,
    "allow": "inbound_events.retry",
    "request": serializers.ActOnEvent,
    "answers": {200: serializers.TakenUpAnswer},
    "problems": [ScopeMissing],
    "path": MAPPING_PATH,
    "examples": {"request": {}, 200: {"tried": 7}},
}
