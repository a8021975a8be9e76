"""Logging in, going on and logging out over HTTP."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from loyalty.identity import keys
from loyalty.identity.models import Person, ServerKey
from loyalty.testing.clients import JsonClient

PASSWORD = "correct horse battery"


@pytest.fixture
def log_in(client):
    return lambda email="ana@example.com", password=PASSWORD, **more: client.post(
        "/api/auth/token", {"email": email, "password": password, **more}
    )


def bearer(access):
    client = JsonClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {access}")
    return client


def test_address_and_password_give_a_pair_that_works(ana, log_in):
    answer = log_in()

    assert answer.status_code == 200
    pair = answer.json()
    assert pair.keys() == {"access", "refresh", "expires_in", "token_type"}
    assert (pair["expires_in"], pair["token_type"]) == (600, "Bearer")
    assert answer.headers["Cache-Control"] == "no-store"
    assert bearer(pair["access"]).get("/api/users/me").json()["email"] == "ana@example.com"


def test_the_address_may_be_written_in_capitals_and_an_otp_is_taken(ana, log_in):
    assert log_in("ANA@Example.com", otp="123456").status_code == 200


def test_unknown_wrong_and_switched_off_are_answered_alike(ana, ben, log_in):
    Person.objects.filter(id=ben.person_id).update(is_active=False)

    answers = [log_in("nobody@example.com"), log_in(password="wrong"), log_in("ben@example.com")]

    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.content for answer in answers}) == 1
    assert answers[0].json()["code"] == "invalid-credentials"


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"email": "ana@example.com"}, "/password"),
        ({"email": 1, "password": PASSWORD}, "/email"),
        ({"email": "ana@example.com", "password": PASSWORD, "is_operator": True}, "/is_operator"),
        ({"email": "ana@example.com", "password": "x" * 257}, "/password"),
    ],
)
def test_a_body_of_another_shape_is_refused_with_its_pointer(client, db, body, pointer):
    answer = client.post("/api/auth/token", body)

    assert answer.status_code == 400
    assert [mistake["pointer"] for mistake in answer.json()["errors"]] == [pointer]


def test_a_refresh_token_is_good_once(ana, client, log_in):
    refresh = log_in().json()["refresh"]

    first = client.post("/api/auth/token/refresh", {"refresh": refresh})
    second = client.post("/api/auth/token/refresh", {"refresh": refresh})
    successor = client.post("/api/auth/token/refresh", {"refresh": first.json()["refresh"]})

    assert (first.status_code, second.status_code, successor.status_code) == (200, 401, 401)
    assert second.json()["code"] == "invalid-token"


def test_log_out_ends_the_refresh_token(ana, client, log_in):
    refresh = log_in().json()["refresh"]

    assert client.post("/api/auth/logout", {"refresh": refresh}).status_code == 204
    assert client.post("/api/auth/logout", {"refresh": refresh}).status_code == 204
    assert client.post("/api/auth/token/refresh", {"refresh": refresh}).status_code == 401


def test_log_out_everywhere_stops_access_tokens_too(ana, client, log_in):
    pair = log_in().json()

    assert bearer(pair["access"]).post("/api/auth/logout-all").status_code == 204

    refused = bearer(pair["access"]).get("/api/users/me")
    assert (refused.status_code, refused.json()["code"]) == (401, "invalid-token")
    assert "Bearer" in refused.headers["WWW-Authenticate"]
    assert client.post("/api/auth/token/refresh", {"refresh": pair["refresh"]}).status_code == 401


def test_log_out_everywhere_is_for_people(api, client):
    assert api.post("/api/auth/logout-all").status_code == 403
    assert client.post("/api/auth/logout-all").json()["code"] == "not-authenticated"


def test_a_key_that_is_none_is_refused(client, cafe):
    client.credentials(HTTP_AUTHORIZATION="Api-Key lk_" + "x" * 43)

    refused = client.get("/api/members")

    assert (refused.status_code, refused.json()["code"]) == (401, "invalid-key")


def test_a_key_taken_back_is_refused(api, cafe):
    assert api.get("/api/members").status_code == 200

    keys.revoke_server_key(ServerKey.objects.get())

    assert api.get("/api/members").json()["code"] == "invalid-key"


@pytest.mark.parametrize("header", ["Bearer", "Bearer x.y.z", "Bearer é", "Api-Key", "Api-Key  "])
def test_credentials_that_cannot_be_read_are_refused(client, db, header):
    client.credentials(HTTP_AUTHORIZATION=header)

    assert client.get("/api/members").status_code == 401


def test_a_scheme_that_nobody_knows_is_nobody(client, db):
    client.credentials(HTTP_AUTHORIZATION="Basic YW5hOmFuYQ==")

    assert client.get("/api/members").json()["code"] == "not-authenticated"


def test_a_person_costs_one_query_to_recognise(ana_client):
    with CaptureQueriesContext(connection) as queries:
        ana_client.get("/api/users")

    assert len(queries) == 1


def test_guessing_passwords_is_limited_by_account_and_network(ana, log_in):
    answers = [log_in(password=f"guess {number}") for number in range(25)]

    assert answers[0].status_code == 401
    assert answers[-1].status_code == 429
    assert int(answers[-1].headers["Retry-After"]) >= 1
