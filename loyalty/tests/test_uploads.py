"""A form that brings too much is refused before it is read."""

import tempfile
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from loyalty.identity.models import Person

PAGE = "/accounts/login/"
FORM = {"CONTENT_TYPE": "multipart/form-data; boundary=x"}


class Unread:
    """A body of which nothing may be asked."""

    def read(self, size=-1):
        raise AssertionError("the body was read")

    readline = read


def announce(client: Client, length: int):
    """A form of so many bytes, of which none is sent."""
    return client.generic("POST", PAGE, b"", **FORM, CONTENT_LENGTH=str(length), **{"wsgi.input": Unread()})


@pytest.fixture
def strict():
    """Shows the cookie against forgery, so that its forms are looked into for the token."""
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    client.cookies["csrftoken"] = "a" * 32
    return client


def test_a_gigabyte_from_a_stranger_is_refused_unread(strict, db):
    assert announce(strict, 1024**3).status_code == 413
    assert announce(strict, 2 * 1024**2).status_code == 413


def test_whoever_is_signed_in_may_bring_a_file_but_no_gigabyte(strict, db):
    strict.force_login(Person.objects.create_superuser("o@example.com", "correct horse battery"))

    assert announce(strict, 1024**3).status_code == 413
    before = set(Path(tempfile.gettempdir()).glob("*.upload*"))
    file = SimpleUploadedFile("members.csv", b"name\n" * 500_000, "text/csv")
    assert strict.post(PAGE, {"file": file}).status_code == 403
    assert set(Path(tempfile.gettempdir()).glob("*.upload*")) == before


def test_a_form_has_a_bound_in_fields_too(strict, db):
    assert strict.post(PAGE, {f"f{n}": n for n in range(1_100)}).status_code == 400


def test_a_nul_in_a_query_is_a_bad_request(strict, operator):
    strict.force_login(operator)

    for query in ("/programs/program/?status__exact=%00", "/loyalty/member/?q=%00", "/autocomplete/?term=a%00"):
        assert strict.get(f"/admin{query}").status_code == 400
