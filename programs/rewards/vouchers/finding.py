"""Vouchers by id or code, for whoever may see them: one round trip, and wrong codes are counted."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec
from django.db import connection

from loyalty import clock
from loyalty.errors import Conflict, NotFound
from loyalty.identity.principals import Principal
from loyalty.identity.selectors import as_uuid
from programs.rewards.models import Voucher
from programs.rewards.vouchers.codes import read_code
from programs.rewards.vouchers.guessing import count_wrong_code, names_of, refuse_guessers


class AmbiguousVoucher(Conflict):
    """Two of your brands have a voucher with this code: name it by its id."""

    code = "ambiguous-voucher"


class _Row(msgspec.Struct):
    """A voucher as the database tells it; the names are the model's."""

    id: UUID
    brand_id: UUID
    program_id: UUID
    reward_id: UUID | None
    member_id: UUID | None
    batch_id: UUID | None
    code: str
    external_code: str
    kind: str
    status: str
    terms: dict
    uses: int
    uses_max: int | None
    member_uses_max: int | None
    value_minor: int | None
    balance_minor: int | None
    points: int
    posting_id: UUID | None
    occasion: str
    starts_at: datetime | None
    expires_at: datetime | None
    issued_at: datetime
    claimed_at: datetime | None
    redeemed_at: datetime | None
    expired_at: datetime | None
    disabled_at: datetime | None
    disabled_reason: str
    created_by: str


class Spot(msgspec.Struct, frozen=True):
    """A location."""

    id: UUID
    code: str
    name: str


class ProgramOfVoucher(msgspec.Struct, frozen=True):
    """What decides of the program."""

    code: str
    status: str
    money_currency: str


class EarlierUse(msgspec.Struct, frozen=True):
    """The redemption that a key made before."""

    id: UUID
    fingerprint: str
    answer: dict


class _Guesses(msgspec.Struct):
    whose: str
    count: int
    until: datetime


class _Answer(msgspec.Struct):
    guesses: list[_Guesses] | None
    voucher: _Row | None = None
    program: ProgramOfVoucher | None = None
    use: EarlierUse | None = None
    is_token_used: bool = False
    bound: Spot | None = None
    location: Spot | None = None
    member_id: UUID | None = None
    membership: str | None = None
    member_uses: int = 0
    is_ambiguous: bool = False


_FIELDS = _Row.__struct_fields__
_decode = msgspec.json.Decoder(_Answer).decode


@dataclass(frozen=True, slots=True)
class Asked:
    """What a redemption names beside the voucher; all of it is looked up with it."""

    key: str = ""
    location: str = ""
    member: str = ""
    token_id: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """A voucher with what decides whether it can be used: its program, the use that the key made before, the location
    to which who asks is bound, the location and the member that were named (None: there is no such one), that member's
    or the voucher's owner's part in the program and how often they used it."""

    voucher: Voucher
    program: ProgramOfVoucher
    use: EarlierUse | None
    is_token_used: bool
    bound: Spot | None
    location: Spot | None
    member_id: UUID | None
    membership: str | None
    member_uses: int


def find_voucher(principal: Principal, ref: str | UUID, *, permission: str, address: str = "") -> Voucher:
    """The voucher by id or code, if the principal may do that with it: at their brands any, else their own only. Wrong
    codes are counted, of the principal, of the network `address` where it is given, of the brand. One round trip.
    Refusals: TooMany, NotFound, AmbiguousVoucher, Forbidden, ScopeMissing."""
    voucher = look_up(principal, ref, address=address).voucher
    principal.require(permission, voucher.brand_id, member_id=voucher.member_id)
    return voucher


def look_up(principal: Principal, ref: str | UUID, *, asked: Asked | None = None, address: str = "") -> Found:
    """The voucher by id or code with what decides of its use, whatever the principal may do with it.
    Refusals: TooMany, NotFound, AmbiguousVoucher."""
    uuid = as_uuid(ref)
    names = {} if uuid else names_of(principal, address)
    with connection.cursor() as cursor:
        cursor.execute("select programs_find_voucher(%s::jsonb)::text", [_question(principal, ref, uuid, names, asked)])
        answer = _decode(cursor.fetchone()[0])
    if names:
        refuse_guessers(names, {one.whose: (one.count, one.until) for one in answer.guesses or ()})
    if answer.is_ambiguous:
        raise AmbiguousVoucher()
    if answer.voucher is None:
        if names:
            count_wrong_code(principal, names)
        raise NotFound("There is no such voucher, or it is not yours to see.")
    row = answer.voucher
    return Found(
        voucher=Voucher.from_db("default", _FIELDS, [getattr(row, name) for name in _FIELDS]),
        program=answer.program,
        use=answer.use,
        is_token_used=answer.is_token_used,
        bound=answer.bound,
        location=answer.location,
        member_id=answer.member_id,
        membership=answer.membership,
        member_uses=answer.member_uses,
    )


def _question(principal: Principal, ref, uuid: UUID | None, names: dict[str, str], asked: Asked | None) -> str:
    question = {
        "id": uuid,
        "code": None if uuid else read_code(str(ref)),
        "brands": principal.brand_ids,
        "self": principal.member_id,
        "now": clock.now(),
        "guessers": list(names.values()),
    }
    if asked:
        member, location = as_uuid(asked.member), as_uuid(asked.location)
        question |= {
            "is_use": True,
            "key": asked.key or None,
            "token_id": asked.token_id or None,
            "person": principal.id if principal.kind == "person" and principal.brands else None,
            "location": asked.location.replace("\0", ""),
            "location_uuid": location,
            "member": asked.member.replace("\0", ""),
            "member_uuid": member,
        }
    return msgspec.json.encode(question).decode()
