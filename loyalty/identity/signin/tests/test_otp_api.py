"""Logging in to the API with a second factor."""

import time

import pytest
import time_machine
from django.core.cache import cache

from loyalty.identity.signin import changes
from loyalty.identity.signin.tests.pages import PASSWORD, add_app, code_of, sign_in

TOKEN = "/api/auth/token"


@pytest.fixture(autouse=True)
def fresh_counters(db):
    cache.clear()


@pytest.fixture
def app(manager):
    """The secret of the manager's authenticator app, and the recovery codes."""
    return add_app(sign_in("manager@example.com")[0])


def ask(client, password=PASSWORD, **more):
    return client.post(TOKEN, {"email": "manager@example.com", "password": password, **more})


def test_the_code_is_asked_for_when_the_password_was_right_and_not_before(client, app):
    right, wrong = ask(client), ask(client, "wrong")

    assert (right.status_code, right.json()["code"]) == (401, "otp-required")
    assert (wrong.status_code, wrong.json()["code"]) == (401, "invalid-credentials")


def test_code_and_recovery_code_open_once_each(client, app):
    secret, codes = app
    code = code_of(secret)

    answers = [ask(client, otp=given).status_code for given in (code, code, codes[0], codes[0])]

    assert answers == [200, 401, 200, 401]


def test_a_wrong_code_is_answered_like_a_wrong_password(client, app):
    code, password = ask(client, otp="000000"), ask(client, "wrong", otp="000000")

    assert code.status_code == password.status_code == 401
    assert code.json()["code"] == password.json()["code"] == "invalid-credentials"
    assert code.json()["detail"] == password.json()["detail"]


def test_codes_are_not_to_be_guessed(client, app):
    answers = [ask(client, otp=f"{number:06}").status_code for number in range(12)]

    assert answers[-1] == 429
    assert ask(client, otp=code_of(app[0])).status_code == 429


def test_who_has_no_factor_needs_no_code(client, manager):
    assert ask(client).status_code == 200
    assert ask(client, otp="123456").status_code == 200


class TestWhereABrandInsists:
    @pytest.fixture(autouse=True)
    def strict(self, cafe):
        cafe.requires_second_factor = True
        cafe.save()

    def test_a_password_alone_opens_nothing_of_the_brand(self, client, manager, as_person):
        pair = ask(client).json()
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {pair['access']}")

        assert client.get("/api/members").status_code == 403
        assert client.get("/api/users/me").status_code == 200

    def test_who_has_a_factor_shows_it_and_works(self, client, manager):
        secret, _ = add_app(sign_in("manager@example.com")[0])

        assert ask(client).json()["code"] == "otp-required"
        pair = ask(client, otp=code_of(secret)).json()
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {pair['access']}")
        assert client.get("/api/members").status_code == 200

    def test_taking_the_last_factor_away_closes_the_brand_again(self, client, app, manager, operator):
        pair = ask(client, otp=code_of(app[0])).json()
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {pair['access']}")
        changes.reset_factors(manager, actor=f"person:{operator.pk}")

        assert client.get("/api/members").status_code == 401


def test_operators_without_a_factor_are_nobody_in_particular(client, operator, cafe, settings, as_person):
    settings.OPERATORS_NEED_SECOND_FACTOR = True

    assert as_person(operator).get("/api/members").status_code == 403
    settings.OPERATORS_NEED_SECOND_FACTOR = False
    assert as_person(operator).get("/api/members").status_code == 200


def test_a_code_that_was_used_stays_used_for_as_long_as_it_would_be_good(client, app, manager):
    """Longer than the library keeps it in mind: one period, of the three in which it is good."""
    code, now = code_of(app[0], periods=1), time.time()
    with time_machine.travel(now):
        assert ask(client, otp=code).status_code == 200
    assert cache.delete(f"allauth.mfa.totp.used?user={manager.pk}&code={code}")

    with time_machine.travel(now + 35):
        assert ask(client, otp=code).status_code == 401
