"""What stands in the log: enough to find a fault, and nobody's name, address or key."""

import io
import json
import logging
from datetime import datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from loyalty.identity.models import Brand, BrandMember, Person
from loyalty.logs.lines import JSON, LINES, formatter
from loyalty.logs.redaction import redacted, redacted_text
from loyalty.runs.carrying import carry_on
from loyalty.runs.models import Run
from loyalty.testing.clients import JsonClient, with_key

PASSWORD = "quince-marmalade-41"
SECRETS = [
    "Persephone",
    "Quill",
    "private.example",
    "687654321",
    "1984-02-29",
    "Lavender",
    PASSWORD,
    "wrong-guess-77",
]
MEMBER = {
    "external_id": "card-of-persephone",
    "name": "Persephone Quill",
    "email": "persephone.quill@private.example",
    "phone": "+31687654321",
    "birth_date": "1984-02-29",
}


@pytest.fixture
def log(settings, capsys):
    """All that would be written in production, at the level that says most; `log()` gives it as text."""
    settings.ACCESS_LOG, settings.LOG_FORMAT, settings.ROOT_URLCONF = True, JSON, "loyalty.tests.failing_urls"
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter(JSON))
    root, before = logging.getLogger(), logging.getLogger().level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield lambda: stream.getvalue() + capsys.readouterr().err
    root.removeHandler(handler)
    root.setLevel(before)


def lines_of(text: str) -> list[dict]:
    return [json.loads(line) for line in text.splitlines() if line.startswith("{")]


def ask_the_api(plain: str) -> None:
    api = with_key(plain)
    made = api.post("/api/members", MEMBER)
    assert made.status_code == 201, made.text
    for name, bad in {"email": "persephone.quill@private", "phone": "0687654321x", "birth_date": "29-02-1984"}.items():
        assert api.post("/api/members", MEMBER | {"external_id": "b", name: bad}).status_code == 400
    assert api.post("/api/members", MEMBER).status_code == 409
    api.get("/api/members?email=persephone.quill@private.example&search=Persephone")
    api.get("/api/members/persephone.quill@private.example")
    api.get("/api/members/+31687654321/balances")
    api.get("/api/of/Persephone/Quill")
    api.patch(f"/api/members/{made.json()['id']}", {"name": "Persephone Lavender"})
    api.generic("POST", "/api/members", b'{"name": "Persephone', content_type="application/json")


def log_in(person: Person) -> None:
    anyone = JsonClient()
    for password in ("wrong-guess-77", PASSWORD):
        anyone.post("/api/auth/token", {"email": person.email, "password": password})
    anyone.get("/api/users/me", headers={"Authorization": "Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJRdWlsbCJ9.Quill"})


def work_in_the_portal(person: Person) -> None:
    portal = Client(raise_request_exception=False)
    portal.post("/admin/login/?next=/admin/", {"username": person.email, "password": "wrong-guess-77"})
    portal.force_login(person)
    for path in ("/admin/", "/admin/loyalty/member/?q=Persephone", "/admin/loyalty/member/?q=persephone.quill@private"):
        portal.get(path)
    portal.get("/no/such/page/Persephone?name=Quill")


def come_back(person: Person) -> None:
    """Registers somebody, forgets their password, and the operator's; mistypes what the mail says."""
    anyone = JsonClient()
    newcomer = {"email": "quill.new@private.example", "password": PASSWORD, "name": "Persephone Quill"}
    for asked in (newcomer, newcomer, newcomer | {"password": "Quill"}, newcomer | {"email": "quill.new@private"}):
        anyone.post("/api/members/register", asked)
    for email in (person.email, "stranger.quill@private.example"):
        anyone.post("/api/auth/password/forgot", {"email": email})
        Client().post("/password/forgot", {"email": email})
    anyone.post("/api/auth/password/reset", {"token": "Quill", "password": PASSWORD})


def import_people(person: Person, brand: Brand) -> None:
    """A file with a row that is good and one that is not, from the form to the books."""
    text = "external_id,name,email,phone\nq1,Persephone Quill,q1@private.example,+31687654321\nq2,Quill,q2@private,x\n"
    portal = Client()
    portal.force_login(person)
    file = SimpleUploadedFile("quill.csv", text.encode(), "text/csv")
    page = portal.post(reverse("admin:loyalty_member_import_members"), {"brand": brand.pk, "file": file})
    columns = portal.get(page["Location"]).context["form"].columns()
    guessed = {f"column_{n}": column.initial for n, column in enumerate(columns)}
    portal.post(page["Location"], guessed | {"existing": "update", "country": "NL", "dates": "dmy", "reason": "Quill"})
    portal.post(reverse("admin:loyalty_run_run_for_real", args=[Run.objects.get().pk]), {"request_key": "0" * 32})
    carry_on(Run.objects.get(is_dry_run=False), seconds=None)
    assert BrandMember.objects.filter(external_id="q1").exists()


