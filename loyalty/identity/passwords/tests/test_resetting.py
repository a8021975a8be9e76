"""A forgotten password: the link, what it is good for and for how long; and a password that is changed."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from loyalty import clock
from loyalty.identity.models import Person
from loyalty.identity.passwords.resetting import ask_for_reset
from loyalty.testing.clients import JsonClient
from loyalty.testing.statements import beginnings

PASSWORD, NEW = "correct horse battery", "a better horse battery"


def code_of(answer):
    return answer.status_code, answer.json().get("code")


def forgot(client, email="ana@example.com"):
    return client.post("/api/auth/password/forgot", {"email": email})


def reset(client, token, password=NEW):
    return client.post("/api/auth/password/reset", {"token": token, "password": password})


def log_in(client, password=PASSWORD, email="ana@example.com"):
    return client.post("/api/auth/token", {"email": email, "password": password})


def bearer(pair):
    client = JsonClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {pair['access']}")
    return client


@pytest.fixture
def token(client, ana, mailbox):
    """What stands in the link that was mailed to Ana."""
    assert forgot(client).status_code == 202
    return mailbox.link().partition("token=")[2]


def test_the_link_sets_a_new_password_once(client, ana, token):
    assert reset(client, token).status_code == 204
    assert code_of(reset(client, token, "another horse battery")) == (422, "invalid-link")

    assert log_in(client, NEW).status_code == 200
    assert log_in(client, PASSWORD).status_code == 401


def test_a_new_password_ends_all_sessions_and_access_tokens_and_is_told(client, ana, mailbox):
    pair = log_in(client).json()
    forgot(client)
    token = mailbox.link().partition("token=")[2]

    reset(client, token)

    assert code_of(bearer(pair).get("/api/users/me")) == (401, "invalid-token")
    assert client.post("/api/auth/token/refresh", {"refresh": pair["refresh"]}).status_code == 401
    (told,) = mailbox.new()
    assert (told.to, told.subject) == (["ana@example.com"], "[Loyalty] Your password was changed")


def test_the_link_is_good_for_an_hour(client, token):
    with clock.at(clock.now() + timedelta(minutes=61)):
        assert code_of(reset(client, token)) == (422, "invalid-link")
    with clock.at(clock.now() + timedelta(minutes=59)):
        assert reset(client, token).status_code == 204


@pytest.mark.parametrize("end", ["logout-all", "switched off", "other address"])
def test_the_link_ends_with_what_it_was_made_for(client, ana, ana_client, token, end):
    person = Person.objects.get(id=ana.person_id)
    if end == "logout-all":
        ana_client.post("/api/auth/logout-all")
    elif end == "switched off":
        Person.objects.filter(id=person.id).update(is_active=False)
    else:
        person.email = "new@example.com"
        person.save(update_fields=["email"])

    assert code_of(reset(client, token)) == (422, "invalid-link")


def test_a_log_in_does_not_end_the_link(client, token):
    """Whoever guessed the password could stop its owner from setting another one."""
    log_in(client)

    assert reset(client, token).status_code == 204


def test_a_link_of_another_does_not_fit(client, ana, ben, token):
    other = ben.person_id.hex + token[32:]

    for wrong in (other, token[:-1] + ("0" if token[-1] != "0" else "1"), "x", "-", ben.person_id.hex, "é" * 50):
        assert code_of(reset(client, wrong)) == (422, "invalid-link"), wrong


def test_a_weak_password_is_refused_and_the_link_stays_good(client, token):
    weak = reset(client, token, "password123")

    assert code_of(weak) == (400, "validation-error")
    assert weak.json()["errors"][0]["pointer"] == "/password"
    assert reset(client, token).status_code == 204


def test_whether_somebody_logs_in_with_the_address_does_not_show(client, ana, ben, mailbox):
    """Same words, same queries, same jobs: the same work."""
    Person.objects.filter(id=ben.person_id).update(is_active=False)
    forgot(client, "first@example.com")
    answers, work = [], []
    for email in ("ana@example.com", "nobody@example.com", "ben@example.com"):
        before = len(mailbox.jobs)
        with CaptureQueriesContext(connection) as queries:
            answer = forgot(client, email)
        answers.append((answer.status_code, answer.content, sorted(answer.headers.keys())))
        work.append((beginnings(queries), len(mailbox.jobs) - before))

    assert answers[0] == answers[1] == answers[2]
    assert (answers[0][0], answers[0][1]) == (202, b"")
    assert work[0] == work[1] == work[2]
    assert [mail.to for mail in mailbox.new()] == [["ana@example.com"]]


def test_a_job_of_a_mail_holds_no_address_and_no_token(client, ana, mailbox):
    forgot(client)

    (job,) = mailbox.jobs
    assert job.args == {
        "kind": "password_reset",
        "person_id": str(ana.person_id),
        "facts": {},
        "address_id": None,
    }


def test_a_mailbox_is_not_filled(client, ana, mailbox):
    for _ in range(30):
        ask_for_reset("ana@example.com")

    assert len(mailbox.new()) == 20


def test_asking_is_limited_by_network_address(client, ana):
    answers = [forgot(client, f"{number}@example.com").status_code for number in range(25)]

    assert answers == [202] * 20 + [429] * 5


def test_changing_it_takes_the_old_one_and_goes_on_with_a_new_pair(client, ana, mailbox):
    here, elsewhere = log_in(client).json(), log_in(client).json()
    body = {"old_password": PASSWORD, "password": NEW}

    answer = bearer(here).post("/api/auth/password/change", body)

    assert answer.status_code == 200
    assert bearer(answer.json()).get("/api/users/me").status_code == 200
    for old in (here, elsewhere):
        assert bearer(old).get("/api/users/me").status_code == 401
        assert client.post("/api/auth/token/refresh", {"refresh": old["refresh"]}).status_code == 401
    assert log_in(client, NEW).status_code == 200
    assert [mail.subject for mail in mailbox.new()] == ["[Loyalty] Your password was changed"]


def test_a_wrong_old_password_is_refused_and_counted(ana_client):
    body = {"old_password": "wrong", "password": NEW}

    answers = [ana_client.post("/api/auth/password/change", body) for _ in range(12)]

    assert [code_of(answer) for answer in answers[:10]] == [(401, "invalid-credentials")] * 10
    assert code_of(answers[10]) == (429, "rate-limited")
    right = ana_client.post("/api/auth/password/change", {"old_password": PASSWORD, "password": NEW})
    assert right.status_code == 429


def test_a_server_key_has_no_password(api, client):
    body = {"old_password": PASSWORD, "password": NEW}

    assert api.post("/api/auth/password/change", body).status_code == 403
    assert client.post("/api/auth/password/change", body).status_code == 401
