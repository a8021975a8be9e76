"""Registering by oneself tells nobody who else is there."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from loyalty.events.models import Event
from loyalty.identity.models import Member, Person
from loyalty.testing.statements import beginnings

PASSWORD = "a long enough one"


@pytest.fixture
def register(client):
    return lambda email, **more: client.post("/api/members/register", {"email": email, "password": PASSWORD} | more)


def shape_of(answer):
    """An answer without the ids in it, which are never the same."""
    return answer.status_code, sorted(answer.json()), sorted(answer.headers), len(answer.content)


def test_a_taken_address_is_answered_like_a_free_one(ana, register):
    free, taken = register("dora@example.com"), register("ana@example.com")

    assert free.status_code == 201
    assert shape_of(free) == shape_of(taken)
    assert free.json()["member_id"] == str(Member.objects.get(person__email="dora@example.com").id)
    assert not Member.objects.filter(id=taken.json()["member_id"]).exists()


def test_nothing_of_the_owner_changes_and_they_are_told(ana, register, mailbox):
    before = (Person.objects.count(), Member.objects.count(), Event.objects.count())

    register("ana@example.com", name="Mallory")

    assert (Person.objects.count(), Member.objects.count(), Event.objects.count()) == before
    assert Person.objects.get(id=ana.person_id).name == "Ana"
    (told,) = mailbox.new()
    assert (told.to, told.subject) == (["ana@example.com"], "[Loyalty] You have an account already")
    assert "Mallory" not in told.body


def test_who_registers_is_welcomed_by_mail_in_words_of_ours(register, mailbox):
    register("dora@example.com", name="You won! Visit evil.example")

    (told,) = mailbox.new()
    assert told.to == ["dora@example.com"]
    assert "evil" not in told.subject + told.body


def test_repeating_it_is_answered_alike_too(register):
    first, again = register("dora@example.com"), register("dora@example.com")

    assert shape_of(first) == shape_of(again)
    assert Person.objects.count() == 1


def test_the_work_is_the_same_for_free_and_taken(ana, register):
    """The same statements but for how the block ends; what is left to tell them apart takes no time."""
    register("first@example.com")
    work = []
    for email in ("dora@example.com", "ana@example.com"):
        with CaptureQueriesContext(connection) as queries:
            register(email)
        kinds = beginnings(queries)
        work.append([kind for kind in kinds if not kind.startswith(("RELEASE", "ROLLBACK", "SAVEPOINT"))])

    assert work[0] == work[1]
