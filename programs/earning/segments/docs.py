"""What the addresses of segments and kinds of event promise in the OpenAPI document: refusals and examples."""

from loyalty.errors import NotFound
from loyalty.http.schema import page_of
from loyalty.identity.errors import ScopeMissing
from programs.earning.errors import (
    EventTypeInUse,
    EventTypeTaken,
    RulesTooLarge,
    SegmentInUse,
    SegmentKeyTaken,
    SegmentNotList,
)
from programs.earning.segments import serializers

TAG = "Segments"
AT = "2026-10-01T12:00:00Z"
ID, BRAND = "019a9f30-5c1e-7d7b-9a54-3f0e2b1c4d5e", "019a9f30-5c1e-7d7b-9a54-3f0e2b1c4d60"
SEGMENT_PATH, EVENT_PATH = {"segment": "The segment's id."}, {"event_type": "The kind of event's id."}
CONDITIONS = {"all": [{"fact": "member.orders_before", "operator": "greaterThanInclusive", "value": 10}]}
NEW_SEGMENT = {"key": "regulars", "name": "Regulars", "kind": "dynamic", "conditions": CONDITIONS}
SEGMENT = {"id": ID, "brand_id": BRAND, **NEW_SEGMENT, "created_at": AT, "updated_at": AT}
LISTED = {"member_id": ID, "external_id": "USR-001", "added_at": AT}
NEW_EVENT_TYPE = {
    "name": "review.written",
    "label": "A review",
    "fields": {"text_length": "integer", "verified_purchase": "boolean"},
}
EVENT_TYPE = {"id": ID, "brand_id": BRAND, **NEW_EVENT_TYPE, "created_at": AT}

LIST_SEGMENTS = {
    "tags": TAG,
    "allow": "segments.view",
    "query": serializers.OfBrand,
    "answers": {200: page_of(serializers.SegmentAnswer)},
    "problems": [ScopeMissing, NotFound],
    "examples": {200: {"next": None, "previous": None, "results": [SEGMENT]}},
}
CREATE_SEGMENT = {
    "tags": TAG,
    "allow": "segments.add",
    "request": serializers.NewSegment,
    "answers": {201: serializers.SegmentAnswer},
    "problems": [ScopeMissing, NotFound, RulesTooLarge, SegmentKeyTaken],
    "idempotent": True,
    "examples": {"request": NEW_SEGMENT, 201: SEGMENT},
}
SHOW_SEGMENT = {
    "tags": TAG,
    "allow": "segments.view",
    "answers": {200: serializers.SegmentAnswer},
    "problems": [ScopeMissing],
    "etag": True,
    "path": SEGMENT_PATH,
    "examples": {200: {**SEGMENT, "members": 0}},
}
CHANGE_SEGMENT = {
    "tags": TAG,
    "allow": "segments.change",
    "request": serializers.SegmentPatch,
    "answers": {200: serializers.SegmentAnswer},
    "problems": [ScopeMissing, RulesTooLarge, SegmentInUse],
    "path": SEGMENT_PATH,
    "examples": {"request": {"name": "Our regulars"}, 200: SEGMENT},
}
DELETE_SEGMENT = {
    "tags": TAG,
    "allow": "segments.remove",
    "answers": {204: None},
    "problems": [ScopeMissing, SegmentInUse],
    "path": SEGMENT_PATH,
}
LIST_MEMBERS = {
    "tags": TAG,
    "allow": "segments.view",
    "query": serializers.Filters,
    "answers": {200: page_of(serializers.ListedAnswer)},
    "problems": [ScopeMissing, SegmentNotList],
    "path": SEGMENT_PATH,
    "examples": {200: {"next": None, "previous": None, "results": [LISTED]}},
}
MEMBERS = {
    "tags": TAG,
    "allow": "segments.change",
    "request": serializers.Members,
    "answers": {200: serializers.MembersAnswer},
    "problems": [ScopeMissing, SegmentNotList],
    "path": SEGMENT_PATH,
    "examples": {"request": {"members": ["USR-001", "USR-002"]}, 200: {"changed": 2}},
}
LIST_EVENT_TYPES = {
    "tags": TAG,
    "allow": "event_types.view",
    "query": serializers.OfBrand,
    "answers": {200: page_of(serializers.EventTypeAnswer)},
    "problems": [ScopeMissing, NotFound],
    "examples": {200: {"next": None, "previous": None, "results": [EVENT_TYPE]}},
}
CREATE_EVENT_TYPE = {
    "tags": TAG,
    "allow": "event_types.add",
    "request": serializers.NewEventType,
    "answers": {201: serializers.EventTypeAnswer},
    "problems": [ScopeMissing, NotFound, EventTypeTaken],
    "idempotent": True,
    "examples": {"request": NEW_EVENT_TYPE, 201: EVENT_TYPE},
}
SHOW_EVENT_TYPE = {
    "tags": TAG,
    "allow": "event_types.view",
    "answers": {200: serializers.EventTypeAnswer},
    "problems": [ScopeMissing],
    "path": EVENT_PATH,
    "examples": {200: EVENT_TYPE},
}
CHANGE_EVENT_TYPE = {
    "tags": TAG,
    "allow": "event_types.change",
    "request": serializers.EventTypePatch,
    "answers": {200: serializers.EventTypeAnswer},
    "problems": [ScopeMissing, EventTypeInUse],
    "path": EVENT_PATH,
    "examples": {"request": {"label": "A review"}, 200: EVENT_TYPE},
}
DELETE_EVENT_TYPE = {
    "tags": TAG,
    "allow": "event_types.remove",
    "answers": {204: None},
    "problems": [ScopeMissing, EventTypeInUse],
    "path": EVENT_PATH,
}
