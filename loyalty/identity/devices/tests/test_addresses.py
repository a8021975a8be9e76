"""Changing the address one logs in with."""

import pytest

from loyalty.identity.models import Person
from loyalty.testing.clients import JsonClient

PASSWORD, NEW = "correct horse battery", "ana.silva@example.com"


def code_of(answer):
    return answer.status_code, answer.json().get("code")


def log_in(client, email="ana@example.com"):
    return client.post("/api/auth/token", {"email": email, "password": PASSWORD, "device": "phone-0123456789"})


def bearer(access):
    client = JsonClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {access}")
    return client


def ask(client, email=NEW, password=PASSWORD):
    return client.post("/api/users/me/email", {"email": email, "password": password})


def confirm(client, code):
    return client.post("/api/users/me/email/confirm", {"code": code})


@pytest.fixture
def session(ana, client):
    """Ana's client, logged in on her phone."""
    return bearer(log_in(client).json()["access"])


def test_the_code_that_was_sent_to_the_new_address_changes_it(session, client, mailbox):
    assert ask(session, "Ana.Silva@Example.com").status_code == 202
    (letter,) = mailbox.new()
    assert letter.to == [NEW]
    code = next(line for line in letter.body.splitlines() if line.isdigit())
    assert session.get("/api/users/me").json()["email"] == "ana@example.com"

    changed = confirm(session, code)

    assert changed.status_code == 200
    assert bearer(changed.json()["access"]).get("/api/users/me").json()["email"] == NEW
    assert log_in(client, NEW).status_code == 200
    assert log_in(client, "ana@example.com").status_code == 401


def test_it_ends_other_sessions_tells_the_old_address_and_starts_a_cool_down(ana, session, client, mailbox):
    other = log_in(client).json()
    ask(session)

    changed = confirm(session, mailbox.code()).json()

    assert bearer(other["access"]).get("/api/users/me").status_code == 401
    assert session.get("/api/users/me").status_code == 401
    assert client.post("/api/auth/token/refresh", {"refresh": changed["refresh"]}).status_code == 200
    (told,) = mailbox.new()
    assert told.to == ["ana@example.com"]
    assert NEW not in told.body
    assert Person.objects.get(id=ana.person_id).cool_down_from is not None


def test_codes_go_to_the_address_of_before_while_the_change_is_young(session, mailbox):
    ask(session)
    changed = bearer(confirm(session, mailbox.code()).json()["access"])
    mailbox.new()

    changed.post("/api/auth/step-up", {})

    assert [mail.to for mail in mailbox.new()] == [["ana@example.com"]]


def test_the_next_change_waits_for_a_code_to_the_address_of_before(session, mailbox):
    ask(session)
    changed = bearer(confirm(session, mailbox.code()).json()["access"])
    mailbox.new()
    assert code_of(ask(changed, "thief@example.com")) == (403, "step-up-required")

    changed.post("/api/auth/step-up", {})
    access = changed.post("/api/auth/step-up/confirm", {"code": mailbox.code()}).json()["access"]

    assert ask(bearer(access), "third@example.com").status_code == 202


def test_a_taken_address_is_answered_alike_and_its_owner_is_told(session, ben, mailbox):
    free, taken = ask(session), ask(session, "ben@example.com")

    assert (free.status_code, free.content) == (taken.status_code, taken.content)
    letters = mailbox.new()
    (told,) = [letter for letter in letters if letter.to == ["ben@example.com"]]
    assert "you do already" in told.body
    assert not any(line.strip().isdigit() for line in told.body.splitlines())


def test_an_address_that_was_taken_meanwhile_is_a_wrong_code(session, ben, mailbox):
    ask(session)
    code = mailbox.code()
    ben.person.email = NEW
    ben.person.save(update_fields=["email"])

    assert code_of(confirm(session, code)) == (422, "invalid-code")
    assert session.get("/api/users/me").json()["email"] == "ana@example.com"


def test_it_takes_the_password(session, mailbox):
    assert code_of(ask(session, password="wrong")) == (401, "invalid-credentials")
    assert mailbox.jobs == []


def test_a_code_of_the_session_does_not_change_the_address(session, mailbox):
    session.post("/api/auth/step-up", {})

    assert code_of(confirm(session, mailbox.code())) == (422, "invalid-code")


def test_an_address_that_is_none_is_refused(session):
    assert ask(session, "a@b\nBcc: x@y.example").json()["errors"][0]["pointer"] == "/email"
