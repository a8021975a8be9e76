"""Server keys: made, changed for another, taken back, and recognised. Only their SHA-256 is kept: a key has 256 random
bits, so nothing slower is needed."""

import hashlib
import re
import secrets
import time
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction

from loyalty import clock, sql
from loyalty.errors import Invalid, NotFound
from loyalty.events import log
from loyalty.identity.models import Brand, ServerKey
from loyalty.identity.principals import Principal
from loyalty.roles import KEY, SCOPES

PREFIX = "lk_"
LENGTH = len(PREFIX) + 43
CACHE_SECONDS = 1.0
CACHE_SIZE = 1024
USE_NOTED_SECONDS = 60
RATE = re.compile(r"[1-9][0-9]{0,9}/[1-9]?[0-9]{0,4}[smhd]")

FIND_AND_NOTE_USE = """
with used as (
    update loyalty_serverkey set last_used_at = %(now)s
    where key_hash = %(key_hash)s and revoked_at is null and (expires_at is null or expires_at > %(now)s)
    and (last_used_at is null or last_used_at < %(noted_before)s)
)
select id, brand_id, scopes, rate, expires_at from loyalty_serverkey
where key_hash = %(key_hash)s and revoked_at is null and (expires_at is null or expires_at > %(now)s)
"""

_recent: dict[str, tuple[float, Principal, datetime | None]] = {}


def _hash(plain: str) -> str:
    return hashlib.sha256(plain.encode()).hexdigest()


def principal_of(plain: str) -> Principal | None:
    """Who the key stands for, or None. A key seen within the last second is answered from memory, so that taking a
    key back holds within a second; else one query, which also notes the use once a minute."""
    if len(plain) != LENGTH or not plain.startswith(PREFIX) or not plain.isascii():
        return None
    key_hash, now = _hash(plain), clock.now()
    until, principal, expires_at = _recent.get(key_hash, (0.0, None, None))
    if until <= time.monotonic():
        principal, expires_at = _look_up(key_hash, now)
        if principal is None:
            _recent.pop(key_hash, None)
            return None
        _remember(key_hash, principal, expires_at)
    return principal if expires_at is None or now < expires_at else None


def _look_up(key_hash: str, now: datetime) -> tuple[Principal | None, datetime | None]:
    noted_before = now - timedelta(seconds=USE_NOTED_SECONDS)
    found = sql.rows(FIND_AND_NOTE_USE, {"key_hash": key_hash, "now": now, "noted_before": noted_before})
    if not found:
        return None, None
    row = found[0]
    principal = Principal(
        kind=KEY,
        id=row["id"],
        actor=f"key:{row['id']}",
        brands={row["brand_id"]: KEY},
        scopes=frozenset(row["scopes"]),
        rate=row["rate"],
    )
    return principal, row["expires_at"]


def _remember(key_hash: str, principal: Principal, expires_at: datetime | None) -> None:
    if len(_recent) >= CACHE_SIZE:
        _recent.clear()
    _recent[key_hash] = (time.monotonic() + CACHE_SECONDS, principal, expires_at)


def forget_recent() -> None:
    """Makes this process look every key up again."""
    _recent.clear()


def create_server_key(
    brand: Brand,
    *,
    name: str,
    scopes: Iterable[str],
    expires_at: datetime | None = None,
    rate: str | None = None,
    actor: str = "system",
) -> tuple[ServerKey, str]:
    """Makes a key and returns it with its plain text, which is nowhere to be had again. `rate` as "600/m", "" for no
    limit, None for the usual one. Repeating it makes another key.
    Refusals: Invalid (a scope that does not exist, no name, a rate that cannot be read)."""
    scopes = sorted(set(scopes))
    _check_words(name, scopes, rate)
    plain = PREFIX + secrets.token_urlsafe(32)
    given = {} if rate is None else {"rate": rate}
    with transaction.atomic():
        key = ServerKey.objects.create(
            brand=brand,
            name=name,
            prefix=plain[:8],
            key_hash=_hash(plain),
            scopes=scopes,
            expires_at=expires_at,
            **given,
        )
        data = {"scopes": scopes, "actor": actor}
        log.record("key.created", brand_id=brand.id, aggregate_id=key.id, data=data)
    return key, plain


def _check_words(name: str, scopes: list[str], rate: str | None) -> None:
    errors = []
    if not 1 <= len(name) <= 80:
        errors.append({"pointer": "/name", "code": "invalid-length", "detail": "A name has 1 to 80 characters."})
    unknown = [scope for scope in scopes if scope not in SCOPES]
    if unknown or not scopes:
        detail = f"No such scope: {', '.join(unknown)}." if unknown else "Name a scope at least."
        errors.append({"pointer": "/scopes", "code": "unknown-scope", "detail": detail})
    if rate and not RATE.fullmatch(rate):
        errors.append({"pointer": "/rate", "code": "invalid-format", "detail": "A rate looks like 600/m."})
    if errors:
        raise Invalid(errors)


def rotate_server_key(key: ServerKey, *, overlap_seconds: int = 86_400, actor: str = "system") -> tuple[ServerKey, str]:
    """Makes a successor with the same name, scopes, rate and length of life; the old key goes on working for
    `overlap_seconds`, or to its own end if that is sooner. Repeating it makes another successor.
    Refusals: NotFound (taken back)."""
    with transaction.atomic():
        key = ServerKey.objects.select_for_update(of=("self",)).select_related("brand").get(id=key.id)
        if key.revoked_at:
            raise NotFound("The key has been taken back.")
        now = clock.now()
        ends_at = now + timedelta(seconds=overlap_seconds)
        expires_at = key.expires_at and now + (key.expires_at - key.created_at)
        successor, plain = create_server_key(
            key.brand, name=key.name, scopes=key.scopes, expires_at=expires_at, rate=key.rate, actor=actor
        )
        key.expires_at = min(key.expires_at or ends_at, ends_at)
        key.save(update_fields=["expires_at"])
        data = {"successor": str(successor.id), "actor": actor}
        log.record("key.rotated", brand_id=key.brand_id, aggregate_id=key.id, data=data)
    forget_recent()
    return successor, plain


def revoke_server_key(key: ServerKey, *, actor: str = "system") -> None:
    """Takes the key back: at once in this process, within a second in the others. Repeating it changes nothing."""
    with transaction.atomic():
        if ServerKey.objects.filter(id=key.id, revoked_at=None).update(revoked_at=clock.now()):
            log.record("key.revoked", brand_id=key.brand_id, aggregate_id=key.id, data={"actor": actor})
    forget_recent()
