"""Guessing passwords of the portal."""

import time
from datetime import timedelta

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client

from loyalty.identity.signin.tests.pages import is_in, sign_in
from loyalty.identity.signin.tests.test_sign_in import REFUSED, refusal
from loyalty.testing.mailing import mails_sent


@pytest.fixture(autouse=True)
def fresh_counters(db):
    cache.clear()


def test_twenty_wrong_passwords_lock_and_say_how_long(manager):
    told = [refusal(sign_in("manager@example.com", f"wrong {number}")[1]) for number in range(20)]
    browser, right = sign_in("manager@example.com")

    assert told[:10] == [REFUSED] * 10
    assert set(told[10:]) == {"There were too many wrong passwords. Wait 15 minutes, then try again."}
    assert (right.status_code, refusal(right)) == (429, told[-1])
    assert not is_in(browser)


def test_a_stranger_is_locked_in_the_same_words(manager):
    def tell(email):
        cache.clear()
        return [refusal(sign_in(email, "wrong")[1]) for _ in range(12)]

    assert tell("manager@example.com") == tell("nobody@example.com")


def test_the_lock_opens_by_itself(manager):
    for _ in range(12):
        sign_in("manager@example.com", "wrong")

    with time_machine.travel(time.time() + timedelta(minutes=16).total_seconds()):
        assert is_in(sign_in("manager@example.com")[0])


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
        sign_in(f"guess{number}@example.com", "wrong", REMOTE_ADDR="203.0.113.9")

    assert "too many" in refusal(sign_in("manager@example.com", REMOTE_ADDR="203.0.113.9")[1])
    assert is_in(sign_in("manager@example.com", REMOTE_ADDR="203.0.113.10")[0])


def test_right_passwords_do_not_count(manager):
    for _ in range(12):
        sign_in("manager@example.com")

    assert is_in(sign_in("manager@example.com")[0])


def test_a_new_password_by_mail_opens_the_lock(manager):
    for _ in range(12):
        sign_in("manager@example.com", "wrong")
    browser = Client()
    browser.post("/accounts/password/reset/", {"email": "manager@example.com"})
    link = next(line for line in mails_sent()[-1].body.splitlines() if line.startswith("http"))
    page = browser.get(link.partition("8000")[2]).headers["Location"]
    browser.post(page, {"password1": "another horse battery", "password2": "another horse battery"})

    assert is_in(sign_in("manager@example.com", "another horse battery")[0])
