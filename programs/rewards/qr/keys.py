"""The platform's Ed25519 keys: which one signs now, which ones verify, how they follow each other. Each process
keeps them in memory for a minute; a new one is published an hour before it signs, so that nobody meets one unknown."""

import hashlib
import time
from base64 import b32encode, urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.db import connection, transaction

from loyalty import clock
from programs.rewards.qr.errors import RetiredKey, UnknownKey
from programs.rewards.qr.models import SigningKey

PRINTED_LIFE_MAX = timedelta(days=400)
"""How long a printed code can live, and hence a key that signed one verifies."""

DELAY = timedelta(hours=1)
KEPT_SECONDS = 60
REREAD_SECONDS = 1
NANOSECONDS = 1_000_000_000
HANDOVER = timedelta(seconds=KEPT_SECONDS + 5)
"""How long other processes may go on signing with a key after one of them let it retire."""

KID_CHARS = 4
LOCK = "signing keys"


@dataclass(frozen=True)
class Key:
    """A key as a process keeps it."""

    row: SigningKey

    @property
    def kid(self) -> str:
        return self.row.kid

    @cached_property
    def public(self) -> Ed25519PublicKey:
        return Ed25519PublicKey.from_public_bytes(from_text(self.row.public_key))

    @cached_property
    def private(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(from_text(self.row.private_key))

    def signs(self, at: datetime) -> bool:
        return self.row.signs_from <= at and (self.row.retired_at is None or at < self.row.retired_at)

    def verifies(self, issued_at: datetime, at: datetime) -> bool:
        """Whether a token of the one moment is to be believed at the other."""
        row = self.row
        if row.retired_at is not None and issued_at > row.retired_at + HANDOVER:
            return False
        return is_published(row, at)


@dataclass(frozen=True)
class Kept:
    """All keys, as they were read at a moment of this process, in nanoseconds of its clock."""

    by_kid: dict[str, Key]
    read_at: int

    @property
    def age_seconds(self) -> int:
        return (time.monotonic_ns() - self.read_at) // NANOSECONDS


_kept: Kept | None = None


def signing_key(at: datetime) -> Key:
    """The key that signs at that moment; where there is none, a new one, the same for all that ask at once."""
    found = signing_among(_known().by_kid.values(), at) or signing_among(_read().by_kid.values(), at)
    if found is None:
        _make_first(at)
        return signing_key(at)
    return found


def signing_among(found: Iterable[Key], at: datetime) -> Key | None:
    """Which of them signs at that moment; else the one that is about to, for the clock of who made it may be ahead."""
    found = list(found)
    signing = [key for key in found if key.signs(at)] or [key for key in found if key.signs(at + HANDOVER)]
    return max(signing, key=lambda key: key.row.signs_from, default=None)


def verifying_key(kid: str, issued_at: datetime, at: datetime) -> Ed25519PublicKey:
    """The public key of that name, for a token issued at the one moment and read at the other. A name that is not known
    is looked for in the table, though once a second at most. Refusals in order: UnknownKey, RetiredKey."""
    keys = _known()
    if kid not in keys.by_kid and keys.age_seconds >= REREAD_SECONDS:
        keys = _read()
    key = keys.by_kid.get(kid)
    if key is None:
        raise UnknownKey()
    if not key.verifies(issued_at, at):
        raise RetiredKey()
    return key.public


def published(at: datetime) -> list[SigningKey]:
    """The keys that tokens are verified with, and that of the next hour, the newest first. Makes the first one where
    there is none, for a till may ask before anybody shows a code."""
    signing_key(at)
    return [row for row in SigningKey.objects.order_by("-signs_from", "kid") if is_published(row, at)]


def is_published(row: SigningKey, at: datetime) -> bool:
    return row.verifies_until is None or at < row.verifies_until


def as_jwk(row: SigningKey) -> dict:
    """The public part as a JSON Web Key (RFC 8037)."""
    return {"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": row.kid, "x": row.public_key}


def forget() -> None:
    """Lets this process read the keys anew."""
    global _kept
    _kept = None


def new_row(*, signs_from: datetime) -> SigningKey:
    """A fresh key, not saved, with a name that no other has. It is kept by its thumbprint's first characters."""
    while True:
        private = Ed25519PrivateKey.generate()
        public = private.public_key().public_bytes_raw()
        kid = b32encode(hashlib.sha256(public).digest()).decode()[:KID_CHARS]
        if not SigningKey.objects.filter(kid=kid).exists():
            texts = {"private_key": as_text(private.private_bytes_raw()), "public_key": as_text(public)}
            return SigningKey(kid=kid, signs_from=signs_from, created_at=clock.now(), **texts)


def lock_keys() -> None:
    """Lets one at a time change the keys, until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtext(%s))", [LOCK])


def as_text(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def from_text(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _known() -> Kept:
    kept = _kept
    if kept is None or not kept.by_kid or kept.age_seconds >= KEPT_SECONDS:
        kept = _read()
    return kept


def _read() -> Kept:
    """Reads them from the table. A key so new that this very transaction may have made it is not kept: should that be
    rolled back, nobody else would ever know it."""
    global _kept
    found = Kept(_by_kid(SigningKey.objects.all()), time.monotonic_ns())
    newest = max((key.row.created_at for key in found.by_kid.values()), default=None)
    is_sure = not connection.in_atomic_block or (newest is not None and newest < clock.now() - HANDOVER)
    if is_sure:
        _kept = found
    return found


def _by_kid(rows: Iterable[SigningKey]) -> dict[str, Key]:
    """Keys that are known already stay the objects that they are, with what was opened of them."""
    before = _kept.by_kid if _kept else {}
    found = {}
    for row in rows:
        key = Key(row)
        if (old := before.get(row.kid)) is not None and old.row.public_key == row.public_key:
            vars(key).update({name: vars(old)[name] for name in ("public", "private") if name in vars(old)})
        found[row.kid] = key
    return found


def _make_first(at: datetime) -> None:
    with transaction.atomic():
        lock_keys()
        if signing_among(map(Key, SigningKey.objects.all()), at) is None:
            new_row(signs_from=at).save(force_insert=True)
    forget()
