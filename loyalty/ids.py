"""Identifiers for the outside: UUID version 7 (RFC 9562), so that newer rows sort after older ones."""

import os
import time
import uuid

MILLISECOND_NS = 1_000_000


def uuid7() -> uuid.UUID:
    """A fresh UUIDv7: 48 bits of Unix milliseconds, 12 bits that part the millisecond (RFC 9562, 6.2, method 3:
    what one process makes one after the other sorts so), then random bits."""
    millis, rest = divmod(time.time_ns(), MILLISECOND_NS)
    part = (rest << 12) // MILLISECOND_NS
    random = int.from_bytes(os.urandom(8), "big") & ((1 << 62) - 1)
    return uuid.UUID(int=(millis << 80) | (0x7 << 76) | (part << 64) | (0x2 << 62) | random)
