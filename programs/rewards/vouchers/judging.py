"""Whether a voucher that was looked up can be used, and for how much. Pure: the database function that redeems asks
again for what can change meanwhile."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from loyalty.errors import Invalid, NotFound
from loyalty.http.money import from_minor
from loyalty.identity.locations import OtherLocation
from programs.membership.errors import MembershipSuspended, ProgramNotActive
from programs.rewards.vouchers import errors
from programs.rewards.vouchers.asking import RedeemRequest
from programs.rewards.vouchers.discounts import Discount, discount, takes_off
from programs.rewards.vouchers.finding import Found, Spot


@dataclass(frozen=True, slots=True)
class Judged:
    """A use that nothing stands against: what it takes off, where, and by whom."""

    discount: Discount
    currency: str
    location: Spot | None
    member_id: UUID | None


def judge(found: Found, request: RedeemRequest, at: datetime) -> Judged:
    """What the request would get at that moment. Refusals, in order of precedence: Invalid (unknown-location),
    OtherLocation, NotFound (the member), TokenUsed, VoucherDisabled, VoucherUsedUp, VoucherNotStarted, VoucherExpired,
    ProgramNotActive, WrongMember, MembershipSuspended, MemberNeeded, MemberUsedUp, WrongLocation, CurrencyMismatch,
    OrderNeeded, OrderTooSmall, NothingToTakeOff."""
    location = _location(found, request)
    if request.member and found.member_id is None:
        raise NotFound("There is no such member, or they are not yours to see.", pointer="/member_id")
    if found.is_token_used:
        raise errors.TokenUsed()
    _refuse_state(found, request, at)
    if found.program.status != "active":
        raise ProgramNotActive(status=found.program.status)
    member_id = _member(found)
    allowed = found.voucher.terms.get("locations") or ()
    if allowed and (location is None or location.code not in allowed):
        raise errors.WrongLocation("" if location else "Say where: the voucher is taken at some locations only.")
    currency = found.voucher.terms.get("currency") or found.program.money_currency
    return Judged(_discount(found, request, currency), currency, location, member_id)


def _location(found: Found, request: RedeemRequest) -> Spot | None:
    """The location named, else that to which who asks is bound: as `location_named`, of what was looked up."""
    if not request.location_id:
        return found.bound
    if found.location is None:
        detail = f"There is no open location {request.location_id}."
        raise Invalid([{"pointer": "/location_id", "code": "unknown-location", "detail": detail}])
    if found.bound and found.bound.id != found.location.id:
        raise OtherLocation(f"Your post is at {found.bound.name}.")
    return found.location


def _refuse_state(found: Found, request: RedeemRequest, at: datetime) -> None:
    voucher = found.voucher
    if voucher.status == "disabled":
        raise errors.VoucherDisabled(disabled_at=voucher.disabled_at)
    is_spent = voucher.uses_max is not None and voucher.uses >= voucher.uses_max
    if voucher.status == "redeemed" or is_spent or voucher.balance_minor == 0:
        raise errors.VoucherUsedUp(redeemed_at=voucher.redeemed_at, uses=voucher.uses)
    if voucher.starts_at is not None and voucher.starts_at > at:
        raise errors.VoucherNotStarted(starts_at=voucher.starts_at)
    is_past = voucher.expires_at is not None and voucher.expires_at <= at
    if is_past or (voucher.status == "expired" and not request.is_offline):
        raise errors.VoucherExpired(expires_at=voucher.expires_at)


def _member(found: Found) -> UUID | None:
    """Whose use it is."""
    voucher = found.voucher
    if voucher.member_id and found.member_id and found.member_id != voucher.member_id:
        raise errors.WrongMember()
    if found.membership == "suspended":
        raise MembershipSuspended()
    member_id = voucher.member_id or found.member_id
    if voucher.member_uses_max is not None:
        if member_id is None:
            raise errors.MemberNeeded(pointer="/member_id")
        if found.member_uses >= voucher.member_uses_max:
            raise errors.MemberUsedUp(uses=found.member_uses)
    return member_id


def _discount(found: Found, request: RedeemRequest, currency: str) -> Discount:
    voucher, terms, order = found.voucher, found.voucher.terms, request.order
    if request.asked_currency and request.asked_currency != currency:
        raise errors.CurrencyMismatch(currency=currency)
    is_gift = voucher.balance_minor is not None
    least = terms.get("order_minor_min")
    needs_order = takes_off(terms) or least or (is_gift and request.amount_minor is None)
    if needs_order and order is None:
        raise errors.OrderNeeded(pointer="/amount")
    if least and order.amount_minor < least:
        raise errors.OrderTooSmall(least=from_minor(least, currency), amount=from_minor(order.amount_minor, currency))
    lines = order.lines if order else ()
    found_off = discount(terms, lines, balance_minor=voucher.balance_minor, amount_minor=request.amount_minor)
    can_be_nothing = not is_gift and not takes_off(terms) and not (order and terms.get("kind") == "free_item")
    if found_off.minor == 0 and not can_be_nothing:
        raise errors.NothingToTakeOff()
    return found_off
