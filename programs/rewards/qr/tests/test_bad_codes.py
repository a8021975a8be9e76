"""Codes that are wrong in one thing each, scanned at a till: each is refused with its own code, and none leaves a
trace."""

from datetime import UTC, datetime, timedelta

import cbor2
import pytest

from loyalty import clock
from loyalty.identity import tokens as logins
from loyalty.testing.clients import JsonClient
from programs.rewards.models import VoucherUse
from programs.rewards.qr import base45, keys, tokens
from programs.rewards.qr.models import SigningKey, UsedToken
from programs.rewards.qr.rotation import revoke_keys
from programs.rewards.qr.tests.forging import STRANGER, signed_anew, with_changed_byte, with_header

pytestmark = pytest.mark.django_db

AT = datetime(2026, 10, 1, 12, tzinfo=UTC)
LATER, EARLIER = AT + timedelta(hours=1), AT - timedelta(hours=1)
MINUTE = timedelta(seconds=60)


@pytest.fixture(autouse=True)
def noon():
    with clock.at(AT):
        yield


@pytest.fixture
def token(voucher):
    return tokens.make_token("voucher", subject=voucher.pk, audience="cafe", program="BEANS")


def with_a_key_that_leaked(token):
    revoke_keys(at=AT)
    return token.text


def with_a_key_of_before(token):
    old = keys.signing_key(AT)
    retired_at = AT - keys.HANDOVER - timedelta(seconds=1)
    SigningKey.objects.filter(kid=old.kid).update(retired_at=retired_at, verifies_until=LATER)
    return signed_anew(token, kid=old.kid, key=old.private)


def with_an_end_that_never_comes(token):
    payload = cbor2.loads(cbor2.loads(base45.decode(token.text[4:])).value[2]) | {4: 1e308}
    own = keys.signing_key(AT)
    head, body = cbor2.dumps({1: -8, 4: own.kid.encode()}), cbor2.dumps(payload)
    signature = own.private.sign(cbor2.dumps(["Signature1", head, b"", body]))
    return tokens.PREFIX + base45.encode(cbor2.dumps(cbor2.CBORTag(18, [head, {}, body, signature])))


KINDS = {
    "cut short": (lambda token: token.text[:-30], 422, "malformed-token"),
    "of another alphabet": (lambda token: token.text.lower(), 422, "malformed-token"),
    "an end that never comes": (with_an_end_that_never_comes, 422, "malformed-token"),
    "no algorithm": (lambda token: with_header(token, {1: 0, 4: "kid"}), 422, "wrong-algorithm"),
    "HS256": (lambda token: with_header(token, {1: 5, 4: "kid"}), 422, "wrong-algorithm"),
    "a kid that nobody knows": (lambda token: signed_anew(token, kid="NONE"), 422, "unknown-key"),
    "a key that leaked": (with_a_key_that_leaked, 422, "retired-key"),
    "a key of before": (with_a_key_of_before, 422, "retired-key"),
    "somebody else's key": (lambda token: signed_anew(token, key=STRANGER), 422, "bad-signature"),
    "a changed byte": (lambda token: with_changed_byte(token, b"cafe", b"cafd"), 422, "bad-signature"),
    "another issuer": (lambda token: signed_anew(token, issuer="elsewhere"), 422, "wrong-issuer"),
    "a stretched life": (
        lambda token: signed_anew(token, expires_at=AT + timedelta(days=1)), 422, "token-life-too-long",
    ),
    "not yet": (
        lambda token: signed_anew(token, issued_at=LATER, not_before=LATER, expires_at=LATER + MINUTE),
        422, "token-not-yet-valid",
    ),
    "expired": (
        lambda token: signed_anew(token, issued_at=EARLIER, not_before=EARLIER, expires_at=EARLIER + MINUTE),
        422, "token-expired",
    ),
    "meant for another brand": (lambda token: signed_anew(token, audience="bistro"), 422, "wrong-audience"),
    "of another purpose": (
        lambda token: signed_anew(token, purpose="stamp"), 422, "wrong-purpose",
    ),
    "about something else": (lambda token: signed_anew(token, purpose="member"), 404, "not-found"),
}  # fmt: skip


@pytest.mark.parametrize(("made", "status", "code"), KINDS.values(), ids=KINDS)
def test_a_bad_code_is_refused_with_its_own_code(api, token, voucher, scan, made, status, code):
    answer = scan(api, made(token), key="k-1")

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer["Content-Type"] == "application/problem+json"
    voucher.refresh_from_db()
    assert (voucher.uses, UsedToken.objects.count(), VoucherUse.objects.count()) == (0, 0, 0)


def test_the_good_one_is_taken_and_then_refused(api, token, scan):
    assert scan(api, token.text).status_code == 200

    answer = scan(api, token.text)

    assert (answer.status_code, answer.json()["code"]) == (409, "token-used")


def test_a_code_of_another_brand_is_not_found(bistro_api, token, scan):
    answer = scan(bistro_api, token.text)

    assert (answer.status_code, answer.json()["code"]) == (404, "not-found")
    assert UsedToken.objects.count() == 0


def test_a_login_is_no_code(api, ana, scan):
    with clock.at(datetime.now(UTC)):
        answer = scan(api, str(logins.issue_access(ana.person)))

    assert (answer.status_code, answer.json()["code"]) == (422, "malformed-token")


@pytest.mark.parametrize("scheme", ["Bearer", "Api-Key"])
def test_a_code_is_no_login(token, ana, scheme):
    client = JsonClient()
    client.credentials(HTTP_AUTHORIZATION=f"{scheme} {token.text}")

    assert client.get("/api/users/me").status_code == 401
    assert client.post("/api/qr/scan", {"token": token.text, "idempotency_key": "k"}).status_code == 401


@pytest.mark.parametrize("text", ["", "LY1:" + "0" * 700, "LY1:\x00", "\U0001f600", 5, None, ["LY1:"], {}])
def test_what_is_no_text_of_a_code_is_refused_and_never_worse(api, voucher, scan, text):
    answer = scan(api, text)

    assert answer.status_code in (400, 422)
    assert answer.json()["code"] in ("validation-error", "malformed-token", "malformed-json")
