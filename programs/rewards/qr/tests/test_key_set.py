"""The published keys, as other libraries and a command without a database use them."""

import os
import subprocess
import sys
from datetime import timedelta
from uuid import uuid4

import cwt as judge
import pytest

from loyalty import clock
from loyalty.tests.checkout import ROOT
from programs.rewards.qr import base45, keys, tokens
from programs.rewards.qr.jwks import NotAKeySet, finder_in
from programs.rewards.qr.rotation import rotate_keys

ADDRESS = "/.well-known/jwks.json"

pytestmark = pytest.mark.django_db


def made(purpose="voucher", **given):
    return tokens.make_token(purpose, subject=uuid4(), audience="cafe", program="BEANS", **given)


def test_everybody_may_read_the_keys_even_before_the_first_code(client):
    answer = client.get(ADDRESS)

    (key,) = answer.json()["keys"]
    assert answer["Content-Type"] == "application/json"
    assert answer["Cache-Control"] == "public, max-age=300"
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert {name: value for name, value in key.items() if name not in ("kid", "x")} == {
        "kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig",
    }  # fmt: skip
    assert len(keys.from_text(key["x"])) == 32


def test_the_set_is_read_again_only_when_it_changed(client):
    known = client.get(ADDRESS)["ETag"]
    assert client.get(ADDRESS, HTTP_IF_NONE_MATCH=known).status_code == 304
    assert client.get(ADDRESS, HTTP_IF_NONE_MATCH=f"W/{known}").status_code == 304

    rotate_keys(at=clock.now())

    answer = client.get(ADDRESS, HTTP_IF_NONE_MATCH=known)
    assert answer.status_code == 200
    assert len(answer.json()["keys"]) == 2


def test_nothing_but_reading_is_taken(client):
    assert client.post(ADDRESS).status_code == 405


def test_another_library_verifies_a_token_with_the_published_key(client):
    token = made()
    published = [judge.COSEKey.from_jwk(jwk) for jwk in client.get(ADDRESS).json()["keys"]]

    claims = judge.decode(base45.decode(token.text.removeprefix("LY1:")), published)

    assert claims[1] == "loyalty"
    assert claims[3] == "cafe"
    assert claims[4] - claims[6] == 60
    assert claims[7].hex() == token.claims.token_id
    assert claims[-65537] == 1
    assert claims[-65538] == "BEANS"


def test_another_library_refuses_a_changed_token(client):
    data = base45.decode(made().text.removeprefix("LY1:")).replace(b"BEANS", b"BEANZ")
    published = [judge.COSEKey.from_jwk(jwk) for jwk in client.get(ADDRESS).json()["keys"]]

    with pytest.raises(judge.VerifyError):
        judge.decode(data, published)


SHORT_KEY = b'{"keys": [{"kty": "OKP", "crv": "Ed25519", "kid": "A", "x": "short"}]}'


@pytest.mark.parametrize("document", [b"", b"{}", b"[]", b'{"keys": 5}', b'{"keys": [5]}', b"\xff", SHORT_KEY])
def test_what_is_no_set_of_keys_is_said_to_be_none(document):
    with pytest.raises(NotAKeySet):
        finder_in(document)


@pytest.fixture
def verify(client, tmp_path):
    """Runs the command in a process of its own, where no database can be reached; gives its exit code and its lines."""
    file = tmp_path / "jwks.json"

    def run(*arguments, given=None):
        file.write_bytes(client.get(ADDRESS).content)
        nowhere = {"DATABASE_URL": "postgres://nobody@127.0.0.1:1/none", "CACHE_URL": ""}
        done = subprocess.run(
            [sys.executable, "manage.py", "verify_qr", *arguments, "--jwks", str(file)],
            cwd=ROOT, env=os.environ | nowhere, input=given, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert done.stderr == ""
        return done.returncode, done.stdout.splitlines()

    return run


def test_a_good_code_is_told_without_any_database(verify):
    token = made()

    code, lines = verify(token.text, "--audience", "cafe")

    assert (code, lines[-1]) == (0, "GOOD")
    assert lines[:2] == ["purpose     voucher", "issuer      loyalty"]
    assert f"token id    {token.claims.token_id}" in lines


def test_a_code_can_be_read_from_the_standard_input_and_as_of_another_time(verify):
    token = made("stamp", life=timedelta(days=30))

    code, lines = verify(
        "-", "--at", f"{token.claims.issued_at + timedelta(days=29):%Y-%m-%dT%H:%M}", given=token.text + "\n"
    )

    assert (code, lines[0], lines[-1]) == (0, "purpose     printed stamp", "GOOD")


@pytest.mark.parametrize(
    ("arguments", "verdict"),
    [
        (["--at", "2036-01-01"], "REFUSED token-expired: The code is over: show a new one."),
        (["--at", "2016-01-01"], "REFUSED token-not-yet-valid: The code is not valid yet."),
        (["--audience", "bistro"], "REFUSED wrong-audience: The code is meant for another brand."),
    ],
)
def test_a_code_that_is_not_good_is_told_with_its_reason(verify, arguments, verdict):
    code, lines = verify(made().text, *arguments)

    assert (code, lines[-1]) == (1, verdict)
    assert len(lines) == 10


def test_what_is_no_code_is_told_to_be_none(verify):
    assert verify("LY1:BB8A") == (1, ["REFUSED malformed-token: The code breaks off."])
