"""Sessions: what a token is worth, when it stops, and that a refresh token is good once."""

import base64
import hashlib
import hmac
import json
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import jwt
import pytest
from django.conf import settings
from django.db import connections
from rest_framework_simplejwt.token_blacklist.models import OutstandingToken

from loyalty.events.models import Event
from loyalty.identity import tokens
from loyalty.identity.errors import InvalidCredentials, InvalidToken
from loyalty.identity.models import Person, Staff
from loyalty.identity.selectors import person_principal

PASSWORD = "correct horse battery"
SECRET = settings.JWT_SIGNING_KEY


def claims_of(raw):
    return jwt.decode(raw, options={"verify_signature": False})


def test_a_token_says_what_the_person_is(ana, barista, cafe, operator):
    Staff.objects.create(person=ana.person, brand=cafe, role="admin")

    claims = tokens.issue_access(ana.person).payload

    assert claims["roles"] == ["cafe:admin", "member"]
    assert (claims["brands"], claims["member_id"], claims["v"]) == ([str(cafe.id)], str(ana.id), 0)
    assert claims["exp"] - claims["iat"] == 600
    assert tokens.issue_access(operator).payload["roles"] == ["operator"]
    assert tokens.issue_access(barista).payload["roles"] == ["cafe:staff"]


def test_what_counts_is_what_the_person_is_now(barista, cafe, bistro):
    assert person_principal(barista.id, token_version=0).brands == {cafe.id: "staff"}

    Staff.objects.filter(person=barista).update(role="partner")
    Staff.objects.create(person=barista, brand=bistro, role="admin", is_active=False)
    assert person_principal(barista.id, token_version=0).brands == {cafe.id: "partner"}

    Person.objects.filter(id=barista.id).update(is_active=False)
    assert person_principal(barista.id, token_version=0) is None


def test_an_unknown_address_is_refused_like_a_wrong_password_and_costs_the_same_hash(ana, monkeypatch):
    hashed = []
    encode = tokens.make_password
    monkeypatch.setattr(tokens, "make_password", lambda password: hashed.append(password) or encode(password))

    with pytest.raises(InvalidCredentials) as unknown:
        tokens.log_in("nobody@example.com", PASSWORD)
    with pytest.raises(InvalidCredentials) as wrong:
        tokens.log_in(ana.email, "wrong")

    assert unknown.value.detail == wrong.value.detail
    assert hashed == [PASSWORD]


def test_nobody_logs_in_who_is_switched_off(ana):
    Person.objects.filter(id=ana.person_id).update(is_active=False)

    with pytest.raises(InvalidCredentials):
        tokens.log_in(ana.email, PASSWORD)


def test_the_table_of_refresh_tokens_opens_nothing(ana):
    pair = tokens.log_in(" ANA@example.com ", PASSWORD)

    row = OutstandingToken.objects.get()
    assert row.token == claims_of(pair.refresh)["family"]
    assert pair.refresh not in str(OutstandingToken.objects.values())


def test_a_refresh_gives_the_next_pair_of_the_same_session(ana):
    first = tokens.log_in(ana.email, PASSWORD)
    second = tokens.refresh_session(first.refresh)

    before, after = claims_of(first.refresh), claims_of(second.refresh)
    assert before["jti"] != after["jti"]
    assert (before["family"], before["until"]) == (after["family"], after["until"])
    assert tokens.read_access(second.access)["sub"] == str(ana.person_id)


def test_a_second_use_ends_the_session_and_no_other(ana):
    first = tokens.log_in(ana.email, PASSWORD)
    other = tokens.log_in(ana.email, PASSWORD)
    second = tokens.refresh_session(first.refresh)

    for refresh in (first.refresh, second.refresh):
        with pytest.raises(InvalidToken):
            tokens.refresh_session(refresh)
    assert tokens.refresh_session(other.refresh)
    assert Event.objects.filter(type="session.reused", aggregate_id=ana.person_id).exists()


@pytest.mark.django_db(transaction=True)
def test_of_eight_refreshes_at_once_one_succeeds_and_its_successor_is_dead(ana):
    refresh = tokens.log_in(ana.email, PASSWORD).refresh
    start = Barrier(8)

    def run(_):
        try:
            start.wait()
            return tokens.refresh_session(refresh)
        except InvalidToken:
            return None
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        pairs = [pair for pair in pool.map(run, range(8)) if pair]

    assert len(pairs) == 1
    with pytest.raises(InvalidToken):
        tokens.refresh_session(pairs[0].refresh)


