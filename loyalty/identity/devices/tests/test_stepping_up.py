"""Confirming that it is oneself: the code, how often it may be tried, and where it goes."""

from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator

from loyalty import clock
from loyalty.identity import tokens
from loyalty.identity.devices.models import OneTimeCode
from loyalty.identity.devices.operations import contact_changed
from loyalty.identity.members_in_bulk import Entry, enter_members
from loyalty.identity.models import Person, Staff
from loyalty.identity.signin.tests.pages import add_app, sign_in


def code_of(answer):
    return answer.status_code, answer.json().get("code")


def ask(client):
    return client.post("/api/auth/step-up", {})


def confirm(client, code):
    return client.post("/api/auth/step-up/confirm", {"code": code})


def other_than(code):
    return f"{(int(code) + 1) % 10**6:06}"


def test_the_code_from_the_mail_gives_a_token_that_says_so_for_ten_minutes(ana_client, mailbox):
    asked = ask(ana_client)
    answer = confirm(ana_client, mailbox.code())

    assert (asked.status_code, asked.json()) == (202, {"method": "email", "expires_in": 600})
    assert (answer.status_code, answer.json()["expires_in"]) == (200, 600)
    claims = tokens.read_access(answer.json()["access"])
    assert 590 <= claims["confirmed"] - claims["iat"] <= 600


def test_a_code_is_good_once(ana_client, mailbox):
    ask(ana_client)
    code = mailbox.code()
    confirm(ana_client, code)

    assert code_of(confirm(ana_client, code)) == (422, "invalid-code")


def test_a_code_is_good_for_five_tries(ana_client, mailbox):
    ask(ana_client)
    code = mailbox.code()

    for _ in range(5):
        assert code_of(confirm(ana_client, other_than(code))) == (422, "invalid-code")
    assert code_of(confirm(ana_client, code)) == (422, "invalid-code")


def test_a_code_is_good_for_ten_minutes(ana_client, mailbox):
    ask(ana_client)
    code = mailbox.code()

    with clock.at(clock.now() + timedelta(minutes=11)):
        assert code_of(confirm(ana_client, code)) == (422, "invalid-code")


def test_a_new_code_ends_the_one_before(ana_client, mailbox):
    ask(ana_client)
    first = mailbox.code()
    ask(ana_client)
    second = mailbox.code()

    if first != second:
        assert code_of(confirm(ana_client, first)) == (422, "invalid-code")
    assert confirm(ana_client, second).status_code == 200


def test_a_code_of_another_person_or_purpose_does_not_fit(ana_client, ben, as_person, mailbox):
    ask(ana_client)
    code = mailbox.code()
    ben_client = as_person(ben.person)
    ask(ben_client)

    assert code_of(confirm(ben_client, code)) == (422, "invalid-code")
    OneTimeCode.objects.filter(person=ben.person).update(purpose="email")
    assert code_of(confirm(ben_client, mailbox.code())) == (422, "invalid-code")


def test_the_code_lies_nowhere_in_words(ana_client, mailbox):
    ask(ana_client)
    (job,) = mailbox.jobs
    code = mailbox.code()

    row = OneTimeCode.objects.get()
    assert job.args["facts"] == {"code_id": str(row.id)}
    assert code not in row.code_hash and len(row.code_hash) == 32


def test_wrong_codes_are_answered_alike_whether_one_was_sent_or_not(ana_client, ben, as_person):
    ask(ana_client)

    sent, none = confirm(ana_client, "x"), confirm(as_person(ben.person), "x")

    assert (sent.status_code, sent.content) == (none.status_code, none.content)


def test_guessing_goes_on_over_new_codes_for_ten_tries_an_hour(ana_client, mailbox):
    statuses = []
    for _ in range(3):
        ask(ana_client)
        code = mailbox.code()
        statuses += [confirm(ana_client, other_than(code)).status_code for _ in range(4)]
    ask(ana_client)

    assert statuses == [422] * 10 + [429] * 2
    assert confirm(ana_client, mailbox.code()).status_code == 429


def test_codes_are_sent_five_times_an_hour(ana_client):
    assert [ask(ana_client).status_code for _ in range(6)] == [202] * 5 + [429]


def test_a_mail_that_comes_too_late_is_not_sent(ana_client, mailbox):
    ask(ana_client)

    with clock.at(clock.now() + timedelta(minutes=11)):
        assert mailbox.new() == []


def test_servers_have_nothing_to_confirm(api, client):
    assert code_of(ask(api)) == (403, "forbidden")
    assert code_of(ask(client)) == (401, "not-authenticated")


def test_a_change_of_contact_starts_a_cool_down_and_tells_the_old_address_and_the_login(ana, mailbox):
    contact_changed(ana, old_email="old@example.com")

    assert {mail.to[0] for mail in mailbox.new()} == {"old@example.com", "ana@example.com"}
    assert Person.objects.get(id=ana.person_id).cool_down_from is not None


def test_a_change_of_contact_of_a_member_without_a_login_tells_nobody(ana, mailbox):
    ana.person = None
    ana.save(update_fields=["person"])

    contact_changed(ana, old_email="old@example.com")

    assert mailbox.jobs == []


@pytest.mark.parametrize("confirmed", ["soon", 1.5, 10**12, True])
def test_a_token_cannot_be_confirmed_for_longer_than_it_lives(ana, confirmed, client):
    token = tokens.issue_access(ana.person)
    token["confirmed"] = confirmed

    client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")

    assert code_of(client.get("/api/users/me")) == (401, "invalid-token")


@pytest.mark.parametrize("change", [{"phone": "+31612345678"}, {"email": "new@example.com"}])
def test_members_who_change_their_contact_are_told_and_wait(ana, ana_client, mailbox, change):
    assert ana_client.patch("/api/members/me", change).status_code == 200

    assert [mail.to for mail in mailbox.new()] == [["ana@example.com"]]
    assert Person.objects.get(id=ana.person_id).cool_down_from is not None


@pytest.mark.parametrize("profile", [{"phone": "+31612345678"}, {"email": "new@example.com"}])
def test_a_file_of_the_brand_that_changes_their_contact_does_the_same(cafe, ana, mailbox, profile):
    (entered,) = enter_members(cafe, [Entry(external_id="ana", profile=profile)], actor="test")

    assert entered.outcome == "changed"
    assert [mail.to for mail in mailbox.new()] == [["ana@example.com"]]
    assert Person.objects.get(id=ana.person_id).cool_down_from is not None


def test_a_change_of_name_starts_nothing(ana, ana_client, mailbox):
    ana_client.patch("/api/members/me", {"name": "Ana Silva"})

    assert mailbox.jobs == []
    assert Person.objects.get(id=ana.person_id).cool_down_from is None


def test_who_sets_up_an_app_in_the_portal_does_not_confirm_with_it_at_once(ana, cafe, as_person, mailbox):
    Staff.objects.create(person=ana.person, brand=cafe, role=Staff.Role.STAFF)
    add_app(sign_in("ana@example.com")[0])
    Authenticator.objects.update(created_at=clock.now() - timedelta(days=6))
    client = as_person(Person.objects.get(pk=ana.person_id))

    assert ask(client).json()["method"] == "email"
    Authenticator.objects.update(created_at=clock.now() - timedelta(days=8))
    assert ask(client).json()["method"] == "totp"
