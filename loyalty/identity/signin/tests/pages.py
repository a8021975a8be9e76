"""What the tests of the sign-in pages share: browsers, and the steps that many of them take."""

import time

from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.test import Client

PASSWORD = "correct horse battery"
SIGN_IN, HOME = "/accounts/login/", "/admin/"
SECURITY, CODE = "/accounts/2fa/", "/accounts/2fa/authenticate/"
ADD_APP, REMOVE_APP = "/accounts/2fa/totp/activate/", "/accounts/2fa/totp/deactivate/"
RECOVERY = "/accounts/2fa/recovery-codes/"


def sign_in(email: str, password: str = PASSWORD, *, browser: Client | None = None, going: str = HOME, **headers):
    """A browser after the password was sent, and the answer."""
    browser = browser or Client()
    form = {"login": email, "password": password, "next": going}
    return browser, browser.post(SIGN_IN, form, **headers)


def is_in(browser: Client) -> bool:
    """Whether the portal's home opens."""
    return browser.get(HOME).status_code == 200


def code_of(secret: str, *, periods: int = 0) -> str:
    """What an authenticator app shows now, or so many periods of half a minute later."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + periods))


def add_app(browser: Client) -> tuple[str, list[str]]:
    """Sets up an authenticator app: its secret, and the recovery codes that come with it."""
    secret = browser.get(ADD_APP).context["form"].secret
    assert browser.post(ADD_APP, {"code": code_of(secret, periods=-1)}).headers["Location"] in (RECOVERY, SECURITY)
    return secret, browser.get(RECOVERY).context["unused_codes"]
