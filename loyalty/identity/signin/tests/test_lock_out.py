"""Guessing passwords of the portal."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client

from loyalty import clock
from loyalty.identity.signin import browsers
from loyalty.identity.signin.tests.pages import is_in, sign_in
from loyalty.identity.signin.tests.test_sign_in import REFUSED, refusal
from loyalty.testing.clients import JsonClient

HERE, ELSEWHERE = "203.0.113.9", "203.0.113.10"


@pytest.fixture(autouse=True)
def fresh_counters(db):
    cache.clear()


def guess(times, email="manager@example.com", **headers):
    return [sign_in(email, f"wrong {number}", **headers)[1] for number in range(times)]


def test_twenty_wrong_passwords_lock_and_say_how_long(manager):
    wrong = guess(20)
    told = [refusal(answer) for answer in wrong]
    browser, right = sign_in("manager@example.com")

    assert told[:10] == [REFUSED] * 10
    assert set(told[10:]) == {"There were too many wrong passwords. Wait 1 minute, or set a new one by mail."}
    assert [answer.status_code for answer in wrong] == [200] * 10 + [429] * 10
    assert (right.status_code, refusal(right)) == (429, told[-1])
    assert 1 <= int(right.headers["Retry-After"]) <= 60
    assert not is_in(browser)


def test_a_stranger_is_locked_in_the_same_words(manager):
    def tell(email):
        cache.clear()
        return [refusal(sign_in(email, "wrong")[1]) for _ in range(12)]

    assert tell("manager@example.com") == tell("nobody@example.com")


def test_the_lock_opens_when_it_said(manager):
    seconds = int(guess(12)[-1].headers["Retry-After"])

    with clock.at(clock.now() + timedelta(seconds=seconds)):
        assert is_in(sign_in("manager@example.com")[0])


def test_who_goes_on_waits_longer(manager):
    begun = clock.now()
    for minute in range(3):
        with clock.at(begun + timedelta(seconds=61 * minute)):
            guess(12)

    with clock.at(begun + timedelta(seconds=61 * 3)):
        assert "Wait 57 minutes" in refusal(sign_in("manager@example.com")[1])


def test_a_stranger_elsewhere_does_not_lock_the_owner_out(manager):
    guess(12, REMOTE_ADDR=ELSEWHERE)

    assert is_in(sign_in("manager@example.com", REMOTE_ADDR=HERE)[0])


def test_many_strangers_lock_a_password_but_not_in_the_browser_of_its_owner(manager):
    own, _ = sign_in("manager@example.com", REMOTE_ADDR=HERE)
    own.post("/accounts/logout/")
    for number in range(11):
        guess(10, REMOTE_ADDR=f"198.51.100.{number}")

    assert sign_in("manager@example.com", REMOTE_ADDR=HERE)[1].status_code == 429
    assert is_in(sign_in("manager@example.com", browser=own, REMOTE_ADDR=HERE)[0])


def test_a_browser_of_the_owner_has_no_more_tries_than_others(manager):
    own, _ = sign_in("manager@example.com")
    own.post("/accounts/logout/")

    tries = [sign_in("manager@example.com", f"wrong {number}", browser=own)[1].status_code for number in range(12)]

    assert tries == [200] * 10 + [429] * 2


def test_a_browser_is_known_to_one_login_only_and_says_nothing_of_it(manager, barista):
    own, answer = sign_in("manager@example.com")
    own.post("/accounts/logout/")
    kept = answer.cookies[browsers.COOKIE]
    guess(12, "barista@example.com")

    assert sign_in("barista@example.com", browser=own)[1].status_code == 429
    assert "manager" not in kept.value
    assert (kept["httponly"], kept["samesite"], kept["path"]) == (True, "Lax", "/accounts/")


def test_a_browser_does_not_make_itself_known(manager):
    _, answer = sign_in("manager@example.com")
    told = answer.cookies[browsers.COOKIE].value
    _, wrong = sign_in("manager@example.com", "wrong")
    guess(12)

    forged = Client()
    forged.cookies[browsers.COOKIE] = told.replace(":", ":x", 1)
    assert browsers.COOKIE not in wrong.cookies
    assert sign_in("manager@example.com", browser=forged)[1].status_code == 429


def test_portal_and_api_count_together(manager):
    guess(10)

    answer = JsonClient().post("/api/auth/token", {"email": "manager@example.com", "password": "wrong"})

    assert answer.status_code == 429


def test_other_host_names_give_no_more_tries(manager):
    for number in range(10):
        sign_in("manager@example.com", "wrong", headers={"host": f"till{number}.localhost"})

    assert "too many" in refusal(sign_in("manager@example.com", headers={"host": "other.localhost"})[1])


def test_an_address_written_otherwise_gives_no_more_tries(manager):
    for email in ("manager@example.com", "MANAGER@example.com", " Manager@Example.com ") * 4:
        sign_in(email, "wrong")

    assert "too many" in refusal(sign_in("manager@example.com")[1])


def test_one_caller_runs_out_of_tries_whoever_they_guess(manager):
    for number in range(50):
        sign_in(f"guess{number}@example.com", "wrong", REMOTE_ADDR=ELSEWHERE)

    assert "too many" in refusal(sign_in("manager@example.com", REMOTE_ADDR=ELSEWHERE)[1])
    assert is_in(sign_in("manager@example.com", REMOTE_ADDR=HERE)[0])


def test_right_passwords_do_not_count(manager):
    for _ in range(12):
        sign_in("manager@example.com")

    assert is_in(sign_in("manager@example.com")[0])


def test_a_new_password_by_mail_opens_the_lock(manager, mailbox):
    for _ in range(12):
        sign_in("manager@example.com", "wrong")
    browser = Client()
    browser.post("/accounts/password/reset/", {"email": "manager@example.com"})
    link = next(line for line in mailbox.new()[-1].body.splitlines() if line.startswith("http"))
    page = browser.get(link.partition("8000")[2]).headers["Location"]
    browser.post(page, {"password1": "another horse battery", "password2": "another horse battery"})

    assert is_in(sign_in("manager@example.com", "another horse battery")[0])
