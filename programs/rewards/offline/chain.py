"""How a till signs what it redeemed off line, and what a place in its queue means. Pure: no database, no clock.

The signed bytes of an item are the item as it is sent, without `signature`, in the canonical form of RFC 8785: JSON in
UTF-8, fields sorted, no blanks. Its digest is their SHA-256 in hexadecimal; the next item repeats it as `previous`."""

import base64
import binascii
import hashlib
import json
from enum import Enum

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

# The greatest number that every language reads from JSON exactly.
SEQUENCE_MAX = 2**53 - 1
KEY_BYTES = 32
SIGNATURE_BYTES = 64


class Step(Enum):
    """What an item's place in the queue is."""

    NEXT = "next"
    GAP = "gap"
    FORK = "fork"


def canonical(item: dict) -> bytes:
    """What is signed of an item: whole numbers and text only, field names in ASCII."""
    said = {name: value for name, value in item.items() if name != "signature"}
    return json.dumps(said, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()


def digest_of(item: dict) -> str:
    """SHA-256 of the signed bytes, in hexadecimal."""
    return hashlib.sha256(canonical(item)).hexdigest()


def proof_text(name: str, public_key: str) -> bytes:
    """What a till signs when it registers, so that nobody registers the key of another."""
    return f"LY1-TILL\n{public_key}\n{name}".encode()


def is_signed(text: bytes, *, signature: str, public_key: str) -> bool:
    """Whether `signature` (base64url without padding) over `text` is of that Ed25519 key."""
    key, signed = bytes_of(public_key, KEY_BYTES), bytes_of(signature, SIGNATURE_BYTES)
    if key is None or signed is None:
        return False
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signed, text)
    except (InvalidSignature, ValueError):
        return False
    return True


def bytes_of(text: str, count: int) -> bytes | None:
    """The `count` bytes that base64url without padding spells; None for anything else, other spellings of the same
    bytes among it."""
    try:
        found = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        return None
    return found if len(found) == count and spelled(found) == text else None


def spelled(raw: bytes) -> str:
    """Bytes in base64url without padding."""
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def step(*, last_sequence: int, last_digest: str, sequence: int, previous: str) -> Step:
    """The place of an item that is not in the books, after the last one that is: the next, one after a gap, or one that
    gainsays what the till signed before."""
    if sequence > last_sequence + 1:
        return Step.GAP
    return Step.NEXT if sequence == last_sequence + 1 and previous == last_digest else Step.FORK
