"""Who guesses too often waits, politely, and learns nothing: not whether there is such a person, nor whether the last
guess was right."""

from datetime import timedelta
from threading import Barrier

import pytest
from django.contrib.auth import hashers
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext

from loyalty import clock
from loyalty import settings as shipped
from loyalty.errors import Invalid
from loyalty.http.refusals import TooMany
from loyalty.identity import guesses
from loyalty.identity.errors import InvalidCredentials
from loyalty.identity.models import Person
from loyalty.testing.statements import beginnings

PASSWORD = "correct horse battery"
PHONE = "phone-0123456789"


@pytest.fixture
def log_in(client, monkeypatch):
    """Tries to log in; of the limit for a network address only as much is left as these tests do not need."""
    monkeypatch.setattr("loyalty.identity.session_views.LOG_INS_PER_ADDRESS", ("1000/m",))
    return lambda email="ana@example.com", password=PASSWORD, **more: client.post(
        "/api/auth/token", {"email": email, "password": password, **more}
    )


def wrong(log_in, times, email="ana@example.com", **more):
    return [log_in(email, f"guess {number}", **more) for number in range(times)]


def told(answer):
    """What an answer tells, but for how long it is until the window is over."""
    problem = answer.json()
    return answer.status_code, problem["code"], problem["title"], sorted(problem), sorted(answer.headers)


def test_twenty_wrong_passwords_lock_politely_known_or_not(ana, log_in):
    known = wrong(log_in, 20)
    unknown = wrong(log_in, 20, "nobody@example.com")

    assert [answer.status_code for answer in known] == [401] * 10 + [429] * 10
    assert [told(answer) for answer in known] == [told(answer) for answer in unknown]
    assert {answer.content for answer in known[:10]} == {answer.content for answer in unknown[:10]}
    assert 1 <= int(known[-1].headers["Retry-After"]) <= 60
    assert "wait" in known[-1].json()["detail"]


def test_the_right_password_is_answered_like_a_wrong_one_during_lock_out(ana, log_in):
    refused = wrong(log_in, 11)[-1]

    assert told(log_in()) == told(refused)


def test_it_is_over_when_it_said(ana, log_in):
    seconds = int(wrong(log_in, 11)[-1].headers["Retry-After"])

    with clock.at(clock.now() + timedelta(seconds=seconds)):
        assert log_in().status_code == 200


def test_who_goes_on_waits_longer(ana, log_in):
    begun = clock.now()
    for minute in range(3):
        with clock.at(begun + timedelta(seconds=61 * minute)):
            wrong(log_in, 15)

    with clock.at(begun + timedelta(seconds=61 * 3)):
        refused = log_in()
    assert refused.status_code == 429
    assert 3_000 < int(refused.headers["Retry-After"]) <= 3_600


def test_others_are_not_locked_out(ana, ben, log_in):
    wrong(log_in, 11)

    assert log_in("ben@example.com").status_code == 200


def test_right_passwords_count_nothing(ana, log_in):
    assert {log_in().status_code for _ in range(15)} == {200}
    assert wrong(log_in, 10)[-1].status_code == 401


def test_strangers_cannot_lock_the_owner_out_of_a_device_they_have_used(ana, log_in):
    log_in(device=PHONE)
    wrong(log_in, 11)
    wrong(log_in, 11, device="other-0123456789")

    assert log_in().status_code == 429
    assert log_in(device=PHONE).status_code == 200
    assert wrong(log_in, 11, device=PHONE)[-1].status_code == 429


def test_strangers_elsewhere_cannot_lock_the_owner_out(ana, log_in, client):
    wrong(log_in, 11)

    body = {"email": "ana@example.com", "password": PASSWORD}
    assert client.post("/api/auth/token", body, REMOTE_ADDR="192.0.2.7").status_code == 200


