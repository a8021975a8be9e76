"""What only a real browser shows: that its security keys understand our pages and these it, and that it sends our forms
so that they are taken."""

from contextlib import suppress

import pytest
from django.core.cache import cache

from loyalty.identity.models import Person
from loyalty.identity.passwords.resetting import link_tokens
from loyalty.identity.signin import factors
from loyalty.identity.signin.tests.pages import PASSWORD
from loyalty.testing.chromium import chromium as chromium
from loyalty.testing.chromium import plugged_in

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
NEW = "a better horse battery"


@pytest.fixture(autouse=True)
def fresh_counters(transactional_db):
    cache.clear()


@pytest.fixture
def browser(chromium, live_server):
    """The browser, which finds our pages by their paths."""
    chromium.at = lambda path: chromium.get(f"{live_server.url}{path}")
    return chromium


def find(browser, selector: str):
    from selenium.webdriver.common.by import By

    return browser.find_element(By.CSS_SELECTOR, selector)


def fill(browser, **fields) -> None:
    """Types into the fields and sends the form as one does."""
    for name, text in fields.items():
        find(browser, f"main [name={name}]").send_keys(text)
    find(browser, "main form button:not([id])").click()


def path_when(browser, *ends: str) -> str:
    """The path of the page, once it ends like one of these; what it is after a while where it never does."""
    from urllib.parse import urlsplit

    from selenium.common.exceptions import TimeoutException
    from selenium.webdriver.support.ui import WebDriverWait

    with suppress(TimeoutException):
        WebDriverWait(browser, 15).until(lambda one: urlsplit(one.current_url).path.endswith(ends))
    return urlsplit(browser.current_url).path


def sign_in(browser) -> str:
    browser.delete_all_cookies()
    browser.at("/accounts/login/")
    fill(browser, login="manager@example.com", password=PASSWORD)
    return path_when(browser, "/admin/", "/2fa/authenticate/")


def test_a_key_is_registered_and_signs_in_and_another_does_not(browser, manager):
    with plugged_in(browser):
        assert sign_in(browser) == "/admin/"
        browser.at("/accounts/2fa/webauthn/add/")
        find(browser, "#add_key").click()
        assert path_when(browser, "/recovery-codes/") == "/accounts/2fa/recovery-codes/"
        assert factors.has_factor(manager)

        assert sign_in(browser) == "/accounts/2fa/authenticate/"
        find(browser, "#use_key").click()
        assert path_when(browser, "/admin/") == "/admin/"

    with plugged_in(browser):
        assert sign_in(browser) == "/accounts/2fa/authenticate/"
        find(browser, "#use_key").click()
        assert "could not be used" in find(browser, "#key_error:not([hidden])").text
        assert path_when(browser, "/2fa/authenticate/") == "/accounts/2fa/authenticate/"


def test_a_member_sets_a_new_password(browser, ana):
    browser.at(f"/password/reset?token={ana.person_id.hex}-{link_tokens.make_token(ana.person)}")
    fill(browser, password=NEW)

    assert find(browser, "main [role=status]").text.startswith("Log in with it")
    assert Person.objects.get(pk=ana.person_id).check_password(NEW)
