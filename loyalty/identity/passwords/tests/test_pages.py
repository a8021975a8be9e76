"""The pages of a forgotten password, as a browser sees them."""

import re

import pytest
from django.test import Client

from loyalty.identity.models import Person

NEW = "a better horse battery"


@pytest.fixture
def browser(db):
    """A browser that keeps cookies and is asked for its CSRF token."""
    return Client(enforce_csrf_checks=True)


def send(browser, page, **fields):
    """Fills in the form of the page and sends it."""
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page.content.decode()))
    return browser.post(page.request["PATH_INFO"], hidden | fields)


def test_a_member_sets_a_new_password_by_the_pages_alone(browser, ana, mailbox):
    sent = send(browser, browser.get("/password/forgot"), email="ana@example.com")
    assert "Look into your mail" in sent.content.decode()

    path = mailbox.link().partition("8000")[2]
    page = browser.get(path)
    weak = send(browser, page, password="password123")
    done = send(browser, weak, password=NEW)

    assert (weak.status_code, done.status_code) == (400, 200)
    assert "known from breaches" in weak.content.decode()
    assert "Your password is set" in done.content.decode()
    assert Person.objects.get(id=ana.person_id).check_password(NEW)
    assert browser.get(path).status_code == 410


def test_the_page_says_the_same_of_an_address_that_nobody_has(browser, ana):
    known = send(browser, browser.get("/password/forgot"), email="ana@example.com")
    unknown = send(browser, browser.get("/password/forgot"), email="nobody@example.com")

    assert (known.status_code, known.content) == (unknown.status_code, unknown.content)


def test_the_link_travels_nowhere_and_nothing_on_the_page_is_inline(browser, ana, client, mailbox):
    client.post("/api/auth/password/forgot", {"email": "ana@example.com"})
    page = browser.get(mailbox.link().partition("8000")[2])

    html = page.content.decode()
    # Stricter than this, and browsers would not send the form so that it is taken.
    assert page.headers["Referrer-Policy"] == "same-origin"
    assert "no-store" in page.headers["Cache-Control"]
    assert "unsafe" not in page.headers["Content-Security-Policy"]
    assert not re.search(r"<script|<style|\sstyle=|\son\w+=", html)
    assert 'autocomplete="new-password"' in html
    assert html.count("<label for=") == 1


def test_without_its_token_the_form_is_refused(browser, ana):
    assert browser.post("/password/forgot", {"email": "ana@example.com"}).status_code == 403


def test_the_link_names_our_own_site_whatever_the_caller_says(client, ana, mailbox):
    client.post("/api/auth/password/forgot", {"email": "ana@example.com"}, HTTP_HOST="evil.localhost")

    assert mailbox.link().startswith("http://127.0.0.1:8000/password/reset?token=")
