"""Signed claims: a CBOR Web Token (RFC 8392) in a COSE_Sign1 (RFC 9052), signed with Ed25519. Pure: keys and the time
are given. The tag 18 of COSE_Sign1 stands before it; the tag 61, which a CWT may have in front of that, does not."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import cbor2
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from programs.rewards.qr.errors import BadSignature, MalformedToken, WrongAlgorithm

VOUCHER, MEMBER, STAMP = "voucher", "member", "stamp"
PURPOSES = {1: VOUCHER, 2: MEMBER, 3: STAMP}
"""What the number in the claim of the purpose says."""

ISSUER, SUBJECT, AUDIENCE, EXPIRES, NOT_BEFORE, ISSUED, TOKEN_ID = range(1, 8)
PURPOSE, PROGRAM = -65537, -65538
KEYS = (ISSUER, SUBJECT, AUDIENCE, EXPIRES, NOT_BEFORE, ISSUED, TOKEN_ID, PURPOSE, PROGRAM)
"""The claims: the seven that are registered, and two of the range for private use. All of them, in this order."""

ALGORITHM, KEY_ID, EDDSA = 1, 4, -8
SIGN1_TAG = 18
BYTES_MAX = 400
TEXT_BYTES_MAX = 100
TOKEN_ID_BYTES = 16
SIGNATURE_BYTES = 64
SECONDS_MAX = 253_402_300_799
"""The last second of the year 9999."""

UNSIGNED, NEGATIVE, BYTES, TEXT, ARRAY, MAP, TAG = range(7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """What a token says. `subject` is the voucher, the membership or the stamp card; `audience` is the brand's code;
    `token_id` are 32 hexadecimal digits."""

    issuer: str
    subject: UUID
    audience: str
    expires_at: datetime
    not_before: datetime
    issued_at: datetime
    token_id: str
    purpose: str
    program: str


@dataclass(frozen=True, slots=True)
class Signed:
    """A token that was taken apart and not verified: nothing in it is to be believed yet."""

    kid: str
    claims: Claims
    content: bytes
    signature: bytes

    def verify(self, key: Ed25519PublicKey) -> Claims:
        """The claims, if that key signed them. Raises BadSignature."""
        try:
            key.verify(self.signature, self.content)
        except InvalidSignature:
            raise BadSignature() from None
        return self.claims


def sign(claims: Claims, kid: str, key: Ed25519PrivateKey) -> bytes:
    """The token. The same claims and key give the same bytes."""
    protected = cbor2.dumps({ALGORITHM: EDDSA, KEY_ID: kid.encode()})
    payload = cbor2.dumps(_as_map(claims))
    signature = key.sign(_content(protected, payload))
    return cbor2.dumps(cbor2.CBORTag(SIGN1_TAG, [protected, {}, payload, signature]))


def read(data: bytes) -> Signed:
    """A token taken apart. Only what `sign` writes is read: every claim once and in order, lengths told beforehand,
    numbers as short as can be, nothing behind it. Refusals: WrongAlgorithm (a MalformedToken), MalformedToken."""
    if len(data) > BYTES_MAX:
        raise MalformedToken("The code is too long.")
    outer = _Reader(data)
    outer.expect(TAG, SIGN1_TAG)
    outer.expect(ARRAY, 4)
    protected = outer.bytes()
    outer.expect(MAP, 0)
    payload = outer.bytes()
    signature = outer.bytes(SIGNATURE_BYTES)
    outer.end()
    return Signed(_kid_in(protected), _claims_in(payload), _content(protected, payload), signature)


def _as_map(claims: Claims) -> dict:
    numbers = {name: number for number, name in PURPOSES.items()}
    return {
        ISSUER: claims.issuer,
        SUBJECT: urlsafe_b64encode(claims.subject.bytes).rstrip(b"=").decode(),
        AUDIENCE: claims.audience,
        EXPIRES: int(claims.expires_at.timestamp()),
        NOT_BEFORE: int(claims.not_before.timestamp()),
        ISSUED: int(claims.issued_at.timestamp()),
        TOKEN_ID: bytes.fromhex(claims.token_id),
        PURPOSE: numbers[claims.purpose],
        PROGRAM: claims.program,
    }


def _content(protected: bytes, payload: bytes) -> bytes:
    """What is signed: the Sig_structure of RFC 9052, section 4.4."""
    return cbor2.dumps(["Signature1", protected, b"", payload])


def _kid_in(protected: bytes) -> str:
    header = _Reader(protected)
    header.expect(MAP, 2)
    header.expect(UNSIGNED, ALGORITHM)
    if header.number() != EDDSA:
        raise WrongAlgorithm()
    header.expect(UNSIGNED, KEY_ID)
    kid = header.bytes()
    header.end()
    if not kid or not kid.isascii():
        raise MalformedToken()
    return kid.decode()


def _claims_in(payload: bytes) -> Claims:
    body = _Reader(payload)
    body.expect(MAP, len(KEYS))
    found: dict = {}
    for key in KEYS:
        if body.number() != key:
            raise MalformedToken("The code does not hold the claims that codes have.")
        if key in (EXPIRES, NOT_BEFORE, ISSUED):
            found[key] = body.moment()
        elif key == TOKEN_ID:
            found[key] = body.bytes(TOKEN_ID_BYTES).hex()
        else:
            found[key] = body.number() if key == PURPOSE else body.text()
    body.end()
    if found[PURPOSE] not in PURPOSES:
        raise MalformedToken("The code is for something that we do not know.")
    return Claims(
        issuer=found[ISSUER],
        subject=_uuid_in(found[SUBJECT]),
        audience=found[AUDIENCE],
        expires_at=found[EXPIRES],
        not_before=found[NOT_BEFORE],
        issued_at=found[ISSUED],
        token_id=found[TOKEN_ID],
        purpose=PURPOSES[found[PURPOSE]],
        program=found[PROGRAM],
    )


def _uuid_in(text: str) -> UUID:
    try:
        found = UUID(bytes=urlsafe_b64decode(f"{text}==".encode()))
    except (Error, ValueError):
        raise MalformedToken("The code is about something that we do not know.") from None
    if urlsafe_b64encode(found.bytes).rstrip(b"=").decode() != text:
        raise MalformedToken("The code is about something that we do not know.")
    return found


class _Reader:
    """Reads CBOR (RFC 8949) from the front, and only as much of it as a token needs."""

    def __init__(self, data: bytes):
        self.data = data
        self.at = 0

    def take(self, count: int) -> bytes:
        taken = self.data[self.at : self.at + count]
        if len(taken) < count:
            raise MalformedToken("The code breaks off.")
        self.at += count
        return taken

    def head(self) -> tuple[int, int]:
        """The kind of what follows and its number: a value, a length or a tag. Refuses lengths that are not told, and
        numbers that are longer than they need to be."""
        first = self.take(1)[0]
        kind, short = first >> 5, first & 31
        if short < 24:
            return kind, short
        if short > 27:
            raise MalformedToken()
        size = 1 << (short - 24)
        number = int.from_bytes(self.take(size))
        if number < (24 if size == 1 else 1 << (4 * size)):
            raise MalformedToken()
        return kind, number

    def expect(self, kind: int, number: int) -> None:
        if self.head() != (kind, number):
            raise MalformedToken()

    def number(self) -> int:
        kind, number = self.head()
        if kind not in (UNSIGNED, NEGATIVE):
            raise MalformedToken()
        return number if kind == UNSIGNED else -1 - number

    def moment(self) -> datetime:
        seconds = self.number()
        if not 0 <= seconds <= SECONDS_MAX:
            raise MalformedToken("The code holds a time that is none.")
        return datetime.fromtimestamp(seconds, UTC)

    def bytes(self, wanted: int | None = None) -> bytes:
        kind, length = self.head()
        if kind != BYTES or (wanted is not None and length != wanted):
            raise MalformedToken()
        return self.take(length)

    def text(self) -> str:
        kind, length = self.head()
        if kind != TEXT or not 1 <= length <= TEXT_BYTES_MAX:
            raise MalformedToken()
        try:
            found = self.take(length).decode()
        except UnicodeDecodeError:
            raise MalformedToken() from None
        if not found.isprintable():
            raise MalformedToken()
        return found

    def end(self) -> None:
        if self.at != len(self.data):
            raise MalformedToken("Something stands behind the code.")
