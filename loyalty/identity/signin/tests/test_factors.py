"""The second factor: setting it up, being asked for it, losing it, and brands that insist on one."""

import json
from base64 import b64decode

import pytest
from allauth.mfa.models import Authenticator
from django.core.cache import cache
from django.test import Client

from loyalty.events.models import Event
from loyalty.identity.signin import changes, factors
from loyalty.identity.signin.tests.pages import (
    ADD_APP,
    CODE,
    HOME,
    RECOVERY,
    REMOVE_APP,
    SECURITY,
    add_app,
    code_of,
    is_in,
    sign_in,
)
from loyalty.sealed.ring import SealBroken


@pytest.fixture(autouse=True)
def fresh_counters(db):
    cache.clear()


@pytest.fixture
def browser(manager):
    return sign_in("manager@example.com")[0]


@pytest.fixture
def strict(cafe):
    """The cafe asks its people for a second factor."""
    cafe.requires_second_factor = True
    cafe.save()
    return cafe


def test_who_has_an_app_is_asked_for_its_code(browser):
    secret, _ = add_app(browser)

    other, answer = sign_in("manager@example.com", going="/admin/loyalty/member/")

    assert answer.headers["Location"] == CODE
    assert not is_in(other)
    assert other.post(CODE, {"code": "000000"}).context["form"].errors == {
        "code": ["This code is not right, or was used before."]
    }
    assert other.post(CODE, {"code": code_of(secret)}).headers["Location"] == "/admin/loyalty/member/"
    assert is_in(other)


def test_a_code_is_good_once(browser):
    secret, _ = add_app(browser)
    code = code_of(secret, periods=1)
    first, second = sign_in("manager@example.com")[0], sign_in("manager@example.com")[0]

    first.post(CODE, {"code": code})
    second.post(CODE, {"code": f"{code[:3]} {code[3:]}"})

    assert [is_in(first), is_in(second)] == [True, False]


def test_the_code_of_the_set_up_opens_nothing_more(browser):
    secret = browser.get(ADD_APP).context["form"].secret
    code = code_of(secret)
    browser.post(ADD_APP, {"code": code})
    other, _ = sign_in("manager@example.com")

    other.post(CODE, {"code": code})

    assert not is_in(other)
    other.post(CODE, {"code": code_of(secret, periods=1)})
    assert is_in(other)


def test_a_recovery_code_opens_once(browser):
    _, codes = add_app(browser)
    first, second = sign_in("manager@example.com")[0], sign_in("manager@example.com")[0]

    first.post(CODE, {"code": codes[0]})
    second.post(CODE, {"code": codes[0]})

    assert len(codes) == 10
    assert [is_in(first), is_in(second)] == [True, False]
    assert codes[0] not in first.get(RECOVERY).context["unused_codes"]


def test_codes_are_not_to_be_guessed(browser):
    secret, _ = add_app(browser)
    other, _ = sign_in("manager@example.com")

    told = [str(other.post(CODE, {"code": f"{number:06}"}).context["form"].errors) for number in range(12)]
    other.post(CODE, {"code": code_of(secret)})

    assert "too many" in told[-1]
    assert not is_in(other)


def test_the_step_of_the_code_needs_the_password_before(browser):
    secret, _ = add_app(browser)

    assert Client().get(CODE).headers["Location"] == "/accounts/login/"
    assert Client().post(CODE, {"code": code_of(secret)}).headers["Location"] == "/accounts/login/"


def test_secrets_lie_encrypted_for_their_owner(browser, manager, operator):
    secret, codes = add_app(browser)
    kept = json.dumps(list(Authenticator.objects.values_list("data", flat=True)))
    row = Authenticator.objects.get(user=manager, type="totp")

    Authenticator.objects.filter(pk=row.pk).update(user=operator)
    other, _ = sign_in("operator@example.com")

    assert secret not in kept
    assert not any(code in kept for code in codes)
    with pytest.raises(SealBroken):
        factors.unseal(row.data["secret"], operator.pk)
    with pytest.raises(SealBroken):
        other.post(CODE, {"code": code_of(secret)})


