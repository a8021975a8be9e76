"""Tokens that are right but for one thing, for tests."""

from dataclasses import replace

import cbor2
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from loyalty import clock
from programs.rewards.qr import base45, cwt, keys
from programs.rewards.qr.tokens import PREFIX, Token

STRANGER = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))


def signed_anew(token: Token, *, kid: str = "", key: Ed25519PrivateKey | None = None, **changes) -> str:
    """The token with these claims changed, and signed by the platform's own key, or by another one."""
    own = keys.signing_key(clock.now())
    data = cwt.sign(replace(token.claims, **changes), kid or own.kid, key or own.private)
    return PREFIX + base45.encode(data)


def with_header(token: Token, header: dict) -> str:
    """The token with another protected header, signed as that is."""
    own = keys.signing_key(clock.now())
    payload = cbor2.loads(base45.decode(token.text.removeprefix(PREFIX))).value[2]
    head = cbor2.dumps({key: own.kid.encode() if value == "kid" else value for key, value in header.items()})
    signature = own.private.sign(cbor2.dumps(["Signature1", head, b"", payload]))
    return PREFIX + base45.encode(cbor2.dumps(cbor2.CBORTag(18, [head, {}, payload, signature])))


def with_changed_byte(token: Token, old: bytes, new: bytes) -> str:
    """The token with something else in it, and the signature of before."""
    data = base45.decode(token.text.removeprefix(PREFIX))
    assert old in data
    return PREFIX + base45.encode(data.replace(old, new, 1))
