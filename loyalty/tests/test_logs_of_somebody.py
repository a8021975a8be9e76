"""A whole life with the platform, from registering to being erased, and not a word of who it was in the log."""

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from loyalty.identity.models import BrandMember, Member
from loyalty.identity.privacy.subjects import find_subject
from loyalty.identity.selectors import person_principal
from loyalty.runs import operations as runs
from loyalty.runs.carrying import carry_on
from loyalty.testing.clients import JsonClient, with_key, with_login
from loyalty.tests.somebody import CSV, EMAIL, FORMER_EMAIL, FORMER_NAME, LITERALS, NAME, PHONE, PROFILE
from loyalty.tests.test_logs import lines_of, log  # noqa: F401 (a fixture)

pytestmark = pytest.mark.django_db(transaction=True)

AGENT = {"HTTP_USER_AGENT": "Quillbrowser/9 (Linux; Firefox)", "REMOTE_ADDR": "203.0.113.77"}
PASSWORD = "quince-marmalade-41"


def live(cafe_key) -> Member:
    """Registers, logs in, changes things, joins, buys; with mistakes in between."""
    anyone = JsonClient()
    body = {name: PROFILE[name] for name in ("name", "email", "phone", "birth_date", "address")}
    assert anyone.post("/api/members/register", body | {"password": NAME}, **AGENT).status_code == 400
    made = anyone.post("/api/members/register", body | {"password": PASSWORD}, **AGENT)
    assert made.status_code == 201, made.content
    anyone.post("/api/auth/token", {"email": FORMER_EMAIL, "password": "wrong"}, **AGENT)
    assert anyone.post("/api/auth/token", {"email": FORMER_EMAIL, "password": PASSWORD}, **AGENT).status_code == 200
    member = Member.objects.select_related("person").get(pk=made.json()["member_id"])
    own = with_login(member.person)
    assert own.patch("/api/members/me", {"name": NAME, "email": EMAIL}, **AGENT).status_code == 200
    assert own.patch("/api/members/me", {"phone": f"{PHONE}x"}, **AGENT).status_code == 400
    assert own.post("/api/programs/BEANS/join", **AGENT).status_code in (200, 201)
    own.get("/api/members/me/export", **AGENT)
    till = with_key(cafe_key)
    till.get(f"/api/members?email={EMAIL}")
    till.get("/api/members/CRM-88213-PQ")
    return member


def be_imported(cafe, manager) -> None:
    """Comes in a file too: as rows that are refused, and as somebody else with another address."""
    chief = person_principal(manager.id, token_version=manager.token_version)
    columns = {"number": "external_id", "name": "name", "e-mail": "email", "phone": "phone"}
    for text in (CSV.replace(PHONE, "12345"), CSV, CSV.replace(EMAIL, f"2.{EMAIL}")):
        run = runs.start("members.import", cafe, chief, {"columns": columns}, file=text, reason=f"for {NAME}")
        assert carry_on(run, seconds=None).status == "done"
    assert BrandMember.objects.filter(external_id="CRM-88213-PQ").exists()


def test_not_a_word_of_who_it_was_is_in_the_log(log, cafe, beans, manager, cafe_key):  # noqa: F811
    type(beans).objects.filter(pk=beans.pk).update(is_community=True)
    member = live(cafe_key)
    be_imported(cafe, manager)
    with pytest.raises(CommandError):
        call_command("erase_member", EMAIL, reason=f"{NAME} asked")
    twin = find_subject("CRM-88213-PQ", brand=cafe, only_brand=True)
    call_command("erase_member", str(twin.member_id), reason="asked")
    call_command("erase_member", str(member.pk), reason="asked")
    text = log()

    words = [*LITERALS, FORMER_NAME, PASSWORD]
    assert [word for word in words if word.lower() in text.lower()] == []
    assert len([line for line in lines_of(text) if line["logger"] == "loyalty.access"]) >= 8
    assert len([line for line in lines_of(text) if line["event"].startswith("erased ")]) == 2
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from loyalty_member where name ilike any(%s)", [[NAME, FORMER_NAME]])
        assert cursor.fetchone() == (0,)
