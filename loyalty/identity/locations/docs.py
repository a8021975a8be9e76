"""What the addresses of locations promise in the OpenAPI document: refusals and examples."""

from loyalty.errors import NotFound
from loyalty.http.schema import page_of
from loyalty.identity.errors import ScopeMissing
from loyalty.identity.locations import serializers
from loyalty.identity.locations.errors import AmbiguousLocation, LocationCodeTaken

TAG = "Locations"
PATH = {"location": "The location's id, or its code."}
NEW = {"code": "amsterdam-1", "name": "Amsterdam Central"}
SHOWN = {
    "id": "019a9f30-5c1e-7d7b-9a54-3f0e2b1c4d80",
    "brand_id": "019a9f30-5c1e-7d7b-9a54-3f0e2b1c4d60",
    **NEW,
    "is_active": True,
    "created_at": "2026-10-01T12:00:00Z",
}

LIST = {
    "tags": TAG,
    "allow": "locations.view",
    "query": serializers.LocationFilters,
    "answers": {200: page_of(serializers.LocationAnswer)},
    "problems": [ScopeMissing, NotFound],
    "examples": {200: {"next": None, "previous": None, "results": [SHOWN]}},
}
CREATE = {
    "tags": TAG,
    "allow": "locations.add",
    "request": serializers.NewLocation,
    "answers": {201: serializers.LocationAnswer},
    "problems": [ScopeMissing, NotFound, LocationCodeTaken],
    "idempotent": True,
    "examples": {"request": NEW, 201: SHOWN},
}
SHOW = {
    "tags": TAG,
    "allow": "locations.view",
    "answers": {200: serializers.LocationAnswer},
    "problems": [ScopeMissing, AmbiguousLocation],
    "etag": True,
    "path": PATH,
    "examples": {200: SHOWN},
}
CHANGE = {
    "tags": TAG,
    "allow": "locations.change",
    "request": serializers.LocationPatch,
    "answers": {200: serializers.LocationAnswer},
    "problems": [ScopeMissing, AmbiguousLocation],
    "path": PATH,
    "examples": {"request": {"is_active": False}, 200: {**SHOWN, "is_active": False}},
}
