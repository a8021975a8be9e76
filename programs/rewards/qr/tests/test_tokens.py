"""Reading a token: one refusal for each way in which it can be wrong, and in which order they are found."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from loyalty import clock
from programs.rewards.qr import cwt, errors, tokens
from programs.rewards.qr.rotation import revoke_keys, rotate_keys
from programs.rewards.qr.tests.forging import STRANGER, signed_anew, with_changed_byte, with_header

AT = datetime(2026, 10, 1, 12, 0, 0, 900_000, UTC)
BEGINS = AT.replace(microsecond=0)
SUBJECT = UUID("019a9f30-5c1e-7d7b-9a54-3f0e2b1c4d60")
MINUTE = timedelta(seconds=60)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def noon():
    with clock.at(AT):
        yield


def made(purpose=tokens.VOUCHER, **given):
    return tokens.make_token(purpose, subject=SUBJECT, audience="cafe", program="BEANS", **given)


def test_a_token_says_what_it_was_made_for():
    token = made()

    claims = tokens.read_token(token.text, at=AT, audience="cafe", purpose="voucher")

    assert claims == token.claims
    assert (claims.subject, claims.audience, claims.program, claims.purpose) == (SUBJECT, "cafe", "BEANS", "voucher")
    assert (claims.issued_at, claims.not_before, claims.expires_at) == (BEGINS, BEGINS, BEGINS + MINUTE)


def test_two_tokens_of_the_same_are_not_the_same():
    assert made().claims.token_id != made().claims.token_id


def test_a_usual_token_has_265_characters():
    token = made()

    assert len(token.text) == 265
    assert set(token.text) <= set("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:")


@pytest.mark.parametrize(
    ("purpose", "life", "is_allowed"),
    [
        ("voucher", timedelta(seconds=120), True),
        ("voucher", timedelta(seconds=121), False),
        ("member", timedelta(seconds=120), True),
        ("member", timedelta(days=1), False),
        ("stamp", timedelta(days=400), True),
        ("stamp", timedelta(days=400, seconds=1), False),
        ("voucher", timedelta(0), False),
    ],
)
def test_a_purpose_bounds_the_life_of_its_tokens(purpose, life, is_allowed):
    if is_allowed:
        token = made(purpose, life=life)
        assert tokens.read_token(token.text, at=AT).expires_at == BEGINS + life
    else:
        with pytest.raises(ValueError, match="does not live"):
            made(purpose, life=life)


def test_only_stamps_that_live_long_are_printed():
    assert tokens.is_printed(made("stamp", life=timedelta(days=30)).claims)
    assert not tokens.is_printed(made("stamp").claims)
    assert not tokens.is_printed(made("voucher").claims)


@pytest.mark.parametrize(
    ("seconds", "refusal"),
    [
        (-6, errors.TokenNotYetValid),
        (-5, None),
        (0, None),
        (64, None),
        (65, errors.TokenExpired),
        (3600, errors.TokenExpired),
    ],
)
def test_clocks_may_be_five_seconds_apart(seconds, refusal):
    token = made()

    if refusal:
        with pytest.raises(refusal):
            tokens.read_token(token.text, at=BEGINS + timedelta(seconds=seconds))
    else:
        assert tokens.read_token(token.text, at=BEGINS + timedelta(seconds=seconds)) == token.claims


LATER = BEGINS + timedelta(hours=1)
BAD = {
    "wrong-issuer": lambda token: signed_anew(token, issuer="somebody"),
    "unknown-key": lambda token: signed_anew(token, kid="ZZZZ"),
    "bad-signature": lambda token: signed_anew(token, key=STRANGER),
    "bad-signature ": lambda token: with_changed_byte(token, b"BEANS", b"BEANZ"),
    "wrong-algorithm": lambda token: with_header(token, {1: 5, 4: "kid"}),
    "wrong-algorithm ": lambda token: with_header(token, {1: 0, 4: "kid"}),
    "token-life-too-long": lambda token: signed_anew(token, expires_at=BEGINS + timedelta(seconds=121)),
    "token-life-too-long ": lambda token: signed_anew(token, not_before=BEGINS - timedelta(seconds=61)),
    "token-life-too-long  ": lambda token: signed_anew(token, expires_at=datetime(9999, 12, 31, tzinfo=UTC)),
    "token-life-too-long   ": lambda token: signed_anew(
        token, purpose="stamp", expires_at=BEGINS + timedelta(days=400, seconds=1)
    ),
    "token-not-yet-valid": lambda token: signed_anew(
        token, issued_at=LATER, not_before=LATER, expires_at=LATER + MINUTE
    ),
    "token-not-yet-valid ": lambda token: signed_anew(token, issued_at=BEGINS + timedelta(seconds=30)),
    "token-expired": lambda token: signed_anew(
        token, issued_at=BEGINS - 2 * MINUTE, not_before=BEGINS - 2 * MINUTE, expires_at=BEGINS - MINUTE
    ),
    "wrong-audience": lambda token: signed_anew(token, audience="bistro"),
    "wrong-purpose": lambda token: signed_anew(token, purpose="member"),
    "malformed-token": lambda token: token.text[:-6],
    "malformed-token ": lambda token: token.text.removeprefix("LY1:"),
    "malformed-token  ": lambda token: token.text.lower(),
    "malformed-token   ": lambda token: token.text + "0" * 600,
    "malformed-token    ": lambda token: f" {token.text}",
    "malformed-token     ": lambda token: "",
    "malformed-token      ": lambda token: "LY1:",
    "malformed-token       ": lambda token: signed_anew(token, expires_at=BEGINS),
    "malformed-token        ": lambda token: "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.eyJzdWIiOiJhbmEifQ.",
}


@pytest.mark.parametrize(("code", "forged"), BAD.items(), ids=BAD)
def test_a_bad_token_is_refused_by_its_own_code(code, forged):
    bad = forged(made())

    with pytest.raises(errors.TokenRefused) as refused:
        tokens.read_token(bad, at=AT, audience="cafe", purpose="voucher")

    assert refused.value.code == code.strip()


def test_a_retired_key_verifies_what_it_signed_in_its_time_and_nothing_of_after():
    old, printed = made(), made("stamp", life=timedelta(days=400))
    first = cwt.read(tokens.base45.decode(old.text.removeprefix("LY1:"))).kid
    private = tokens.keys.signing_key(AT).private
    rotate_keys(at=AT)
    later = BEGINS + timedelta(hours=2)

    assert tokens.read_token(old.text, at=AT) == old.claims
    assert tokens.read_token(printed.text, at=BEGINS + timedelta(days=399)) == printed.claims
    with clock.at(later):
        stolen = signed_anew(old, kid=first, key=private, issued_at=later, not_before=later, expires_at=later + MINUTE)
        with pytest.raises(errors.RetiredKey):
            tokens.read_token(stolen, at=later)
        assert tokens.read_token(made().text, at=later).issued_at == later


def test_a_key_that_leaked_verifies_nothing_any_more():
    old, printed = made(), made("stamp", life=timedelta(days=400))

    revoke_keys(at=AT)

    for token in (old, printed):
        with pytest.raises(errors.RetiredKey):
            tokens.read_token(token.text, at=AT)
    fresh = made()
    assert tokens.read_token(fresh.text, at=AT) == fresh.claims
