"""A real browser for the tests marked `browser`, with a security key that chromium plays itself. They are skipped where
there is no chromium with its driver."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), "")
DRIVER = shutil.which("chromedriver") or ""
ARGUMENTS = ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--window-size=390,900")
KEY = {
    "protocol": "ctap2",
    "transport": "usb",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture
def chromium():
    """A browser of somebody with a phone."""
    if not (CHROMIUM and DRIVER):
        pytest.skip("there is no chromium with its driver")
    from selenium.webdriver import Chrome, ChromeOptions
    from selenium.webdriver.chrome.service import Service

    options = ChromeOptions()
    options.binary_location = CHROMIUM
    for argument in ARGUMENTS:
        options.add_argument(argument)
    browser = Chrome(options=options, service=Service(DRIVER))
    browser.implicitly_wait(10)
    try:
        yield browser
    finally:
        browser.quit()


@contextmanager
def plugged_in(browser) -> Iterator[str]:
    """A fresh security key in the browser, which is touched whenever a page asks for it."""
    browser.execute_cdp_cmd("WebAuthn.enable", {})
    key = browser.execute_cdp_cmd("WebAuthn.addVirtualAuthenticator", {"options": KEY})["authenticatorId"]
    try:
        yield key
    finally:
        browser.execute_cdp_cmd("WebAuthn.removeVirtualAuthenticator", {"authenticatorId": key})