def test_no_flow_writes_who_somebody_is(log, cafe, cafe_key, beans):
    operator = Person.objects.create_superuser("operator.quill@private.example", PASSWORD, name="Persephone Quill")

    ask_the_api(cafe_key)
    log_in(operator)
    come_back(operator)
    work_in_the_portal(operator)
    import_people(operator, cafe)
    text = log()

    assert [secret for secret in [*SECRETS, cafe_key, operator.password] if secret in text] == []
    assert len([line for line in lines_of(text) if line["logger"] == "loyalty.access"]) > 15


@pytest.mark.django_db(transaction=True)
def test_what_breaks_is_found_by_its_request_and_tells_on_nobody(log):
    caller = Client(raise_request_exception=False, headers={"X-Request-ID": "till-7.0001"})

    assert caller.get("/api/broken/Persephone?email=persephone.quill@private.example").status_code == 500
    assert caller.get("/broken/Persephone%20Quill?phone=%2B31687654321").status_code == 500
    text = log()

    assert [secret for secret in SECRETS if secret in text] == []
    api, page = (line for line in lines_of(text) if "exception" in line)
    assert (api["request_id"], api["event"]) == (
        "till-7.0001",
        "GET /api/broken/<str:name> failed, request till-7.0001",
    )
    assert api["exception"].endswith("RuntimeError: no mail to [redacted], no call to [redacted]")
    assert (page["event"], page["route"]) == ("Internal Server Error: /broken/<str:name>", "/broken/<str:name>")
    assert page["exception"].endswith("violates not-null constraint\nDETAIL: [redacted]")


def test_a_request_is_one_line_by_its_route(log, cafe, cafe_key):
    with_key(cafe_key).get("/api/members/card-of-persephone?expand=Quill", headers={"X-Request-ID": "till-7.0002"})

    (line,) = [line for line in lines_of(log()) if line["logger"] == "loyalty.access"]

    assert datetime.fromisoformat(line.pop("time")).tzinfo
    assert line.pop("ms") > 0
    assert line.pop("actor").startswith("key:")
    assert line == {
        "level": "info",
        "logger": "loyalty.access",
        "request_id": "till-7.0002",
        "event": "request",
        "method": "GET",
        "route": "api/members/<str:member>",
        "status": 404,
    }


def test_whoever_works_in_the_portal_is_named_by_their_id(log, manager):
    portal = Client()
    portal.force_login(manager)
    portal.get("/admin/loyalty/member/")
    portal.get("/problems")

    actors = [line["actor"] for line in lines_of(log()) if line["logger"] == "loyalty.access"]

    assert actors == [f"person:{manager.id}", "-"]


def test_without_the_setting_there_is_no_line_for_a_request(settings, capsys, client):
    settings.ACCESS_LOG = False
    client.get("/problems")

    assert capsys.readouterr().err == ""


def test_lines_to_read_are_for_development():
    record = logging.LogRecord("ledger", logging.WARNING, "", 0, "sealed %s", ("lk_abcdefghijk",), None)

    assert formatter(LINES).format(record).endswith(" WARNING ledger [-] sealed [redacted]")


@pytest.mark.parametrize(
    "text, kept",
    [
        ("mail to ana.li+x@example.co.uk, now", "mail to [redacted], now"),
        ("call +31 6 8765 4321 or 0031687654321.", "call [redacted] or [redacted]."),
        ("Authorization: Api-Key lk_WKe6g9nXEVK6i0i", "Authorization: Api-Key [redacted]"),
        ("got eyJhbGciOi.eyJzdWIi.c2ln back", "got [redacted] back"),
        ("sessionid=4xk2; csrftoken=zzz", "sessionid=[redacted]; csrftoken=[redacted]"),
        ("GET /admin/loyalty/member/?q=Ana HTTP/1.1", "GET /admin/loyalty/member/?[redacted] HTTP/1.1"),
        ("x\nDETAIL:  Key (name)=(Ana) already exists.\n", "x\nDETAIL: [redacted]"),
        ("{'password': 'abc', 'points': 5}", "{'password': [redacted], 'points': 5}"),
        (
            "sealed up to 2026-11-21 12:16:28+00:00, 152.00 EUR, 5/m",
            "sealed up to 2026-11-21 12:16:28+00:00, 152.00 EUR, 5/m",
        ),
        ("posting 01a1fdde-1021-7b40-bfea-87032449bac2", "posting 01a1fdde-1021-7b40-bfea-87032449bac2"),
    ],
)
def test_texts_lose_what_names_or_opens(text, kept):
    assert redacted_text(text) == kept


def test_fields_are_hidden_by_their_names():
    fields = {
        "member": {
            "email": "x",
            "first_name": "Ana",
            "name": "Ana",
            "points": 5,
            "more": [{"phone": 1, "status": "ok"}],
        },
        "task_name": "ledger.expire",
        "idempotency_key": "k",
        "Authorization": b"x",
        "is_done": True,
        "none": None,
    }

    assert redacted(fields) == {
        "member": {
            "email": "[redacted]",
            "first_name": "[redacted]",
            "name": "[redacted]",
            "points": 5,
            "more": [{"phone": "[redacted]", "status": "ok"}],
        },
        "task_name": "ledger.expire",
        "idempotency_key": "[redacted]",
        "Authorization": "[redacted]",
        "is_done": True,
        "none": None,
    }
