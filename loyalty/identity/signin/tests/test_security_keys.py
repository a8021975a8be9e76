"""Security keys and passkeys as a second factor, by a key in software."""

import json

import pytest
from allauth.mfa.models import Authenticator
from django.core.cache import cache

from loyalty.identity.signin.tests.pages import CODE, HOME, RECOVERY, SECURITY, add_app, is_in, sign_in
from loyalty.testing.security_key import SecurityKey

ADD_KEY = "/accounts/2fa/webauthn/add/"


@pytest.fixture(autouse=True)
def fresh_counters(db):
    cache.clear()


@pytest.fixture
def browser(manager):
    return sign_in("manager@example.com")[0]


def add_key(browser, key, name="Blue key"):
    options = json.loads(json.dumps(browser.get(ADD_KEY).context["js_data"]["creation_options"]))
    return browser.post(ADD_KEY, {"name": name, "credential": json.dumps(key.register(options))})


def show_key(browser, key):
    options = json.loads(json.dumps(browser.get(CODE).context["js_data"]["request_options"]))
    return browser.post(CODE, {"credential": json.dumps(key.sign(options))})


def test_a_key_is_added_and_asked_for(browser):
    key = SecurityKey()

    added = add_key(browser, key)
    other, answer = sign_in("manager@example.com")

    assert added.headers["Location"] == RECOVERY
    assert answer.headers["Location"] == CODE
    assert show_key(other, key).headers["Location"] == HOME
    assert is_in(other)


def test_another_key_does_not_open(browser):
    add_key(browser, SecurityKey())
    other, _ = sign_in("manager@example.com")

    show_key(other, SecurityKey())

    assert not is_in(other)


def test_a_key_shown_on_another_site_does_not_open(browser):
    key = SecurityKey()
    add_key(browser, key)
    other, _ = sign_in("manager@example.com")
    key.origin = "https://testserver.evil.example"

    show_key(other, key)

    assert not is_in(other)


def test_an_answer_is_good_for_its_own_question_only(browser):
    key = SecurityKey()
    add_key(browser, key)
    first, second = sign_in("manager@example.com")[0], sign_in("manager@example.com")[0]
    options = json.loads(json.dumps(first.get(CODE).context["js_data"]["request_options"]))
    overheard = {"credential": json.dumps(key.sign(options))}
    second.get(CODE)

    second.post(CODE, overheard)
    first.post(CODE, overheard)

    assert [is_in(second), is_in(first)] == [False, True]


def test_nonsense_is_refused(browser):
    add_key(browser, SecurityKey())
    other, _ = sign_in("manager@example.com")

    for credential in ("", "null", "[]", "{}", '{"id": 1}', '{"id": "a", "rawId": "b", "response": []}', '"x"', "{"):
        assert other.post(CODE, {"credential": credential}).status_code == 200
        assert browser.post(ADD_KEY, {"name": "", "credential": credential}).status_code == 200

    assert not is_in(other)


def test_the_last_key_stays_where_the_brand_insists(browser, cafe):
    key = SecurityKey()
    add_key(browser, key)
    cafe.requires_second_factor = True
    cafe.save()
    kept = Authenticator.objects.get(type="webauthn")

    refused = browser.post(f"/accounts/2fa/webauthn/keys/{kept.pk}/remove/")
    add_app(browser)
    allowed = browser.post(f"/accounts/2fa/webauthn/keys/{kept.pk}/remove/")

    assert refused.status_code == 403
    assert allowed.status_code == 302
    assert not Authenticator.objects.filter(type="webauthn").exists()


def test_nobody_reaches_the_key_of_another(browser, barista):
    add_key(browser, SecurityKey())
    kept = Authenticator.objects.get(type="webauthn")
    other, _ = sign_in("barista@example.com")

    assert other.get(f"/accounts/2fa/webauthn/keys/{kept.pk}/edit/").status_code == 404
    assert other.post(f"/accounts/2fa/webauthn/keys/{kept.pk}/remove/").status_code == 404


def test_a_key_can_be_named_anew(browser):
    add_key(browser, SecurityKey())
    kept = Authenticator.objects.get(type="webauthn")

    browser.post(f"/accounts/2fa/webauthn/keys/{kept.pk}/edit/", {"name": "Green key"})

    kept.refresh_from_db()
    assert kept.wrap().name == "Green key"
    assert browser.get(SECURITY).status_code == 200
