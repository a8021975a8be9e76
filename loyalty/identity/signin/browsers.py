"""Browsers in which somebody has typed the right password before. Tries there are counted by themselves, so that
strangers who guess at a password elsewhere do not lock its owner out of the browser they use."""

import secrets

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from loyalty.sealed.fields import normalized
from loyalty.sealed.ring import ring

COOKIE, SALT = "known_browser", "loyalty.identity.signin.browsers"
PATH = "/accounts/"
KEPT_SECONDS = 180 * 86_400


def known_as(request: HttpRequest, email: str) -> str:
    """What the browser is known as to whoever signs in with the address; nothing where it is not."""
    said = request.get_signed_cookie(COOKIE, default="", salt=SALT, max_age=KEPT_SECONDS)
    whose, _, name = said.partition(":")
    return name if name and whose == _index(email) else ""


def remember(request: HttpRequest, response: HttpResponse, email: str) -> None:
    """Knows the browser from now on as one of whoever signs in with the address. It keeps a name of no meaning and a
    keyed hash. Repeating it keeps the name."""
    name = known_as(request, email) or secrets.token_urlsafe(16)
    response.set_signed_cookie(
        COOKIE,
        f"{_index(email)}:{name}",
        salt=SALT,
        max_age=KEPT_SECONDS,
        path=PATH,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _index(email: str) -> str:
    return ring().blind_index("sign-in.browser", normalized(email))
