"""Tokens that somebody made themselves, judged by the addresses they are shown to; where the library alone would take
one, that is said."""

import base64
import hashlib
import hmac
import json
import time
from uuid import uuid4

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from django.conf import settings

from loyalty.identity import tokens
from loyalty.identity.models import Person
from loyalty.testing.clients import JsonClient

SECRET = settings.JWT_SIGNING_KEY.encode()
HEADER = {"alg": "HS256", "typ": "JWT"}
TAKEN_BY_THE_LIBRARY = {"runs out at the end of time", "of a version long gone", "a refresh token", "about nobody"}
"""PyJWT, told key, algorithm, audience and issuer, has nothing against these."""


def _b64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def signed(claims, header=HEADER, secret=SECRET) -> str:
    """A token made by hand, for libraries refuse to make most of these."""
    text = f"{_b64(json.dumps(header).encode())}.{_b64(json.dumps(claims).encode())}"
    return f"{text}.{_b64(hmac.new(secret, text.encode(), hashlib.sha256).digest())}"


@pytest.fixture(scope="module")
def public_key() -> bytes:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048).public_key()
    return key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


@pytest.fixture
def fourteen(ana, public_key) -> dict[str, str]:
    """One token that is in order, and thirteen that are not."""
    good = jwt.decode(str(tokens.issue_access(ana.person)), options={"verify_signature": False})
    now, stripped = int(time.time()), signed(good).rpartition(".")[0]
    return {
        "in order": signed(good),
        "no algorithm": f"{_b64(json.dumps(HEADER | {'alg': 'none'}).encode())}.{stripped.partition('.')[2]}.",
        "signed with a public key that somebody took for ours": signed(good, secret=public_key),
        "a key of its own choice": signed(
            good, HEADER | {"kid": "/dev/null", "jku": "https://evil.example/keys", "jwk": {"kty": "oct", "k": ""}}, b""
        ),
        "an extension that must be understood": signed(good, HEADER | {"crit": ["b64"], "b64": False}),
        "without its signature": f"{stripped}.",
        "for others": signed(good | {"aud": "elsewhere"}),
        "by others": signed(good | {"iss": "elsewhere"}),
        "a refresh token": tokens.issue_pair(ana.person).refresh,
        "runs out at the end of time": signed(good | {"exp": 1e308}),
        "made in the future": signed(good | {"iat": now + 3600, "exp": now + 4200}),
        "run out": signed(good | {"iat": now - 4200, "exp": now - 3600}),
        "of a version long gone": signed(good | {"v": 7}),
        "about nobody": signed(good | {"sub": "ana"}),
    }


def status_of(raw: str, path: str = "/api/users/me") -> int:
    client = JsonClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {raw}")
    return client.get(path).status_code


@pytest.mark.parametrize("path", ["/api/users/me", "/api/members/me", "/api/auth/devices"])
def test_of_fourteen_tokens_the_one_in_order_opens_the_door(fourteen, path):
    assert {name for name, raw in fourteen.items() if status_of(raw, path) == 200} == {"in order"}
    assert {status_of(raw, path) for name, raw in fourteen.items() if name != "in order"} == {401}


@pytest.fixture
def others(ana, ben, fourteen) -> dict[str, str]:
    """More that are not in order, most of them signed by us."""
    good = jwt.decode(fourteen["in order"], options={"verify_signature": False})
    header, _, signature = fourteen["in order"].split(".")
    Person.objects.filter(id=ben.person_id).update(is_active=False)
    ended = str(tokens.issue_access(ana.person))
    tokens.log_out_everywhere(ana.person_id, actor="test")
    return {
        "not valid yet": signed(good | {"nbf": int(time.time()) + 3600}),
        "about somebody we do not know": signed(good | {"sub": str(uuid4())}),
        "about somebody switched off": str(tokens.issue_access(ben.person)),
        "of before all sessions were ended": ended,
        "of another device": signed(good | {"device": str(uuid4())}),
        "another key": signed(good, secret=b"x" * 50),
        "changed after signing": f"{header}.{_b64(json.dumps(good | {'roles': ['operator']}).encode())}.{signature}",
        "empty": "",
        "garbage": "a.b.c",
        "very long": "a" * 60_000,
        "of two tokens": f"{fourteen['in order']} {fourteen['in order']}",
        "no object": signed([good]),
        "deep": signed({"a": "[" * 2_000}),
    }


@pytest.mark.parametrize("path", ["/api/users/me", "/api/members/me"])
def test_nor_does_any_other_token_open_the_door(others, path):
    assert {name: status for name, raw in others.items() if (status := status_of(raw, path)) != 401} == {}


def test_every_refusal_says_the_same(fourteen, client):
    said = set()
    for name, raw in fourteen.items():
        if name != "in order":
            client.credentials(HTTP_AUTHORIZATION=f"Bearer {raw}")
            said.add(client.get("/api/users/me").content)

    assert len(said) == 1


def test_the_library_alone_would_take_some_of_them(fourteen):
    taken = set()
    for name, raw in fourteen.items():
        try:
            jwt.decode(raw, SECRET, algorithms=["HS256"], audience="loyalty", issuer="loyalty")
            taken.add(name)
        except jwt.InvalidTokenError:
            pass

    assert taken == {"in order"} | TAKEN_BY_THE_LIBRARY


def test_an_access_token_opens_no_session_and_a_forged_refresh_token_none(fourteen, ana, client):
    good = jwt.decode(fourteen["a refresh token"], options={"verify_signature": False})
    forged = {
        "an access token": fourteen["in order"],
        "no algorithm": f"{_b64(json.dumps(HEADER | {'alg': 'none'}).encode())}.{_b64(json.dumps(good).encode())}.",
        "another key": signed(good, secret=b"x" * 50),
        "never issued": signed(good | {"jti": "0" * 32}),
        "about another": signed(good | {"sub": "0" * 32}),
        "of a version long gone": signed(good | {"v": 7}),
        "lives for ever": signed(good | {"exp": good["exp"] * 1000}),
    }

    answers = {name: client.post("/api/auth/token/refresh", {"refresh": raw}) for name, raw in forged.items()}

    assert {name for name, answer in answers.items() if answer.status_code != 401} == set()
    assert client.post("/api/auth/token/refresh", {"refresh": fourteen["a refresh token"]}).status_code == 200
