"""Closing a month of a pair, and marking it as paid. Statements themselves are in `statements`."""

from datetime import date

from django.db import transaction

from exchange.clearing.errors import MonthNotOver, NothingToPay, SettlementNotClosed, SettlementPaid
from exchange.clearing.models import Settlement
from exchange.clearing.months import bounds_of, month_told
from exchange.clearing.statements import CLOSES_AFTER, can_close, find_pair, statement
from exchange.rates.telling import tell_both
from loyalty import clock
from loyalty.errors import Forbidden, Invalid
from loyalty.http.money import from_minor
from loyalty.identity.principals import Principal
from programs.membership.models import Program

REFERENCE_MAX = 100


def close_month(principal: Principal, from_ref: str, to_ref: str, month: date) -> Settlement:
    """Keeps what the first program's brand owes the second's for that month, as the ledger has it now: the figures of
    the statement stay as they are from then on. Either brand may, for both read the same and neither has a choice.
    Repeating it gives the same. Refusals, in order of precedence: Forbidden, ScopeMissing, NotFound, MonthNotOver."""
    from_program, to_program = find_pair(principal, from_ref, to_ref)
    _require_at_either(principal, "settlements.close", from_program, to_program)
    if not can_close(month):
        closes_at = bounds_of(month)[1] + CLOSES_AFTER
        raise MonthNotOver(f"{month_told(month)} can be closed from {closes_at:%Y-%m-%d %H:%M} UTC on.")
    told = statement(from_program, to_program, month)
    if told.settlement:
        return told.settlement
    figures = {
        "exchanges": told.exchanges, "points_given": told.points_given, "points_issued": told.points_issued,
        "point_price": told.point_price, "amount_minor": told.amount_minor, "currency": told.currency,
        "actor": principal.actor,
    }  # fmt: skip
    with transaction.atomic():
        # Whoever else closes it at this moment keeps the same figures; one of them is first.
        settlement, is_new = Settlement.objects.get_or_create(
            from_program=from_program, to_program=to_program, month=month, defaults=figures
        )
        if is_new:
            _tell("settlement.closed", settlement, principal, differences=told.by_ledger.differences)
    return settlement


@transaction.atomic
def mark_paid(principal: Principal, from_ref: str, to_ref: str, month: date, *, reference: str) -> Settlement:
    """Notes that the amount of a closed month was paid, with the payment's number. Only the brand to which it is owed
    says so. Repeating it with the same reference changes nothing. Refusals, in order of precedence: Forbidden,
    ScopeMissing, NotFound, Forbidden (the other brand), Invalid (no reference), SettlementNotClosed, SettlementPaid,
    NothingToPay."""
    from_program, to_program = find_pair(principal, from_ref, to_ref)
    principal.require("settlements.pay", to_program.brand_id)
    reference = reference.strip()
    if not 0 < len(reference) <= REFERENCE_MAX:
        detail = f"Say by which payment, in at most {REFERENCE_MAX} characters."
        raise Invalid([{"pointer": "/reference", "code": "required", "detail": detail}])
    found = Settlement.objects.select_for_update(of=("self",)).select_related("from_program", "to_program")
    settlement = found.filter(from_program=from_program, to_program=to_program, month=month).first()
    if settlement is None:
        raise SettlementNotClosed(f"Close {month_told(month)} before it is paid.")
    if settlement.paid_at and settlement.reference == reference:
        return settlement
    if settlement.paid_at:
        raise SettlementPaid(f"It was marked as paid by {settlement.reference} already.")
    if not settlement.amount_minor:
        raise NothingToPay()
    settlement.paid_at, settlement.reference = clock.now(), reference
    settlement.save(update_fields=["paid_at", "reference"])
    _tell("settlement.paid", settlement, principal, reference=reference)
    return settlement


def _require_at_either(principal: Principal, permission: str, *programs: Program) -> None:
    if not any(principal.may(permission, program.brand_id) for program in programs):
        raise Forbidden()


def _tell(type_: str, settlement: Settlement, principal: Principal, **more) -> None:
    minor = settlement.amount_minor
    tell_both(
        type_, settlement, principal, settlement_id=str(settlement.pk), month=month_told(settlement.month),
        exchanges=settlement.exchanges, points_given=settlement.points_given, points_issued=settlement.points_issued,
        amount=None if minor is None else from_minor(minor, settlement.currency), currency=settlement.currency or None,
        **more,
    )  # fmt: skip
