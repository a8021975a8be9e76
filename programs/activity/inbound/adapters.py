"""How systems of each kind sign what they send, and how what they send becomes events. Rooms above add kinds."""

import binascii
import hashlib
import hmac
from base64 import b64decode, b64encode
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Protocol

from programs.activity.inbound.cloudevents import read_events
from programs.activity.inbound.envelope import Told
from programs.activity.inbound.errors import SignatureInvalid
from programs.activity.inbound.models import EventSource

WHSEC = "whsec_"
TOLERANCE = timedelta(minutes=5)
SIGNATURES_MAX = 20


class Adapter(Protocol):
    """One kind of sender. `headers` have their names in small letters; `body` is as it came."""

    def verify(self, source: EventSource, headers: Mapping[str, str], body: bytes, now: datetime) -> None:
        """Looks whether the source sent it, and just now. Refusals: SignatureInvalid."""

    def told(self, source: EventSource, headers: Mapping[str, str], body: bytes) -> list[Told]:
        """The events in what was sent, possibly none. Refusals: Invalid and those of a body that cannot be read."""


_adapters: dict[str, Adapter] = {}


def register_kind(kind: str, adapter: Adapter) -> None:
    """Says how sources of a kind are understood; the last one that says so counts."""
    _adapters[str(kind)] = adapter


def adapter_of(source: EventSource) -> Adapter:
    """How this source is understood. Refusals: SignatureInvalid (of a kind that nobody understands)."""
    adapter = _adapters.get(source.kind)
    if adapter is None:
        raise SignatureInvalid("Nothing is understood of what sources of this kind send.")
    return adapter


def secrets_of(source: EventSource, now: datetime) -> list[str]:
    """The secrets with which the source may sign at this moment: the present one, and the one before while it changes
    over."""
    is_changing = source.previous_until is not None and now < source.previous_until
    return [secret for secret in (source.secret, source.previous_secret if is_changing else "") if secret]


def refuse_old(sent_at: int, now: datetime) -> None:
    """Refuses what was signed (seconds since 1970) more than five minutes ago or ahead. Refusals: SignatureInvalid."""
    if abs(int(now.timestamp()) - sent_at) > TOLERANCE.total_seconds():
        raise SignatureInvalid("It was signed too long ago, or a clock is wrong.")


def verify_standard(source: EventSource, headers: Mapping[str, str], body: bytes, now: datetime) -> None:
    """Looks whether the source signed it as Standard Webhooks says (symmetric, v1). Refusals: SignatureInvalid."""
    id_, sent_at, signed = (headers.get(f"webhook-{name}", "") for name in ("id", "timestamp", "signature"))
    if not (id_ and sent_at and signed):
        raise SignatureInvalid("It lacks webhook-id, webhook-timestamp or webhook-signature.")
    if not (sent_at.isascii() and sent_at.isdigit() and len(sent_at) <= 12):
        raise SignatureInvalid("webhook-timestamp is not a number of seconds.")
    refuse_old(int(sent_at), now)
    said = f"{id_}.{sent_at}.".encode() + body
    right = [b64encode(hmac.digest(key_of(secret), said, hashlib.sha256)) for secret in secrets_of(source, now)]
    given = [part.partition(",")[2] for part in signed.split()[:SIGNATURES_MAX] if part.startswith("v1,")]
    matches = [hmac.compare_digest(one.encode("utf-8", "replace"), other) for one in given for other in right]
    if not any(matches):
        raise SignatureInvalid("The signature is not the source's.")


def key_of(secret: str) -> bytes:
    """The key in a secret of Standard Webhooks."""
    try:
        return b64decode(secret.removeprefix(WHSEC), validate=True)
    except (binascii.Error, ValueError):
        return secret.encode()


class CloudEventsAdapter:
    """Sources that send CloudEvents over HTTP and sign as Standard Webhooks says."""

    def verify(self, source: EventSource, headers: Mapping[str, str], body: bytes, now: datetime) -> None:
        """Refusals: SignatureInvalid."""
        verify_standard(source, headers, body, now)

    def told(self, source: EventSource, headers: Mapping[str, str], body: bytes) -> list[Told]:
        """Refusals: UnsupportedMediaType, MalformedJson, Invalid."""
        return read_events(headers, body)


register_kind(EventSource.Kind.CLOUDEVENTS, CloudEventsAdapter())
