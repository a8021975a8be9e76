"""What keeps a person's page theirs: no cache holds it, no script reads its cookie, no frame shows it, and it answers
to our own name only."""

import pytest
from django.test import Client
from django.urls import reverse

EVIL = "evil.example"


@pytest.fixture
def portal(manager):
    client = Client(raise_request_exception=False)
    client.force_login(manager)
    return client


def test_no_cache_keeps_what_somebody_saw(portal, ana):
    member = reverse("admin:loyalty_member_change", args=[ana.pk])
    pages = ("/admin/", "/admin/loyalty/member/", member, "/admin/search/?s=ana", "/accounts/2fa/", "/problems")

    for path in (*pages, "/accounts/password/change/", "/no-such-page"):
        assert "no-store" in portal.get(path)["Cache-Control"], path
    for path in ("/accounts/login/", "/accounts/password/reset/", "/admin/"):
        assert "no-store" in Client().get(path)["Cache-Control"], path


def test_pages_that_are_the_same_for_all_may_be_kept(client, db):
    assert "Cache-Control" not in client.get("/problems").headers


def test_the_session_is_for_the_browser_alone_and_stays_on_our_site(portal, settings):
    page = portal.get("/admin/")

    assert page.cookies["sessionid"]["httponly"]
    assert {cookie["samesite"] for cookie in page.cookies.values()} == {"Lax"}
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
    assert all(cookie["secure"] for cookie in portal.get("/admin/", secure=True).cookies.values())


def test_no_page_of_a_person_can_be_framed(portal):
    for path in ("/admin/", "/admin/loyalty/member/", "/accounts/2fa/"):
        page = portal.get(path)

        assert page["X-Frame-Options"] == "DENY"
        assert "frame-ancestors 'none'" in page["Content-Security-Policy"]


@pytest.mark.parametrize("path", ["/admin/", "/accounts/login/", "/accounts/password/reset/"])
def test_a_name_that_is_not_ours_is_refused(portal, path):
    answer = portal.get(path, HTTP_HOST=EVIL)

    assert answer.status_code == 400
    assert EVIL not in answer.text


def test_no_answer_of_the_api_names_the_host_that_was_asked_for(api, cafe, ana, ben):
    listed = api.get("/api/members?page_size=1", HTTP_HOST=EVIL)

    assert EVIL not in listed.text
    assert [value for value in listed.headers.values() if EVIL in value] == []


@pytest.mark.parametrize(
    "going", ["//evil.example/", "https://evil.example/", "/\\evil.example", "javascript:alert(1)"]
)
def test_nothing_leads_away_from_us(portal, going):
    for answer in (
        portal.get("/accounts/login/", {"next": going}),
        portal.post("/accounts/logout/", {"next": going}),
        portal.get("/admin/login/", {"next": going}),
    ):
        assert answer["Location"].startswith(("/admin/", "/accounts/login/"))
        assert EVIL not in answer["Location"].partition("?")[0]
