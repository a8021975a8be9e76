"""Signed claims: what is written, and how little else is read."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import cbor2
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from programs.rewards.qr import cwt
from programs.rewards.qr.errors import BadSignature, MalformedToken, WrongAlgorithm

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
AT = datetime(2026, 10, 1, 12, tzinfo=UTC)
CLAIMS = cwt.Claims(
    issuer="loyalty",
    subject=UUID("019a9f30-5c1e-7d7b-9a54-3f0e2b1c4d60"),
    audience="cafe",
    expires_at=AT + timedelta(seconds=60),
    not_before=AT,
    issued_at=AT,
    token_id="00112233445566778899aabbccddeeff",
    purpose=cwt.VOUCHER,
    program="BEANS",
)
TOKEN = cwt.sign(CLAIMS, "ABCD", KEY)
PAYLOAD = {
    1: "loyalty", 2: "AZqfMFwefXuaVD8OKxxNYA", 3: "cafe", 4: 1790856060, 5: 1790856000, 6: 1790856000,
    7: bytes.fromhex(CLAIMS.token_id), -65537: 1, -65538: "BEANS",
}  # fmt: skip


def signed(payload=PAYLOAD, *, protected=None, unprotected=None, tag=18):
    """A token with a right signature, whatever it says."""
    body = payload if isinstance(payload, bytes) else cbor2.dumps(payload)
    head = protected if isinstance(protected, bytes) else cbor2.dumps(protected or {1: -8, 4: b"ABCD"})
    signature = KEY.sign(cbor2.dumps(["Signature1", head, b"", body]))
    return cbor2.dumps(cbor2.CBORTag(tag, [head, unprotected or {}, body, signature]))


def test_a_token_says_what_was_signed_and_by_which_key():
    read = cwt.read(TOKEN)

    assert read.kid == "ABCD"
    assert read.verify(KEY.public_key()) == CLAIMS


def test_a_token_is_what_another_cbor_library_makes_of_its_claims():
    assert signed() == TOKEN
    assert len(TOKEN) == 174


def test_another_key_and_a_changed_claim_are_noticed():
    changed = cwt.sign(CLAIMS, "ABCD", KEY).replace(b"BEANS", b"BEANZ")

    with pytest.raises(BadSignature):
        cwt.read(changed).verify(KEY.public_key())
    with pytest.raises(BadSignature):
        cwt.read(TOKEN).verify(Ed25519PrivateKey.generate().public_key())


BAD = {
    "nothing": b"",
    "tag 61 before it": b"\xd8\x3d" + TOKEN,
    "no tag": TOKEN[1:],
    "another tag": signed(tag=17),
    "something behind it": TOKEN + b"\x00",
    "too long": TOKEN + bytes(400),
    "an array of unknown length": b"\xd2\x9f" + TOKEN[2:] + b"\xff",
    "a length longer than need be": TOKEN.replace(b"\xd2\x84\x49", b"\xd2\x84\x58\x09"),
    "a huge length": b"\xd2\x84\x5b" + b"\xff" * 8,
    "something unprotected": signed(unprotected={4: b"ABCD"}),
    "no kid": signed(protected={1: -8}),
    "an empty kid": signed(protected={1: -8, 4: b""}),
    "a kid of other letters": signed(protected={1: -8, 4: "É".encode()}),
    "a kid that is text": signed(protected={1: -8, 4: "ABCD"}),
    "one more header": signed(protected={1: -8, 4: b"ABCD", 5: b""}),
    "a header twice": signed(protected=b"\xa2\x01\x27\x01\x27"),
    "one more claim": signed({**PAYLOAD, -65539: 1}),
    "a claim less": signed({key: value for key, value in PAYLOAD.items() if key != 7}),
    "a claim twice": signed(b"\xa9" + cbor2.dumps(PAYLOAD)[1:].replace(b"\x03\x64cafe", b"\x01\x64cafe")),
    "claims in another order": signed(dict(reversed(PAYLOAD.items()))),
    "claims of unknown length": signed(b"\xbf" + cbor2.dumps(PAYLOAD)[1:] + b"\xff"),
    "something behind the claims": signed(cbor2.dumps(PAYLOAD) + b"\x00"),
    "a time that is a fraction": signed({**PAYLOAD, 4: 1790856060.5}),
    "a time without an end": signed({**PAYLOAD, 4: 1e308}),
    "a time far away": signed({**PAYLOAD, 4: 2**63}),
    "a time before all": signed({**PAYLOAD, 4: -1}),
    "a time that is tagged": signed({**PAYLOAD, 4: cbor2.CBORTag(1, 1790856060)}),
    "an unknown purpose": signed({**PAYLOAD, -65537: 9}),
    "a purpose that is text": signed({**PAYLOAD, -65537: "voucher"}),
    "a purpose that is true": signed({**PAYLOAD, -65537: True}),
    "a short id": signed({**PAYLOAD, 7: b"short"}),
    "an id that is text": signed({**PAYLOAD, 7: "0011223344556677"}),
    "a subject that is no uuid": signed({**PAYLOAD, 2: "somebody"}),
    "a subject with bits left over": signed({**PAYLOAD, 2: "AZqfMFwefXuaVD8OKxxNYB"}),
    "a subject with padding": signed({**PAYLOAD, 2: "AZqfMFwefXuaVD8OKxxNYA=="}),
    "an empty audience": signed({**PAYLOAD, 3: ""}),
    "an endless audience": signed({**PAYLOAD, 3: "x" * 101}),
    "an audience with a NUL": signed({**PAYLOAD, 3: "ca\x00fe"}),
    "an audience that is no text": signed({**PAYLOAD, 3: b"cafe"}),
    "a list of audiences": signed({**PAYLOAD, 3: ["cafe"]}),
    "letters that are none": signed(cbor2.dumps(PAYLOAD).replace(b"\x64cafe", b"\x64caf\xff")),
}


@pytest.mark.parametrize("data", BAD.values(), ids=BAD)
def test_what_nobody_signs_in_this_way_is_not_read_though_its_signature_be_right(data):
    with pytest.raises(MalformedToken) as refused:
        cwt.read(data)

    assert refused.value.code == "malformed-token"


@pytest.mark.parametrize("algorithm", [0, 5, -7, -19, -257])
def test_another_algorithm_is_refused_by_its_name(algorithm):
    with pytest.raises(WrongAlgorithm):
        cwt.read(signed(protected={1: algorithm, 4: b"ABCD"}))


@given(st.binary(max_size=420))
def test_random_bytes_are_refused_and_never_worse(data):
    with pytest.raises(MalformedToken):
        cwt.read(data)


@given(st.integers(0, len(TOKEN) - 1), st.integers(0, 255))
def test_any_changed_byte_is_refused(at, byte):
    changed = TOKEN[:at] + bytes([byte]) + TOKEN[at + 1 :]
    if changed == TOKEN:
        return

    with pytest.raises((MalformedToken, BadSignature)):
        cwt.read(changed).verify(KEY.public_key())


@given(st.integers(0, len(TOKEN) - 1))
def test_any_part_of_a_token_is_refused(length):
    with pytest.raises(MalformedToken):
        cwt.read(TOKEN[:length])


@given(
    st.recursive(
        st.none() | st.integers() | st.binary(max_size=20) | st.text(max_size=20),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.integers(), inner, max_size=9),
    )
)
def test_any_other_thing_in_cbor_is_refused(thing):
    for data in (cbor2.dumps(thing), signed(cbor2.dumps(thing)), cbor2.dumps(cbor2.CBORTag(18, thing))):
        with pytest.raises(MalformedToken):
            cwt.read(data)
