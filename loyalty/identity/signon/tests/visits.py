"""What the tests of single sign-on share: a brand with a provider, and somebody who comes from it."""

import re
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from django.core.cache import cache
from django.test import Client

from loyalty.identity.signon.models import SignOn
from loyalty.testing.openid_provider import CLIENT_ID, CLIENT_SECRET, running_provider

HOME = "/admin/"
NINA = {"sub": "nina-1", "email": "nina@cafe.example", "email_verified": True, "name": "Nina", "groups": ["baristas"]}


@pytest.fixture
def provider(settings):
    settings.SIGN_ON_PRIVATE_ADDRESSES = True
    with running_provider() as running:
        running.person = dict(NINA)
        yield running


@pytest.fixture
def sign_on(cafe, provider):
    """The cafe's provider: baristas are staff, chiefs are admins, of cafe.example."""
    cache.clear()
    return make_sign_on(cafe, provider)


def make_sign_on(brand, provider, **more):
    given = {
        "slug": brand.code,
        "name": f"{brand.name} accounts",
        "issuer": provider.issuer,
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
        "role_by_group": {"baristas": "staff", "chiefs": "admin", "suppliers": "partner"},
        "email_domains": [f"{brand.code}.example"],
        "confirmed_domains": [f"{brand.code}.example"],
        "is_active": True,
    }
    return SignOn.objects.create(brand=brand, **given | more)


def go(slug: str = "cafe", *, browser: Client | None = None, going: str = "", more: str = "") -> tuple[Client, str]:
    """A browser that is about to leave for the provider, and the address there."""
    browser = browser or Client()
    page = browser.post(f"/accounts/oidc/{slug}/login/{more}", {"next": going} if going else {})
    return browser, unescape(re.search(r'content="0;url=([^"]*)"', page.content.decode())[1])


def back_from(address: str) -> str:
    """Where the provider sends the browser back to: the path and query of our callback."""
    location = requests.get(address, allow_redirects=False, timeout=5).headers["Location"]
    parts = urlsplit(location)
    return f"{parts.path}?{parts.query}"


def come(slug: str = "cafe", **more):
    """The whole way: a browser after it came back, and the answer."""
    browser, address = go(slug, **more)
    return browser, browser.get(back_from(address))


def is_in(browser: Client) -> bool:
    return browser.get(HOME).status_code == 200


def query_of(address: str) -> dict:
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
