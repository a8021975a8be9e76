"""The headers of each kind of page and answer, and which sites may call the API."""

import re

import pytest
from django.test import Client

from loyalty import browsers
from loyalty.tests.architecture import ROOT, texts

APP = "https://app.example"
SITE = "https://evil.example"


@pytest.fixture
def cors(settings):
    """The service with one site on its list, as `CORS_ALLOWED_ORIGINS=https://app.example` makes it."""
    settings.CORS_ALLOWED_ORIGINS = [APP]
    settings.MIDDLEWARE = [settings.MIDDLEWARE[0], "corsheaders.middleware.CorsMiddleware", *settings.MIDDLEWARE[1:]]
    return Client()


def policy(response) -> dict[str, str]:
    parts = (part.strip().partition(" ") for part in response["Content-Security-Policy"].split(";"))
    return {name: sources for name, _, sources in parts}


def test_a_page_loads_nothing_but_our_files_and_runs_nothing_inline(client, db):
    for path in ("/", "/problems", "/problems/not-found", "/no-such-page"):
        assert policy(client.get(path)) == {
            "default-src": "'self'",
            "base-uri": "'none'",
            "connect-src": "'self'",
            "font-src": "'self'",
            "form-action": "'self'",
            "frame-ancestors": "'none'",
            "frame-src": "'none'",
            "img-src": "'self'",
            "object-src": "'none'",
            "script-src": "'self'",
            "style-src": "'self'",
        }


def test_the_portal_gets_what_its_widgets_need_and_no_more(client, db):
    strict, portal = policy(client.get("/problems")), policy(client.get("/admin/login/"))

    assert {name: sources for name, sources in portal.items() if strict[name] != sources} == {
        "script-src": "'self' 'unsafe-eval'",
        "style-src": "'self' 'unsafe-inline'",
        "img-src": "'self' data:",
    }


def test_every_page_says_what_it_needs_of_the_browser(client, db):
    for path in ("/", "/problems", "/admin/login/", "/no-such-page"):
        headers = client.get(path).headers

        assert headers["X-Frame-Options"] == "DENY"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert "camera=()" in headers["Permissions-Policy"]


def test_an_answer_of_the_api_is_no_page(client, api, cafe):
    answers = [asker.get(path) for asker in (client, api) for path in ("/api/programs", "/api/health", "/api/none")]

    assert [answer.status_code for answer in answers] == [401, 200, 404, 200, 200, 404]
    for answer in answers:
        assert answer["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert "Access-Control-Allow-Origin" not in answer


def test_the_page_of_the_documentation_runs_on_our_files_alone(client, db):
    page = client.get("/api/docs", headers={"Accept": "text/html"})

    assert policy(page)["script-src"] == policy(page)["style-src"] == "'self'"
    assert "<style" not in page.text and not re.search(r"<script(?![^>]*\bsrc=)", page.text)


def test_https_is_remembered_for_a_year(client, settings, db):
    settings.SECURE_SSL_REDIRECT, settings.SECURE_HSTS_SECONDS = True, 365 * 86400
    settings.SECURE_HSTS_INCLUDE_SUBDOMAINS = settings.SECURE_HSTS_PRELOAD = True
    client = Client()

    assert client.get("/problems", secure=True)["Strict-Transport-Security"] == (
        "max-age=31536000; includeSubDomains; preload"
    )
    assert client.get("/problems")["Location"] == "https://testserver/problems"


def test_a_policy_can_be_told_before_it_is_kept(client, settings, db):
    settings.CONTENT_SECURITY_POLICY_REPORT_ONLY = browsers.content_policy(
        form_origins=["https://login.example"], report_uri="/csp", is_https=True
    )
    settings.CONTENT_SECURITY_POLICY = None

    headers = client.get("/admin/login/").headers

    assert "Content-Security-Policy" not in headers
    told = headers["Content-Security-Policy-Report-Only"]
    assert "form-action 'self' https://login.example;" in told
    assert "script-src 'self' 'unsafe-eval';" in told
    assert {"upgrade-insecure-requests", "report-uri /csp"} <= {one.strip() for one in told.split(";")}


def test_no_site_may_call_the_api_unless_it_is_named(client, db):
    answer = client.options("/api/programs", headers={"Origin": APP, "Access-Control-Request-Method": "POST"})

    assert answer.status_code == 401
    assert not [name for name in answer.headers if name.lower().startswith("access-control")]


def test_a_named_site_is_answered_without_a_question_to_the_database(cors):
    """There is no database in this test."""
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}

    answer = cors.options("/api/members/1/earn", headers={"Origin": APP} | asked)

    assert answer.status_code == 200
    assert answer["Access-Control-Allow-Origin"] == APP
    assert {"authorization", "content-type", "idempotency-key"} <= set(
        answer["Access-Control-Allow-Headers"].split(", ")
    )
    assert "Access-Control-Allow-Credentials" not in answer
    assert "Access-Control-Allow-Origin" not in cors.options("/api/programs", headers={"Origin": SITE} | asked)


def test_a_named_site_sees_the_headers_that_it_acts_on(cors, cafe_key):
    headers = {"Authorization": f"Api-Key {cafe_key}"}

    seen = cors.get("/api/programs", headers=headers | {"Origin": APP})
    hidden = cors.get("/api/programs", headers=headers | {"Origin": SITE})

    assert (seen["Access-Control-Allow-Origin"], "origin" in seen["Vary"].lower()) == (APP, True)
    assert {"Idempotent-Replayed", "Retry-After", "RateLimit", "ETag", "Location"} <= set(
        seen["Access-Control-Expose-Headers"].split(", ")
    )
    assert "Access-Control-Allow-Origin" not in hidden


def test_pages_are_for_no_other_site(cors, db):
    assert "Access-Control-Allow-Origin" not in cors.get("/problems", headers={"Origin": APP})
    assert "Access-Control-Allow-Origin" not in cors.get("/admin/login/", headers={"Origin": APP})


SCRIPT_IN_THE_PAGE = re.compile(
    r"<script(?![^>]*\bsrc=)(?![^>]*\btype=.application/json)|\son(click|change|submit|load|input|focus|error)\s*="
)


def test_no_template_has_a_script_in_it():
    """The policy would refuse it, and nobody would see why. Mails are not under it and have none either."""
    assert [
        f"{path.relative_to(ROOT)}: {found.group()}"
        for path in texts(".html")
        for found in SCRIPT_IN_THE_PAGE.finditer(path.read_text())
    ] == []


def test_no_page_outside_the_portal_has_a_style_in_it():
    outside = [p for p in texts(".html") if not {"admin", "portal", "account", "mfa", "notifications"} & set(p.parts)]

    assert [str(p.relative_to(ROOT)) for p in outside if re.search(r"<style|\sstyle\s*=", p.read_text())] == []
