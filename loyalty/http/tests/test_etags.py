"""Reads that know their version."""

import pytest

ADDRESS = "/api/version"


def test_a_read_has_a_strong_etag(till):
    response = till.get(ADDRESS)

    assert (response.status_code, response.json()) == (200, {"points": 5})
    assert response["ETag"].startswith('"')
    assert response["Cache-Control"] == "private, no-cache"
    assert till.get(ADDRESS)["ETag"] == response["ETag"]


@pytest.mark.parametrize("form", ["{0}", '"other", {0}', "W/{0}", "*"])
def test_a_client_that_has_it_gets_no_body(till, form):
    etag = till.get(ADDRESS)["ETag"]

    response = till.get(ADDRESS, HTTP_IF_NONE_MATCH=form.format(etag))

    assert (response.status_code, response.content, response["ETag"]) == (304, b"", etag)
    assert "Content-Type" not in response


@pytest.mark.parametrize("form", ['"other"', "", "nonsense", "W/"])
def test_a_client_that_has_another_gets_it_whole(till, form):
    assert till.get(ADDRESS, HTTP_IF_NONE_MATCH=form).status_code == 200


def test_head_tells_the_version_too(till):
    response = till.head(ADDRESS)

    assert (response.status_code, response["ETag"]) == (200, till.get(ADDRESS)["ETag"])
