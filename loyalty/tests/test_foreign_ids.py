"""Every route of the API, called with every id of a stranger's, answers as if there were no such thing, and nothing
changes. Which ids there are is read from paths, queries and bodies."""

import re

import pytest
from django.db.models import F

from loyalty.identity import selectors as identity
from loyalty.identity.models import Member
from loyalty.identity.principals import Principal
from loyalty.roles import MEMBER
from loyalty.routes import needs
from loyalty.testing.worlds import fingerprints, kept_for_the_module, tell
from loyalty.tests.api_calls import (
    ANY_KEY,
    add_callers,
    calls_about,
    client_of,
    ids_of,
    ids_of_nobody,
    may,
    operations,
    send,
)
from loyalty.tests.backoffice_world import House, build_house, guest_of
from programs.activity import corrections, places

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("foreign_ids")]

INSIDERS = ("admin", "staff", "partner", MEMBER, ANY_KEY)
COUNTERS = {"loyalty_cache", "loyalty_eventhorizon", "django_session", "loyalty_serverkey", "programs_codeguesses"}
"""Tables in which asking itself leaves a mark."""


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker):
    """The tavern, and the quokka, a stranger to it."""
    with kept_for_the_module(django_db_blocker):
        yield add_callers(build_house("tavern")), add_callers(build_house("quokka"))


@pytest.fixture(scope="module")
def neighbours(world):
    """The tavern, and another member of its, with things of their own."""
    tavern, _ = world
    return tavern, guest_of(tavern, "wombat")


@pytest.fixture(autouse=True)
def as_often_as_one_likes(settings):
    settings.PERSON_POINTS_RATE = "1000000/m"
    settings.TILL_GUESSES = {whose: ["1000000/m"] for whose in settings.TILL_GUESSES}
    settings.VOUCHER_GUESSES = dict.fromkeys(settings.VOUCHER_GUESSES, "1000000/m")


def leaks(caller: str, house: House, stranger: House) -> list[str]:
    """What the caller, who is of the house, could see or do of the stranger's."""
    client, found = client_of(caller, house), []
    secrets = stranger.secrets() - house.secrets()
    for route, method in operations():
        if not may(caller, needs(route, method)):
            continue
        for call in calls_about(route, method, caller, house, ids_of(stranger)):
            answer = send(client, call)
            said = answer.content.decode().replace(call.value, "")
            seen = {secret for secret in secrets if secret in said}
            if not is_nothing(answer) or seen:
                found.append(f"{caller}: {call} is answered {answer.status_code} {said[:200]} {sorted(seen)}")
    return found


def is_nothing(answer) -> bool:
    """Whether the answer is that there is no such thing: of one a 404, of a list nothing, of several all of that; or
    that nobody is let in who did not sign, whatever they name."""
    if answer.status_code in (401, 404):
        return True
    if answer.status_code != 200 or "json" not in answer.headers["Content-Type"]:
        return False
    body = answer.json()
    results = body["results"] if isinstance(body, dict) and "results" in body else body
    return isinstance(results, list) and all(isinstance(one, dict) and one.get("status") == 404 for one in results)


@pytest.mark.parametrize("caller", INSIDERS)
def test_nothing_of_another_brand_is_to_be_had_by_its_id(world, caller):
    tell(leaks(caller, *world))


def test_nothing_of_another_member_is_to_be_had_by_its_id(neighbours):
    tell(leaks(MEMBER, *neighbours))


def test_asking_for_it_changes_nothing(world):
    """`send` takes back what a call did: here it does not."""
    tavern, quokka = world
    for caller in INSIDERS:
        client, before = client_of(caller, tavern), fingerprints(but=COUNTERS)
        for route, method in operations():
            if may(caller, needs(route, method)):
                for call in calls_about(route, method, caller, tavern, ids_of(quokka)):
                    send(client, call, is_kept=True)
        after = fingerprints(but=COUNTERS)

        assert [name for name in after if after[name] != before[name]] == [], caller


def test_what_is_a_strangers_is_answered_like_what_does_not_exist(world):
    tavern, quokka = world
    client, compared = client_of(ANY_KEY, tavern), 0
    for route, method in operations():
        if may(ANY_KEY, needs(route, method)):
            theirs = calls_about(route, method, ANY_KEY, tavern, ids_of(quokka))
            nowhere = calls_about(route, method, ANY_KEY, tavern, ids_of_nobody(quokka, beside=tavern))
            for one, other in zip(theirs, nowhere, strict=True):
                compared += 1

                assert told(send(client, one), one) == told(send(client, other), other), one
    assert compared > 40


def told(answer, call) -> tuple[int, str]:
    """What an answer says, whatever id was asked for."""
    return answer.status_code, re.sub(rf"(?<!\w){re.escape(call.value)}(?!\w)", "ID", answer.content.decode())


class TestPlantedLeaksAreFound:
    """Each of these is a mistake somebody could make; the calls above must find it."""

    def test_a_member_looked_up_without_asking_whose(self, world, monkeypatch):
        def find_member(principal, ref, *, brand_id=None):
            member = Member.objects.get(pk=ref) if identity.as_uuid(ref) else find(principal, ref, brand_id=brand_id)
            member.external_id = None
            return member

        find = identity.find_member
        monkeypatch.setattr(identity, "find_member", find_member)

        assert any("/api/members/" in one for one in leaks("staff", *world))

    def test_a_program_of_anybody_in_the_body(self, world, monkeypatch):
        def place(principal, program, pair):
            _, member_id, status, account_id, _ = pair
            return places.Place(program, member_id, status, account_id) if program else places.NotFound()

        monkeypatch.setattr(places, "_place", place)

        assert any("body program_id" in one for one in leaks("staff", *world))

    def test_a_list_of_everybodys_members(self, world, monkeypatch):
        monkeypatch.setattr(
            identity,
            "visible_members",
            lambda principal: Member.objects.annotate(external_id=F("known_to__external_id")),
        )

        assert any("query external_id" in one for one in leaks("admin", *world))

    def test_a_transaction_that_anybody_may_reverse(self, world, monkeypatch):
        monkeypatch.setattr(corrections, "is_visible", lambda *asked: True)
        monkeypatch.setattr(Principal, "require", lambda *asked, **more: None)

        assert any("/reverse" in one for one in leaks("admin", *world))
