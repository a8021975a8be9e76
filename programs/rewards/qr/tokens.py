"""QR tokens: made for a purpose and a while, and read with one refusal for each way in which they can be wrong. What
they are about is looked up elsewhere, and so is whether they were used."""

import secrets
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.conf import settings

from loyalty import clock
from programs.rewards.qr import base45, cwt, keys
from programs.rewards.qr.cwt import MEMBER, STAMP, VOUCHER, Claims
from programs.rewards.qr.errors import (
    MalformedToken,
    TokenExpired,
    TokenLifeTooLong,
    TokenNotYetValid,
    WrongAudience,
    WrongIssuer,
    WrongPurpose,
)

__all__ = ["MEMBER", "STAMP", "VOUCHER", "Claims", "Token", "is_printed", "make_token", "open_token", "read_token"]

PREFIX = "LY1:"
CHARACTERS_MAX = 600
LIFE = timedelta(seconds=60)
LIFE_MAX = timedelta(seconds=120)
PRINTED_LIFE_MAX = keys.PRINTED_LIFE_MAX
LEEWAY = timedelta(seconds=5)
"""How far the clocks of two machines may be apart: a token is taken so long before it begins and after it ends."""

KeyOf = Callable[[str, datetime, datetime], Ed25519PublicKey]
"""Finds the public key of a kid, for a token issued at the first moment and read at the second."""


@dataclass(frozen=True, slots=True)
class Token:
    """A token as it is shown, and what it says."""

    text: str
    claims: Claims


def make_token(
    purpose: str, *, subject: UUID, audience: str, program: str, life: timedelta = LIFE, at: datetime | None = None
) -> Token:
    """A signed token about `subject` for the brand with the code `audience`; it begins now and lives for `life`, in
    whole seconds. Nothing is written down, and each call gives another token. ValueError where the life is longer than
    the purpose allows: 120 s, for stamps 400 days."""
    if not timedelta(0) < life <= _life_max(purpose):
        raise ValueError(f"a token for a {purpose} does not live for {life}")
    moment = at or clock.now()
    begins = moment.replace(microsecond=0)
    claims = Claims(
        issuer=settings.QR_ISSUER,
        subject=subject,
        audience=audience,
        expires_at=begins + life,
        not_before=begins,
        issued_at=begins,
        token_id=secrets.token_hex(cwt.TOKEN_ID_BYTES),
        purpose=purpose,
        program=program,
    )
    key = keys.signing_key(moment)
    return Token(PREFIX + base45.encode(cwt.sign(claims, key.kid, key.private)), claims)


def read_token(
    text: str,
    *,
    at: datetime,
    audience: str | Collection[str] | None = None,
    purpose: str | Collection[str] | None = None,
    key_of: KeyOf = keys.verifying_key,
) -> Claims:
    """What a token says, if it is to be believed at that moment; `audience` and `purpose` are what is expected, one or
    several. Refusals in order: those of `open_token`, TokenNotYetValid, TokenExpired, WrongAudience, WrongPurpose."""
    claims = open_token(text, at=at, key_of=key_of)
    judge_time(claims, at=at)
    if audience is not None and claims.audience not in _several(audience):
        raise WrongAudience()
    if purpose is not None and claims.purpose not in _several(purpose):
        raise WrongPurpose(f"The code is for a {claims.purpose}.")
    return claims


def open_token(text: str, *, at: datetime, key_of: KeyOf = keys.verifying_key) -> Claims:
    """What a token says, whether its time has come and gone or not. Refusals in order: MalformedToken (one of them is
    WrongAlgorithm), UnknownKey, RetiredKey, BadSignature, WrongIssuer, TokenLifeTooLong."""
    if len(text) > CHARACTERS_MAX:
        raise MalformedToken("The code is too long.")
    if not text.startswith(PREFIX):
        raise MalformedToken(f"Our codes begin with {PREFIX}")
    signed = cwt.read(base45.decode(text.removeprefix(PREFIX)))
    claims = signed.verify(key_of(signed.kid, signed.claims.issued_at, at))
    if claims.issuer != settings.QR_ISSUER:
        raise WrongIssuer()
    if claims.expires_at <= claims.not_before:
        raise MalformedToken("The code ends before it begins.")
    if claims.expires_at - min(claims.issued_at, claims.not_before) > _life_max(claims.purpose):
        raise TokenLifeTooLong()
    return claims


def judge_time(claims: Claims, *, at: datetime) -> None:
    """Whether the token's time is now. Refusals in order: TokenNotYetValid, TokenExpired."""
    if at < max(claims.not_before, claims.issued_at) - LEEWAY:
        raise TokenNotYetValid()
    if at >= claims.expires_at + LEEWAY:
        raise TokenExpired()


def is_printed(claims: Claims) -> bool:
    """Whether the code is one to hang up: scanned again and again, and bounded for each member instead."""
    return claims.purpose == STAMP and claims.expires_at - claims.issued_at > LIFE_MAX


def _life_max(purpose: str) -> timedelta:
    return PRINTED_LIFE_MAX if purpose == STAMP else LIFE_MAX


def _several(one_or_more: str | Collection[str]) -> Collection[str]:
    return (one_or_more,) if isinstance(one_or_more, str) else one_or_more
