"""What is sent is accepted by the verifiers of Standard Webhooks, in Python and in JavaScript, and nothing else is."""

import json
import os
import shutil
import subprocess
import uuid
from datetime import timedelta
from pathlib import Path

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from loyalty import clock
from loyalty.delivery.webhooks import fanning_out, operations, signing
from loyalty.delivery.webhooks.claiming import Claims
from loyalty.delivery.webhooks.sending import send_round
from loyalty.delivery.webhooks.tests.receiving import Got

OTHER = signing.new_secret()
SCRIPT = """
const { Webhook } = require(process.argv[1]);
const cases = JSON.parse(require("fs").readFileSync(0, "utf8"));
console.log(JSON.stringify(cases.map(({ secret, headers, body }) => {
  try { new Webhook(secret).verify(body, headers); return true; } catch (error) { return false; }
})));
"""


def signed(secret: str, headers: dict, sent: bytes, /, **changes) -> dict:
    given = {"secret": secret, "headers": dict(headers), "body": sent.decode()}
    given["headers"] |= changes.pop("headers", {})
    return given | changes


def shifted(secret: str, got: Got, seconds: int) -> dict:
    """The same, truly signed, sent at another time."""
    at = int(got.headers["webhook-timestamp"]) + seconds
    return signed(secret, signing.headers([signing.key_of(secret)], got.headers["webhook-id"], at, got.body), got.body)


def without(secret: str, got: Got, name: str) -> dict:
    return signed(secret, {key: value for key, value in got.signed.items() if key != name}, got.body)


TAMPERED = {
    "body": lambda s, got: signed(s, got.signed, got.body, body=got.body.decode().replace('"points":5', '"points":6')),
    "id": lambda s, got: signed(s, got.signed, got.body, headers={"webhook-id": str(uuid.uuid4())}),
    "timestamp": lambda s, got: signed(
        s, got.signed, got.body, headers={"webhook-timestamp": str(int(got.headers["webhook-timestamp"]) - 1)}
    ),
    "signature": lambda s, got: signed(
        s, got.signed, got.body, headers={"webhook-signature": signing.sign(s, "other", 1, b"{}")}
    ),
    "secret": lambda s, got: signed(OTHER, got.signed, got.body),
    "too old": lambda s, got: shifted(s, got, -600),
    "from the future": lambda s, got: shifted(s, got, 600),
    "no signature": lambda s, got: without(s, got, "webhook-signature"),
    "no id": lambda s, got: without(s, got, "webhook-id"),
    "no timestamp": lambda s, got: without(s, got, "webhook-timestamp"),
    "other version": lambda s, got: signed(
        s, got.signed, got.body,
        headers={"webhook-signature": got.headers["webhook-signature"].replace("v1,", "v1a,")},
    ),
}  # fmt: skip


@pytest.fixture
def got(endpoint, receiver, earned) -> Got:
    earned()
    send_round()
    return receiver.got[0]


@pytest.fixture(scope="session")
def npm_package() -> str:
    """Where the package standardwebhooks of npm is: named by NODE_PATH, installed globally, or fetched into a cache."""
    if not shutil.which("node") or not shutil.which("npm"):
        pytest.skip("there is no node with npm here")
    top = subprocess.run(["npm", "root", "-g"], capture_output=True, text=True, check=False).stdout.strip()
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "loyalty-npm"
    folders = [*os.environ.get("NODE_PATH", "").split(os.pathsep), top, str(cache / "node_modules")]
    found = [Path(one) / "standardwebhooks" for one in folders if one and (Path(one) / "standardwebhooks").is_dir()]
    if found:
        return str(found[0])
    fetch = ["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(cache), "standardwebhooks@1.0.0"]
    try:
        subprocess.run(fetch, capture_output=True, check=True, timeout=60)
    except (subprocess.SubprocessError, OSError):
        pytest.skip("the package standardwebhooks of npm is not here and cannot be fetched")
    return str(cache / "node_modules" / "standardwebhooks")


def accepted_by_python(cases: list[dict]) -> list[bool]:
    found = []
    for case in cases:
        try:
            Webhook(case["secret"]).verify(case["body"], case["headers"])
            found.append(True)
        except WebhookVerificationError:
            found.append(False)
    return found


def accepted_by_javascript(package: str, cases: list[dict]) -> list[bool]:
    done = subprocess.run(
        ["node", "-e", SCRIPT, package], input=json.dumps(cases), capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout)


def test_the_verifier_of_python_takes_what_is_sent_and_nothing_else(endpoint, got):
    tampered = [make(endpoint.secret, got) for make in TAMPERED.values()]

    told = accepted_by_python([signed(endpoint.secret, got.signed, got.body), *tampered])

    assert dict(zip(["as sent", *TAMPERED], told, strict=True)) == {"as sent": True} | dict.fromkeys(TAMPERED, False)


def test_the_verifier_of_javascript_takes_what_is_sent_and_nothing_else(endpoint, got, npm_package):
    tampered = [make(endpoint.secret, got) for make in TAMPERED.values()]

    told = accepted_by_javascript(npm_package, [signed(endpoint.secret, got.signed, got.body), *tampered])

    assert dict(zip(["as sent", *TAMPERED], told, strict=True)) == {"as sent": True} | dict.fromkeys(TAMPERED, False)


def test_two_secrets_sign_while_they_are_changed_over_and_then_one(endpoint, receiver, earned, operator_principal):
    old = endpoint.secret
    new = operations.rotate_secret(operator_principal, endpoint, keep_hours=24)
    began = clock.now()

    earned()
    send_round()
    with clock.at(began + timedelta(hours=25)):
        earned()
        send_round()

    during, after = receiver.got
    assert [len(one.headers["webhook-signature"].split()) for one in (during, after)] == [2, 1]
    assert accepted_by_python([signed(secret, during.signed, during.body) for secret in (old, new)]) == [True, True]
    at = int(after.headers["webhook-timestamp"])
    assert after.headers["webhook-signature"] == signing.sign(new, after.headers["webhook-id"], at, after.body)


def test_a_retry_has_the_same_id_and_the_time_of_the_retry(endpoint, receiver, earned):
    earned()
    receiver.answer = lambda got: 500 if len(receiver.got) == 1 else 204
    send_round()

    with clock.at(clock.now() + timedelta(seconds=8)):
        send_round()

    first, second = receiver.got
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert int(second.headers["webhook-timestamp"]) - int(first.headers["webhook-timestamp"]) in (7, 8, 9)


def test_secrets_are_32_bytes_and_never_the_same():
    secrets = {signing.new_secret() for _ in range(20)}

    assert len(secrets) == 20
    assert {len(signing.key_of(secret)) for secret in secrets} == {32}
    assert all(secret.startswith("whsec_") for secret in secrets)


def test_what_is_in_hand_shows_neither_key_nor_event_where_it_is_printed(endpoint, earned):
    earned()
    fanning_out.fan_out()
    claims = Claims()
    claims.sign_on()

    (in_hand,) = claims.claim()

    assert "keys" not in repr(in_hand) and "order 0" not in repr(in_hand)
    assert in_hand.target.keys == [signing.key_of(endpoint.secret)]
