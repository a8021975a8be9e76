"""Codes that somebody shows: a member for what is theirs, a brand for its members and its counter. Nothing is written
down but what a code says."""

from datetime import datetime, timedelta

from loyalty import clock
from loyalty.errors import Invalid
from loyalty.identity.models import Brand
from loyalty.identity.principals import Principal
from loyalty.identity.selectors import find_member
from programs.activity.errors import MembershipRequired
from programs.membership.errors import MembershipClosed, MembershipSuspended, ProgramNotActive
from programs.membership.models import Membership, Program
from programs.membership.selectors import find_program, memberships_of
from programs.rewards.models import Voucher
from programs.rewards.qr.tokens import LIFE, MEMBER, PRINTED_LIFE_MAX, STAMP, VOUCHER, Token, make_token
from programs.rewards.stamps.errors import StampCardNotActive
from programs.rewards.stamps.models import StampCard
from programs.rewards.stamps.selectors import find_card
from programs.rewards.vouchers import errors
from programs.rewards.vouchers.finding import find_voucher

SECOND = timedelta(seconds=1)


def show_voucher(principal: Principal, ref: str, *, life: timedelta = LIFE, address: str = "") -> Token:
    """A code for a voucher that can be used now: a member's own, or at a brand any of its vouchers. It never lives
    longer than the voucher. Each call gives another one, and all of them can be used once in all. Refusals, in order of
    precedence: TooMany, NotFound, AmbiguousVoucher, Forbidden, ScopeMissing, VoucherDisabled, VoucherUsedUp,
    VoucherNotStarted, VoucherExpired, ProgramNotActive."""
    voucher = find_voucher(principal, ref, permission="qr.show", address=address)
    now = clock.now()
    _refuse_unusable(voucher, now)
    program = Program.objects.select_related("brand").get(pk=voucher.program_id)
    if program.status != Program.Status.ACTIVE:
        raise ProgramNotActive(status=program.status)
    if voucher.expires_at is not None:
        life = min(life, (voucher.expires_at - now) // SECOND * SECOND)
        if life < SECOND:
            raise errors.VoucherExpired(expires_at=voucher.expires_at)
    return make_token(VOUCHER, subject=voucher.pk, audience=program.brand.code, program=program.code, life=life)


def show_member(
    principal: Principal, *, program: str | None = None, member: str | None = None, life: timedelta = LIFE
) -> Token:
    """A code that says who somebody is in a program: oneself, or at a brand one of its members. The program may be left
    out where there is just one. Refusals, in order of precedence: Invalid (nobody is named by who is no member),
    NotFound, AmbiguousMember, Forbidden, ScopeMissing, MembershipRequired, Invalid (which program),
    MembershipSuspended, MembershipClosed, ProgramNotActive."""
    if member is None and principal.member_id is None:
        raise Invalid([{"pointer": "/member_id", "code": "required", "detail": "Say whose code it is."}])
    found = find_member(principal, member or "me")
    parts = memberships_of(principal, found.pk).select_related("program__brand").prefetch_related(None)
    if program is not None:
        parts = parts.filter(program=find_program(principal, program))
    part = _only([one for one in parts if principal.may("qr.show", one.program.brand_id, member_id=found.pk)])
    if part.status != Membership.Status.ACTIVE:
        raise (MembershipClosed if part.status == Membership.Status.CLOSED else MembershipSuspended)()
    if part.program.status != Program.Status.ACTIVE:
        raise ProgramNotActive(status=part.program.status)
    return make_token(MEMBER, subject=part.pk, audience=part.program.brand.code, program=part.program.code, life=life)


def show_stamp_card(
    principal: Principal, ref: str, *, life: timedelta = LIFE, printed_life: timedelta | None = None
) -> Token:
    """A code at the counter, that a member scans for a stamp: on a screen, for one of them and up to two minutes; or
    with `printed_life` one to hang up, for all of them, each once in the card's `scan_hours`. To print is for who may
    change the card. Refusals, in order of precedence: NotFound, AmbiguousStampCard, Forbidden, ScopeMissing,
    StampCardNotActive, ProgramNotActive."""
    card = find_card(principal, ref)
    brand: Brand = card.program.brand
    for permission in ("qr.show", "stamps.add", *(["stamp_cards.change"] if printed_life else [])):
        principal.require(permission, brand.pk)
    if card.status != StampCard.Status.ACTIVE:
        raise StampCardNotActive(status=card.status)
    if card.program.status != Program.Status.ACTIVE:
        raise ProgramNotActive(status=card.program.status)
    life = min(printed_life, PRINTED_LIFE_MAX) if printed_life else life
    return make_token(STAMP, subject=card.pk, audience=brand.code, program=card.program.code, life=life)


def _refuse_unusable(voucher: Voucher, now: datetime) -> None:
    if voucher.status == Voucher.Status.DISABLED:
        raise errors.VoucherDisabled(disabled_at=voucher.disabled_at)
    is_spent = voucher.uses_max is not None and voucher.uses >= voucher.uses_max
    if voucher.status == Voucher.Status.REDEEMED or is_spent or voucher.balance_minor == 0:
        raise errors.VoucherUsedUp(redeemed_at=voucher.redeemed_at, uses=voucher.uses)
    if voucher.starts_at is not None and voucher.starts_at > now:
        raise errors.VoucherNotStarted(starts_at=voucher.starts_at)
    if voucher.status == Voucher.Status.EXPIRED:
        raise errors.VoucherExpired(expires_at=voucher.expires_at)


def _only(parts: list[Membership]) -> Membership:
    if not parts:
        raise MembershipRequired()
    if len(parts) > 1:
        detail = "The member takes part in several programs: say which."
        raise Invalid([{"pointer": "/program_id", "code": "required", "detail": detail}])
    return parts[0]
