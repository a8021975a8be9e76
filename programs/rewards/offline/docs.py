"""What the addresses of tills promise in the OpenAPI document: refusals and examples."""

from loyalty.http.schema import page_of
from loyalty.identity.errors import ScopeMissing
from loyalty.identity.locations import OtherLocation
from programs.rewards.offline import serializers
from programs.rewards.offline.errors import KeyTaken, TillRevoked, WrongProof

TAG = "Tills"
AT, LATER = "2026-10-01T12:00:00Z", "2026-10-01T14:30:00Z"
ID, BRAND = "019a9f30-5c1e-7d7b-9a54-3f0e2b1c4d5e", "019a9f30-5c1e-7d7b-9a54-3f0e2b1c4d60"
USE = "019a9f30-5c1e-7d7b-9a54-3f0e2b1c4d61"
PLACE = "019a9f30-5c1e-7d7b-9a54-3f0e2b1c4d62"
KEY = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
SIGNATURE = "x" * 86
DIGEST = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
SHOWN = "LY1:6BFOXN*TS0BI$ZD8UHM.QSYHVZV6%E..."
PATH = {"till": "The till's id."}
TILL = {
    "id": ID,
    "name": "Counter 1",
    "brand_id": BRAND,
    "brand_code": "cafe",
    "location_id": PLACE,
    "location_code": "market-square",
    "public_key": KEY,
    "status": "active",
    "note": "",
    "offline_max": 50,
    "last_sequence": 0,
    "last_digest": "",
    "waiting": 0,
    "last_seen_at": AT,
    "revoked_at": None,
    "created_at": AT,
}
NEW = {"name": "Counter 1", "public_key": KEY, "proof": SIGNATURE, "location_id": "market-square"}
FIRST = {
    "device_id": ID,
    "sequence": 1,
    "previous": "",
    "scanned_at": AT,
    "token": SHOWN,
    "order": {"amount": "12.50", "currency": "EUR"},
    "reference": "R-1001",
    "signature": SIGNATURE,
}
SECOND = {"device_id": ID, "sequence": 2, "previous": DIGEST, "scanned_at": AT, "token": SHOWN, "signature": SIGNATURE}
BLANK = {"reason": None, "detail": None, "use_id": None, "discount": None, "currency": None}
VERDICTS = [
    {**BLANK, "sequence": 1, "verdict": "accepted", "use_id": USE, "discount": "2.50", "currency": "EUR"},
    {
        **BLANK,
        "sequence": 2,
        "verdict": "already_used",
        "reason": "voucher-used-up",
        "detail": "The voucher has been used as often as it can be.",
    },
]

LIST = {
    "tags": TAG,
    "allow": "tills.view",
    "query": serializers.TillFilters,
    "answers": {200: page_of(serializers.TillAnswer)},
    "problems": [ScopeMissing],
    "examples": {200: {"next": None, "previous": None, "results": [TILL]}},
}
REGISTER = {
    "tags": TAG,
    "allow": "tills.add",
    "request": serializers.NewTill,
    "answers": {201: serializers.TillAnswer, 200: serializers.TillAnswer},
    "problems": [ScopeMissing, OtherLocation, WrongProof, TillRevoked, KeyTaken],
    "examples": {"request": NEW, 201: TILL, 200: TILL},
}
SHOW = {
    "tags": TAG,
    "allow": "tills.view",
    "answers": {200: serializers.TillAnswer},
    "problems": [ScopeMissing],
    "etag": True,
    "path": PATH,
    "examples": {200: TILL},
}
CHANGE = {
    "tags": TAG,
    "allow": "tills.change",
    "request": serializers.TillPatch,
    "answers": {200: serializers.TillAnswer},
    "problems": [ScopeMissing, OtherLocation, TillRevoked],
    "path": PATH,
    "examples": {"request": {"offline_max": 100}, 200: {**TILL, "offline_max": 100}},
}
REVOKE = {
    "tags": TAG,
    "allow": "tills.revoke",
    "query": serializers.RevokeQuery,
    "answers": {204: None},
    "problems": [ScopeMissing],
    "path": PATH,
}
SYNC = {
    "tags": TAG,
    "allow": "tills.sync",
    "request": serializers.ScansBody,
    "answers": {200: serializers.ScansAnswer},
    "problems": [ScopeMissing],
    "examples": {"request": {"scans": [FIRST, SECOND]}, 200: {"received_at": LATER, "verdicts": VERDICTS}},
}
