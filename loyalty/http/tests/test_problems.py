"""Every kind of exception as a problem document."""

import pytest
from django.db import OperationalError
from django.test import RequestFactory

from loyalty.errors import LoyaltyError
from loyalty.http.problem_pages import known_problems
from loyalty.http.problems import as_refusal, exception_handler


def problem(response) -> dict:
    assert response["Content-Type"] == "application/problem+json"
    body = response.json()
    assert body["status"] == response.status_code
    assert body["type"] == f"/problems/{body['code']}"
    return body


def test_a_refusal_tells_its_code_title_detail_pointer_and_facts(till):
    response = till.get("/api/accidents/sold")

    assert response.status_code == 409
    assert problem(response) == {
        "type": "/problems/sold-out",
        "title": "All of it is sold.",
        "status": 409,
        "detail": "No seat is left.",
        "instance": "/api/accidents/sold",
        "code": "sold-out",
        "errors": [{"pointer": "/seat", "code": "sold-out", "detail": "No seat is left."}],
        "left": 0,
    }


@pytest.mark.parametrize(
    ("accident", "status", "code"),
    [
        ("django-404", 404, "not-found"),
        ("django-403", 403, "forbidden"),
        ("suspicious", 400, "bad-request"),
        ("django-invalid", 400, "validation-error"),
        ("drf-invalid", 400, "validation-error"),
        ("drf-401", 401, "not-authenticated"),
        ("drf-403", 403, "forbidden"),
        ("drf-404", 404, "not-found"),
        ("drf-406", 406, "not-acceptable"),
        ("drf-415", 415, "unsupported-media-type"),
        ("drf-429", 429, "rate-limited"),
        ("slow", 503, "try-again"),
    ],
)
def test_errors_of_django_and_drf_are_problems_too(till, accident, status, code):
    response = till.get(f"/api/accidents/{accident}")

    assert (response.status_code, problem(response)["code"]) == (status, code)
    assert "inside" not in response.content.decode()


def test_nested_errors_of_drf_have_pointers(till):
    errors = problem(till.get("/api/accidents/drf-invalid"))["errors"]

    assert errors == [{"pointer": "/items/0/sku", "code": "invalid", "detail": "No such thing."}]


def test_those_who_must_wait_are_told_how_long(till):
    assert till.get("/api/accidents/drf-429")["Retry-After"] == "7"
    assert till.get("/api/accidents/slow")["Retry-After"] == "1"


@pytest.mark.parametrize("accident", ["broken", "drf-500"])
def test_a_mistake_of_ours_hides_the_inside_and_names_the_request(till, accident):
    till.raise_request_exception = False

    response = till.get(f"/api/accidents/{accident}", HTTP_X_REQUEST_ID="abc-12345")

    body = problem(response)
    assert (body["status"], body["code"], body["request_id"]) == (500, "internal-error", "abc-12345")
    assert response["X-Request-ID"] == "abc-12345"
    assert "inside" not in str(body)


def test_a_mistake_of_ours_is_still_seen_by_tests(till):
    with pytest.raises(RuntimeError, match="inside"):
        till.get("/api/accidents/broken")


def test_a_database_that_is_away_is_unavailable():
    request = RequestFactory().get("/api/x")

    response = exception_handler(OperationalError("connection refused"), {"request": request})

    assert (response.status_code, response["Retry-After"]) == (503, "5")
    assert as_refusal(OperationalError("connection refused")).code == "database-unavailable"


def test_an_unknown_address_is_a_problem(till):
    assert problem(till.get("/api/nothing/here"))["code"] == "not-found"
    assert problem(till.post("/api/", {}))["code"] == "not-found"
    assert problem(till.get("/api/members/a%00b/earn"))["code"] == "not-found"


def test_a_wrong_method_tells_the_right_ones(till):
    response = till.put("/api/members/ana/earn", {})

    assert (response.status_code, problem(response)["code"]) == (405, "method-not-allowed")
    assert response["Allow"] == "POST, OPTIONS"
    assert till.generic("BREW", "/api/members/ana/earn").status_code == 405


def test_options_tells_the_methods(till):
    response = till.options("/api/members/ana/earn")

    assert (response.status_code, response["Allow"], response.content) == (204, "POST, OPTIONS", b"")


@pytest.mark.parametrize("accept", ["text/html", "application/xml", "application/json;q=0"])
def test_only_json_is_answered(till, accept):
    response = till.get("/api/events", HTTP_ACCEPT=accept)

    assert (response.status_code, problem(response)["code"]) == (406, "not-acceptable")


@pytest.mark.parametrize(
    "accept", ["", "*/*", "application/json", "text/html, application/json;q=0.5", "application/*"]
)
def test_json_is_answered_to_whoever_takes_it(till, accept):
    assert till.get("/api/events", HTTP_ACCEPT=accept).status_code == 200


def test_nobody_is_told_how_to_say_who_one_is(client):
    response = client.get("/api/events")

    assert (response.status_code, problem(response)["code"]) == (401, "not-authenticated")
    assert response["WWW-Authenticate"].startswith("Bearer ")


def test_public_addresses_ask_nobody(client, till):
    assert client.get("/api/open?who").json() == {"who": None}
    assert till.get("/api/open?who").json() == {"who": None}
    assert client.get("/api/open", HTTP_X_CALLER="stranger").status_code == 200
    assert client.get("/api/events", HTTP_X_CALLER="stranger").status_code == 401


def test_answers_are_not_kept_by_others(till):
    assert till.get("/api/events")["Cache-Control"] == "no-store"
    assert till.get("/api/nothing")["Cache-Control"] == "no-store"


def test_the_type_of_a_problem_leads_to_its_meaning(client):
    page = client.get("/problems/sold-out", HTTP_ACCEPT="text/html")
    listing = client.get("/problems", HTTP_ACCEPT="application/json").json()["problems"]

    assert "All of it is sold." in page.content.decode()
    assert {"code": "sold-out", "status": 409, "title": "All of it is sold."} in listing
    assert client.get("/problems/sold-out", HTTP_ACCEPT="application/json").json()["status"] == 409
    assert client.get("/problems/unheard-of").status_code == 404


def test_a_code_has_one_meaning_and_is_written_with_hyphens():
    assert all(one["code"].replace("-", "").isalnum() and one["code"].islower() for one in known_problems())
    statuses: dict[str, set] = {}
    waiting = [LoyaltyError]
    while waiting:
        kind = waiting.pop()
        waiting.extend(kind.__subclasses__())
        statuses.setdefault(kind.code, set()).add(kind.status)
    assert [code for code, found in statuses.items() if len(found) > 1] == []