def test_a_session_ends_thirty_days_after_the_log_in_however_often_it_was_refreshed(ana):
    until = int(time.time()) + 3600

    pair = tokens.issue_pair(ana.person, until=until)
    pair = tokens.refresh_session(pair.refresh)

    assert claims_of(pair.refresh)["exp"] == until
    assert claims_of(tokens.log_in(ana.email, PASSWORD).refresh)["until"] - time.time() == pytest.approx(
        timedelta(days=30).total_seconds(), abs=5
    )


def test_log_out_ends_the_session_and_repeating_it_changes_nothing(ana):
    first = tokens.log_in(ana.email, PASSWORD)
    second = tokens.refresh_session(first.refresh)

    tokens.log_out(second.refresh)
    tokens.log_out(second.refresh)

    with pytest.raises(InvalidToken):
        tokens.refresh_session(second.refresh)


def test_log_out_everywhere_makes_every_token_worthless_at_once(ana):
    pairs = [tokens.log_in(ana.email, PASSWORD) for _ in range(2)]

    tokens.log_out_everywhere(ana.person_id, actor=f"person:{ana.person_id}")

    for pair in pairs:
        with pytest.raises(InvalidToken):
            tokens.refresh_session(pair.refresh)
        claims = tokens.read_access(pair.access)
        assert person_principal(claims["sub"], token_version=claims["v"]) is None
    assert tokens.log_in(ana.email, PASSWORD)


def test_a_raised_token_version_ends_a_session_even_if_nothing_else_does(ana):
    refresh = tokens.log_in(ana.email, PASSWORD).refresh
    Person.objects.filter(id=ana.person_id).update(token_version=1)

    with pytest.raises(InvalidToken):
        tokens.refresh_session(refresh)


def test_a_refresh_token_is_no_access_token_and_the_other_way_round(ana):
    pair = tokens.log_in(ana.email, PASSWORD)

    with pytest.raises(InvalidToken):
        tokens.read_access(pair.refresh)
    with pytest.raises(InvalidToken):
        tokens.refresh_session(pair.access)


def _b64(value: dict) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def _by_hand(header: dict, claims: dict, secret: str = SECRET) -> str:
    signed = f"{_b64(header)}.{_b64(claims)}"
    signature = hmac.new(secret.encode(), signed.encode(), hashlib.sha256).digest()
    return f"{signed}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


def _bad_tokens(good: dict) -> dict[str, str]:
    now = int(time.time())
    usual = {"alg": "HS256", "typ": "JWT"}
    head, body, signature = _by_hand(usual, good).split(".")
    return {
        "no algorithm": f"{_b64({'alg': 'none'})}.{_b64(good)}.",
        "another algorithm of the same key": jwt.encode(good, SECRET, algorithm="HS512"),
        "signature stripped": f"{head}.{body}.",
        "claims changed after signing": f"{head}.{_b64({**good, 'roles': ['operator']})}.{signature}",
        "another key": _by_hand(usual, good, "x" * 50),
        "unknown critical extension": _by_hand({**usual, "crit": ["exotic"], "exotic": 1}, good),
        "run out": _by_hand(usual, {**good, "iat": now - 1000, "exp": now - 400}),
        "never runs out": _by_hand(usual, {name: good[name] for name in good if name != "exp"}),
        "runs out at the end of time": _by_hand(usual, {**good, "exp": 1e308}),
        "runs out at a fraction of a second": _by_hand(usual, {**good, "exp": good["exp"] - 0.5}),
        "lives a year": _by_hand(usual, {**good, "exp": now + 365 * 86400}),
        "made in the future": _by_hand(usual, {**good, "iat": now + 3600, "exp": now + 4200}),
        "for another audience": _by_hand(usual, {**good, "aud": "elsewhere"}),
        "by another issuer": _by_hand(usual, {**good, "iss": "elsewhere"}),
        "of another kind": _by_hand(usual, {**good, "token_type": "refresh"}),
        "of no version": _by_hand(usual, {name: good[name] for name in good if name != "v"}),
        "of a version beyond all": _by_hand(usual, {**good, "v": 2**70}),
        "about a word": _by_hand(usual, {**good, "sub": "ana"}),
        "not a token": "a.b.c",
    }


def test_only_the_good_token_is_taken(ana):
    good = claims_of(str(tokens.issue_access(ana.person)))
    tricks = {"kid": "../../dev/null", "jku": "https://evil.example/keys"}

    taken = [name for name, raw in _bad_tokens(good).items() if _is_taken(raw)]

    assert taken == []
    assert _is_taken(_by_hand({"alg": "HS256", "typ": "JWT"}, good))
    assert not _is_taken(_by_hand({"alg": "HS256", "typ": "JWT", **tricks}, good, "x" * 50))


def _is_taken(raw: str) -> bool:
    try:
        tokens.read_access(raw)
    except InvalidToken:
        return False
    return True
