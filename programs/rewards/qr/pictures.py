"""QR tokens as pictures. The address of a picture holds the token encrypted, so that no log or history of addresses
gives it away, and is good for as long as the token, ten minutes at most; nothing is written down for it."""

import io
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from os import urandom

import segno
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest
from django.urls import reverse
from django.views.decorators.http import require_safe

from loyalty import clock
from programs.rewards.qr import base45, cwt
from programs.rewards.qr.tokens import LEEWAY, PREFIX, Token, is_printed

ADDRESS_LIFE = timedelta(minutes=10)
ERROR_LEVEL = "m"
QUIET_ZONE = 4
PIXELS_MIN, PIXELS, PIXELS_MAX = 240, 320, 1200
NONCE_BYTES, TIME_BYTES = 12, 5
NAMES = {cwt.VOUCHER: "voucher", cwt.MEMBER: "member card", cwt.STAMP: "stamp"}

HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
}


def svg_of(text: str, *, title: str, pixels: int = PIXELS) -> bytes:
    """The code as an SVG of that many pixels, on white, whatever the page around it is; `title` is what a screen reader
    says."""
    out = io.BytesIO()
    _code(text).save(
        out, kind="svg", border=QUIET_ZONE, light="#fff", title=title, omitsize=True, xmldecl=False,
        svgclass=None, lineclass=None,
    )  # fmt: skip
    opening = f'<svg role="img" width="{pixels}" height="{pixels}" '.encode()
    return out.getvalue().replace(b"<svg ", opening, 1)


def png_of(text: str, *, pixels: int = PIXELS) -> bytes:
    """The code as a PNG of that many pixels or a few more: the dots of a code are whole pixels."""
    code, out = _code(text), io.BytesIO()
    dots = code.symbol_size(border=QUIET_ZONE)[0]
    code.save(out, kind="png", border=QUIET_ZONE, light="#fff", scale=-(-pixels // dots))
    return out.getvalue()


def addresses_of(token: Token) -> tuple[str, str]:
    """Where the token's SVG and PNG are, until it is over or ten minutes have passed. Writes nothing down."""
    until = min(token.claims.expires_at + LEEWAY, clock.now() + ADDRESS_LIFE)
    plain = int(until.timestamp()).to_bytes(TIME_BYTES) + base45.decode(token.text.removeprefix(PREFIX))
    nonce = urandom(NONCE_BYTES)
    sealed = urlsafe_b64encode(nonce + _cipher(settings.SECRET_KEY).encrypt(nonce, plain, b"")).rstrip(b"=").decode()
    return reverse("qr-svg", args=[sealed]), reverse("qr-png", args=[sealed])


def token_at(sealed: str) -> bytes:
    """The token that an address holds. Raises Http404 where it is over, or none of ours."""
    try:
        data = urlsafe_b64decode(sealed + "=" * (-len(sealed) % 4))
        plain = _cipher(settings.SECRET_KEY).decrypt(data[:NONCE_BYTES], data[NONCE_BYTES:], b"")
    except (Error, ValueError, InvalidTag):
        raise Http404("There is no such picture.") from None
    if clock.now() >= datetime.fromtimestamp(int.from_bytes(plain[:TIME_BYTES]), UTC):
        raise Http404("This picture's time is over.")
    return plain[TIME_BYTES:]


@require_safe
def svg_picture(request: HttpRequest, sealed: str) -> HttpResponse:
    """The code as SVG; `size` is its width in pixels. For whoever has the address."""
    data = token_at(sealed)
    pixels = _pixels(request)
    if pixels is None:
        return _out_of_size()
    content = svg_of(PREFIX + base45.encode(data), title=_title(data), pixels=pixels)
    return HttpResponse(content, content_type="image/svg+xml", headers=HEADERS)


@require_safe
def png_picture(request: HttpRequest, sealed: str) -> HttpResponse:
    """The code as PNG; `size` is its width in pixels at least. For whoever has the address."""
    data = token_at(sealed)
    pixels = _pixels(request)
    if pixels is None:
        return _out_of_size()
    content = png_of(PREFIX + base45.encode(data), pixels=pixels)
    return HttpResponse(content, content_type="image/png", headers=HEADERS)


def _title(data: bytes) -> str:
    """What the code is, and until when. Nothing about anybody."""
    claims = cwt.read(data).claims
    form = "%Y-%m-%d" if is_printed(claims) else "%H:%M:%S"
    return f"QR code of a {NAMES[claims.purpose]}, valid until {claims.expires_at:{form}} UTC"


def _code(text: str) -> segno.QRCode:
    return segno.make_qr(text, error=ERROR_LEVEL, boost_error=False)


def _pixels(request: HttpRequest) -> int | None:
    """The size that is asked for; None where it is none that is drawn."""
    given = request.GET.get("size", str(PIXELS))
    if not (given.isascii() and given.isdigit() and len(given) <= 4):
        return None
    return int(given) if PIXELS_MIN <= int(given) <= PIXELS_MAX else None


def _out_of_size() -> HttpResponse:
    detail = f"size is a number of pixels from {PIXELS_MIN} to {PIXELS_MAX}."
    return HttpResponseBadRequest(detail, content_type="text/plain", headers=HEADERS)


@lru_cache(maxsize=2)
def _cipher(secret: str) -> AESGCM:
    return AESGCM(HKDF(algorithm=SHA256(), length=32, salt=None, info=b"qr picture").derive(secret.encode()))
