"""The public keys as a JSON Web Key Set (RFC 7517): how they are published, and read by whoever has only that."""

import hashlib
import json
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.utils.http import parse_etags
from django.views.decorators.http import require_safe

from loyalty import clock
from programs.rewards.qr import keys
from programs.rewards.qr.errors import UnknownKey
from programs.rewards.qr.tokens import KeyOf

FRESH_SECONDS = 300
"""How long a till may use the set without asking: far shorter than a new key is published before it signs."""


class NotAKeySet(ValueError):
    """What was read is no set of Ed25519 keys."""


@require_safe
def key_set(request: HttpRequest) -> HttpResponse:
    """The keys that QR tokens are verified with, for everybody and for every site's scripts."""
    content = json.dumps({"keys": [keys.as_jwk(row) for row in keys.published(clock.now())]}).encode()
    etag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    known = parse_etags(request.headers.get("If-None-Match", ""))
    if "*" in known or etag in (one.removeprefix("W/") for one in known):
        response = HttpResponseNotModified()
    else:
        response = HttpResponse(content, content_type="application/json")
    response.headers["ETag"] = etag
    response.headers["Cache-Control"] = f"public, max-age={FRESH_SECONDS}"
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def finder_in(document: bytes | str) -> KeyOf:
    """Finds keys in a set as `key_set` answers it; keys of other kinds in it are passed over. Raises NotAKeySet."""
    try:
        listed = json.loads(document)["keys"]
        found = {one["kid"]: one["x"] for one in listed if (one.get("kty"), one.get("crv")) == ("OKP", "Ed25519")}
        public = {kid: Ed25519PublicKey.from_public_bytes(keys.from_text(text)) for kid, text in found.items()}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise NotAKeySet(f"This is no set of Ed25519 keys: {error}") from error

    def key_of(kid: str, issued_at: datetime, at: datetime) -> Ed25519PublicKey:
        if kid not in public:
            raise UnknownKey()
        return public[kid]

    return key_of
