"""QR tokens: how many one core signs and verifies in a second, without any database. It is the CPU's time that counts,
so that neighbours do not."""

import secrets
import time
from collections.abc import Callable

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings

from loyalty import clock
from loyalty.ids import uuid7
from programs.rewards.qr import base45, cwt
from programs.rewards.qr.pictures import png_of, svg_of
from programs.rewards.qr.tokens import LIFE, PREFIX, read_token

KID = "BNCH"


def measure(seconds: int = 2) -> dict[str, float]:
    """Tokens signed and verified, and pictures drawn, for each second of one core; each for about so many seconds. And
    how long a token is, in characters."""
    key = Ed25519PrivateKey.generate()
    public = key.public_key()

    def made() -> str:
        return _signed(key)

    token = made()
    return {
        "QR tokens signed per s": _rate(made, seconds),
        "QR tokens verified per s": _rate(lambda: read_token(token, at=clock.now(), key_of=lambda *_: public), seconds),
        "QR pictures drawn per s, SVG": _rate(lambda: svg_of(token, title="QR code of a voucher"), seconds),
        "QR pictures drawn per s, PNG": _rate(lambda: png_of(token), seconds),
        "QR token's characters": float(len(token)),
    }


def _signed(key: Ed25519PrivateKey) -> str:
    """A token as a member's telephone shows it."""
    begins = clock.now().replace(microsecond=0)
    claims = cwt.Claims(
        issuer=settings.QR_ISSUER,
        subject=uuid7(),
        audience="cafe",
        expires_at=begins + LIFE,
        not_before=begins,
        issued_at=begins,
        token_id=secrets.token_hex(cwt.TOKEN_ID_BYTES),
        purpose=cwt.VOUCHER,
        program="BEANS",
    )
    return PREFIX + base45.encode(cwt.sign(claims, KID, key))


def _rate(act: Callable[[], object], seconds: int) -> float:
    """How often it is done in a second of CPU."""
    began, count = time.process_time(), 0
    while (taken := time.process_time() - began) < seconds:
        for _ in range(10):
            act()
        count += 10
    return count / taken
