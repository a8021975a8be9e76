"""Vouchers at the till: validated (nothing moves) and redeemed, once and only once, in two round trips."""

from datetime import datetime
from uuid import UUID

import msgspec
from django.db import connection

from ledger.errors import KeyReused
from loyalty import clock
from loyalty.errors import Invalid, LoyaltyError, NotFound
from loyalty.identity.locations import OtherLocation
from loyalty.identity.principals import Principal
from loyalty.ids import uuid7
from programs.rewards.models import Voucher
from programs.rewards.vouchers import errors
from programs.rewards.vouchers.asking import Order, Redeemed, RedeemRequest, Validated
from programs.rewards.vouchers.finding import Spot, look_up
from programs.rewards.vouchers.judging import Judged, judge
from programs.rewards.vouchers.rolling_back import rollback_redemption

__all__ = [
    "Order",
    "RedeemRequest",
    "Redeemed",
    "Validated",
    "redeem_voucher",
    "rollback_redemption",
    "validate_voucher",
]

REFUSALS = {
    kind.code: kind
    for kind in (
        KeyReused,
        errors.TokenUsed,
        errors.VoucherDisabled,
        errors.VoucherUsedUp,
        errors.VoucherNotStarted,
        errors.VoucherExpired,
        errors.MemberUsedUp,
    )
}


class _Answer(msgspec.Struct):
    """What a redemption answers, as it is kept; the voucher's own facts as they were then."""

    status: str
    uses: int
    redeemed_at: datetime
    discount_minor: int
    balance_after_minor: int | None
    currency: str
    order_minor: int | None
    lines: list[int]
    location: Spot | None
    reference: str
    member_id: UUID | None
    program_id: UUID
    owner_id: UUID | None
    starts_at: datetime | None
    expires_at: datetime | None


class _Outcome(msgspec.Struct):
    outcome: str
    use_id: UUID | None = None
    answer: _Answer | None = None


_decode = msgspec.json.Decoder(_Outcome).decode


def validate_voucher(principal: Principal, request: RedeemRequest) -> Validated:
    """What the voucher would take off if it were redeemed now, or why it would not be; nothing moves, whatever was
    asked and however often. Refusals: TooMany, NotFound, AmbiguousVoucher, Forbidden, ScopeMissing, Invalid (location),
    OtherLocation, NotFound (the member; to members everybody else). What else `judge` refuses the answer tells."""
    found = look_up(principal, request.voucher, asked=request.asked(), address=request.address)
    voucher = found.voucher
    principal.require("vouchers.validate", voucher.brand_id, member_id=voucher.member_id)
    works_there = principal.is_operator or voucher.brand_id in principal.brands
    if request.member and not works_there and found.member_id != principal.member_id:
        raise NotFound("There is no such member, or they are not yours to see.", pointer="/member_id")
    try:
        judged = judge(found, request, request.at or clock.now())
    except (NotFound, Invalid, OtherLocation):
        raise
    except LoyaltyError as refusal:
        return Validated(voucher, refusal=refusal)
    order_minor = request.order.amount_minor if request.order else None
    return Validated(voucher, judged.discount.minor, judged.discount.lines, judged.currency, order_minor)


def redeem_voucher(principal: Principal, request: RedeemRequest) -> Redeemed:
    """Uses the voucher once: writes the use, the voucher's new state, the used token and the event voucher.redeemed
    together. Amounts are in the currency's smallest unit. The same key again answers the first answer, whatever
    happened since. What stands against it is asked again under the lock of the voucher's row, so that of many at once
    no more succeed than there are uses. Refusals, in order of precedence: TooMany, NotFound, AmbiguousVoucher,
    Forbidden, ScopeMissing, KeyReused, then those of `judge`."""
    key = f"{principal.actor}:{request.key}"
    found = look_up(principal, request.voucher, asked=request.asked(key), address=request.address)
    voucher = found.voucher
    principal.require("vouchers.redeem", voucher.brand_id)
    print_ = request.fingerprint(voucher.pk)
    if found.use:
        if bytes.fromhex(found.use.fingerprint) != print_:
            raise KeyReused()
        return _redeemed(voucher, found.use.id, msgspec.convert(found.use.answer, _Answer), is_replayed=True)
    at = request.at or clock.now()
    judged = judge(found, request, at)
    with connection.cursor() as cursor:
        said = _said(voucher, request, judged, at=at, key=key, actor=principal.actor)
        cursor.execute("select programs_redeem_voucher(%s::jsonb, %s)::text", [said, print_])
        done = _decode(cursor.fetchone()[0])
    if done.outcome in REFUSALS:
        raise REFUSALS[done.outcome]()
    return _redeemed(voucher, done.use_id, done.answer, is_replayed=done.outcome == "replayed")


def _said(voucher: Voucher, request: RedeemRequest, judged: Judged, *, at: datetime, key: str, actor: str) -> str:
    """The redemption as the database function reads it."""
    order_minor = request.order.amount_minor if request.order else None
    token, location = request.token, judged.location
    said = {
        "voucher_id": voucher.pk,
        "use_id": uuid7(),
        "key": key,
        "actor": actor,
        "at": at,
        "member_id": judged.member_id,
        "location_id": location.id if location else None,
        "reference": request.reference,
        "order_minor": order_minor,
        "discount_minor": judged.discount.minor,
        "currency": judged.currency,
        "token_id": token.token_id if token else None,
        "token_expires_at": token.expires_at if token else None,
        "is_offline": request.is_offline,
        "answer": {
            "currency": judged.currency,
            "order_minor": order_minor,
            "lines": judged.discount.lines,
            "location": location,
            "reference": request.reference,
            "member_id": judged.member_id,
            "program_id": voucher.program_id,
            "owner_id": voucher.member_id,
            "starts_at": voucher.starts_at,
            "expires_at": voucher.expires_at,
        },
    }
    return msgspec.json.encode(said).decode()


def _redeemed(voucher: Voucher, use_id: UUID, answer: _Answer, *, is_replayed: bool) -> Redeemed:
    """The answer, with the voucher as it was right after."""
    voucher.status, voucher.uses, voucher.redeemed_at = answer.status, answer.uses, answer.redeemed_at
    voucher.balance_minor, voucher.program_id, voucher.member_id = (
        answer.balance_after_minor, answer.program_id, answer.owner_id,
    )  # fmt: skip
    voucher.starts_at, voucher.expires_at, voucher.disabled_at = answer.starts_at, answer.expires_at, None
    return Redeemed(
        voucher=voucher,
        use_id=use_id,
        discount_minor=answer.discount_minor,
        lines=answer.lines,
        balance_after_minor=answer.balance_after_minor,
        is_replayed=is_replayed,
        currency=answer.currency,
        order_minor=answer.order_minor,
        location=answer.location,
        reference=answer.reference,
        member_id=answer.member_id,
    )