def test_however_many_they_are_strangers_have_a_hundred_tries_a_day(ana, client):
    body, begun = {"email": "ana@example.com", "password": "wrong"}, clock.now()
    for number in range(10):
        answers = [client.post("/api/auth/token", body, REMOTE_ADDR=f"192.0.2.{number}") for _ in range(10)]
        assert {answer.status_code for answer in answers} == {401}

    refused = client.post("/api/auth/token", body, REMOTE_ADDR="198.51.100.1")

    assert refused.status_code == 429
    assert 86_000 < int(refused.headers["Retry-After"]) <= 86_400
    with clock.at(begun + timedelta(days=1, seconds=1)):
        right = client.post("/api/auth/token", body | {"password": PASSWORD}, REMOTE_ADDR="198.51.100.1")
    assert right.status_code == 200


def test_a_new_password_by_the_link_ends_the_lock_out(ana, client, log_in, mailbox):
    wrong(log_in, 11)
    client.post("/api/auth/password/forgot", {"email": "ana@example.com"})
    token = mailbox.link().partition("token=")[2]
    client.post("/api/auth/password/reset", {"token": token, "password": "a better horse battery"})

    assert log_in(password="a better horse battery").status_code == 200


def test_a_network_address_has_a_limit_of_its_own(ana, ben, client):
    bodies = [{"email": f"{number}@example.com", "password": "wrong"} for number in range(35)]

    answers = [client.post("/api/auth/token", body) for body in bodies]

    assert [answer.status_code for answer in answers] == [401] * 30 + [429] * 5
    elsewhere = client.post("/api/auth/token", bodies[0], REMOTE_ADDR="192.0.2.7")
    assert elsewhere.status_code == 401


def test_no_address_lies_in_the_counters(ana, log_in):
    wrong(log_in, 3)

    with connection.cursor() as cursor:
        cursor.execute("select string_agg(key, ' ') from loyalty_cache")
        assert "ana" not in cursor.fetchone()[0]


@pytest.mark.parametrize("device", [None, PHONE])
def test_the_work_is_the_same_for_known_and_unknown(ana, log_in, device, settings, monkeypatch):
    """As many hashes, the same queries: what takes time is done alike. (The clock itself is asked by hand.)"""
    settings.PASSWORD_HASHERS = shipped.PASSWORD_HASHERS
    Person.objects.filter(id=ana.person_id).update(password=hashers.make_password(PASSWORD))
    hashed = []
    encode = hashers.Argon2PasswordHasher.encode
    verify = hashers.Argon2PasswordHasher.verify
    monkeypatch.setattr(hashers.Argon2PasswordHasher, "encode", lambda *args: hashed.append(1) or encode(*args))
    monkeypatch.setattr(hashers.Argon2PasswordHasher, "verify", lambda *args: hashed.append(1) or verify(*args))
    more = {"device": device} if device else {}
    log_in("somebody@example.com", "wrong")
    work = []

    for email in ("ana@example.com", "nobody@example.com"):
        hashed.clear()
        with CaptureQueriesContext(connection) as queries:
            assert log_in(email, "wrong", **more).status_code == 401
        work.append((len(hashed), beginnings(queries)))

    assert work[0] == work[1]
    assert work[0][0] == 1


def test_guesses_at_the_same_moment_are_all_counted(transactional_db):
    """More than are allowed begin at once, and are judged at once: no more than allowed get so far."""
    from concurrent.futures import ThreadPoolExecutor

    from django.db import connections

    start, judged = Barrier(12), []

    def guess(number):
        try:
            start.wait()
            with guesses.counted("test", "ana", ((5, 60),)):
                judged.append(number)
                raise InvalidCredentials()
        except (InvalidCredentials, TooMany):
            pass
        finally:
            connections.close_all()

    with ThreadPoolExecutor(12) as pool:
        list(pool.map(guess, range(12)))

    assert len(judged) <= 5


def test_what_was_no_guess_does_not_count(db):
    for _ in range(3):
        with pytest.raises(Invalid), guesses.counted("test", "ana", ((1, 60),)):
            raise Invalid([])
        with guesses.counted("test", "ana", ((1, 60),)):
            pass


def test_counters_that_the_cache_lost_start_anew(db):
    with pytest.raises(InvalidCredentials), guesses.counted("test", "ana", ((1, 60),)):
        raise InvalidCredentials()
    cache.clear()

    with guesses.counted("test", "ana", ((1, 60),)):
        pass
