"""Signatures as Standard Webhooks 1.0 has them, symmetric: HMAC-SHA256 over the id, the moment of sending and the body.
Pure; which secrets sign is said by `secrets_of`."""

import base64
import hashlib
import hmac
import secrets
from datetime import datetime

PREFIX = "whsec_"
SECRET_BYTES = 32


def new_secret() -> str:
    """A fresh secret as it is shown to people: whsec_ and base64."""
    return PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def key_of(secret: str) -> bytes:
    """The bytes that a secret stands for."""
    return base64.b64decode(secret.removeprefix(PREFIX))


def sign(secret: str, id: str, timestamp: int, body: bytes) -> str:
    """One signature, "v1,<base64>". `timestamp` is in Unix seconds."""
    return sign_with(key_of(secret), id, timestamp, body)


def sign_with(key: bytes, id: str, timestamp: int, body: bytes) -> str:
    """The same with a key that was decoded already."""
    mac = hmac.digest(key, b"%s.%d.%s" % (id.encode(), timestamp, body), hashlib.sha256)
    return "v1," + base64.b64encode(mac).decode()


def headers(keys: list[bytes], id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """The three headers of a request; with several keys a receiver may verify with any of them."""
    return {
        "webhook-id": id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(sign_with(key, id, timestamp, body) for key in keys),
    }


def secrets_of(secret: str, previous: str, previous_until: datetime | None, at: datetime) -> list[str]:
    """The secrets that sign at that instant, the newest first."""
    is_rotating = previous and previous_until is not None and previous_until > at
    return [secret, previous] if is_rotating else [secret]