def test_the_keys_of_the_ring_turn_under_the_factors(browser, manager, settings):
    from loyalty.sealed.ring import Ring, fresh_key, ring

    secret, _ = add_app(browser)
    old = ring()
    settings.DATA_KEYS = [f"next:{fresh_key()}"]
    settings.INDEX_KEY = fresh_key()
    new = settings.DATA_KEYS[0]
    from base64 import urlsafe_b64encode

    settings.DATA_KEYS = [new] + [f"{name}:{urlsafe_b64encode(key).decode()}" for name, key in old.keys.items()]
    settings.INDEX_KEY = urlsafe_b64encode(old.index_key).decode()

    assert factors.reseal() == 2
    assert factors.reseal() == 0
    settings.DATA_KEYS = [new]
    kept = Authenticator.objects.get(user=manager, type="totp").data["secret"]
    assert Ring.key_of(b64decode(kept)) == "next"
    assert factors.unseal(kept, manager.pk) == secret


def test_adding_a_factor_ends_the_sessions_opened_without_it(browser, manager, as_person):
    other, api = sign_in("manager@example.com")[0], as_person(manager)

    add_app(browser)

    assert [is_in(browser), is_in(other)] == [True, False]
    assert api.get("/api/users/me").status_code == 401


def test_changes_are_written_down_and_told(browser, manager, mailbox):
    add_app(browser)
    browser.post("/accounts/2fa/recovery-codes/generate/")
    browser.post(REMOVE_APP)

    types = list(Event.objects.filter(aggregate_id=manager.pk).order_by("sequence").values_list("type", flat=True))
    assert types == ["user.factor_added", "user.recovery_codes_made", "user.factor_removed"]
    sent = mailbox.new()
    assert {mail.to[0] for mail in sent} == {"manager@example.com"}
    assert all("\nhttp://127.0.0.1:8000/accounts/password/reset/\n" in mail.body for mail in sent)
    assert [mail.subject.partition("] ")[2] for mail in sent] == [
        "A second factor was added to your login",
        "New recovery codes were made for your login",
        "A second factor was removed from your login",
    ]


def test_changing_factors_takes_the_password_again_after_a_while(browser):
    session = browser.session
    for record in session["account_authentication_methods"]:
        record["at"] -= 301
    session["account_authentication_methods"] = session["account_authentication_methods"]
    session.save()

    asked = browser.get(ADD_APP)
    wrong = browser.post(asked.headers["Location"], {"password": "wrong"})
    right = browser.post(asked.headers["Location"], {"password": "correct horse battery"})

    assert asked.headers["Location"].startswith("/accounts/reauthenticate/")
    assert wrong.context["form"].errors == {"password": ["This is not your password."]}
    assert right.headers["Location"] == ADD_APP
    assert browser.get(ADD_APP).status_code == 200


class TestWhereABrandInsists:
    def test_nobody_works_before_a_factor_is_set_up(self, browser, strict):
        for page in (HOME, "/admin/loyalty/member/", "/admin/search/?s=ana", "/admin/autocomplete/"):
            assert browser.get(page).headers["Location"] == SECURITY

        add_app(browser)

        assert is_in(browser)

    def test_others_are_left_alone(self, browser, bistro):
        bistro.requires_second_factor = True
        bistro.save()

        assert is_in(browser)

    def test_one_can_leave(self, browser, strict):
        assert browser.post("/admin/logout/").status_code in (200, 302)

    def test_the_last_factor_stays(self, browser, strict, manager):
        add_app(browser)

        page = browser.post(REMOVE_APP)

        assert "You need a second factor" in page.content.decode()
        assert factors.has_factor(manager)

    def test_recovery_codes_are_no_factor(self, browser, strict, manager):
        add_app(browser)
        Authenticator.objects.filter(user=manager, type="totp").delete()

        assert browser.get(HOME).headers["Location"] == SECURITY


class TestOperators:
    def test_need_a_factor_where_the_setting_says_so(self, operator, settings):
        settings.OPERATORS_NEED_SECOND_FACTOR = True
        browser, _ = sign_in("operator@example.com")

        assert browser.get(HOME).headers["Location"] == SECURITY
        add_app(browser)
        assert is_in(browser)

    def test_need_none_where_it_does_not(self, operator, settings):
        settings.OPERATORS_NEED_SECOND_FACTOR = False

        assert is_in(sign_in("operator@example.com")[0])


def test_who_lost_their_factors_starts_anew(browser, manager, operator):
    add_app(browser)

    changes.reset_factors(manager, actor=f"person:{operator.pk}")

    assert not is_in(browser)
    assert is_in(sign_in("manager@example.com")[0])
    assert not Authenticator.objects.exists()
    assert Event.objects.get(type="user.factors_reset").data["actor"] == f"person:{operator.pk}"
