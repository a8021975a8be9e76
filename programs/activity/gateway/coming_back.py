"""Goods that come back of a receipt: they make it smaller while nobody has claimed it, and go the way of all returns
afterwards."""

from dataclasses import replace
from uuid import UUID

import msgspec
from django.db import transaction

from ledger.errors import KeyReused
from loyalty.errors import NotFound
from loyalty.events import log
from loyalty.http.money import from_minor, to_minor
from loyalty.identity.principals import Principal
from programs.activity.errors import ReturnExceedsPurchase
from programs.activity.gateway.claiming import as_request
from programs.activity.gateway.keeping import Kept
from programs.activity.gateway.models import Receipt
from programs.activity.records import Recorded
from programs.activity.returns import ReturnRequest, refuse_other_times, return_purchase
from programs.earning.facts import ItemFacts
from programs.earning.returns import refund_of_items


@transaction.atomic
def return_to_receipt(principal: Principal, receipt_id: UUID, request: ReturnRequest) -> Kept | Recorded:
    """Takes what came back off a receipt that nobody has claimed: claiming it gives so much less, and nothing when all
    of it came back. Of a claimed one it is a return of the purchase (`return_purchase`, with its refusals), also when
    it was told before the claim. Repeating it (same reference) answers the first answer. Refusals, in order of
    precedence: NotFound, Forbidden, ScopeMissing, KeyReused, Invalid (time, items), ReturnExceedsPurchase."""
    receipts = Receipt.objects.select_related("program__unit", "program__brand").select_for_update(of=("self",))
    receipt = receipts.filter(pk=receipt_id).first()
    if receipt is None:
        raise NotFound("There is no such receipt, or it is not yours to see.")
    principal.require("points.return", receipt.program.brand_id)
    if receipt.status == Receipt.Status.CLAIMED:
        return return_purchase(principal, replace(request, purchase_id=receipt.transaction_id))
    for told in receipt.returns:
        if told["reference"] == request.reference:
            if as_request(told, purchase_id=receipt.pk).fingerprint(receipt.pk) != request.fingerprint(receipt.pk):
                raise KeyReused("The reference was told of another return.")
            return Kept(receipt, is_replayed=True)
    minor = _value(receipt, request)
    receipt.refunded_minor += minor
    receipt.returns = [*receipt.returns, _told(request, minor)]
    if receipt.refunded_minor == receipt.amount_minor:
        receipt.status = Receipt.Status.VOID
    receipt.save(update_fields=["refunded_minor", "returns", "status"])
    _record(receipt, request, minor)
    return Kept(receipt)


def receipt_named(program_id: UUID, reference: str) -> UUID | None:
    """The id of the program's receipt with that number, claimed or not."""
    found = Receipt.objects.filter(program=program_id, reference=reference.replace("\0", ""))
    return found.values_list("pk", flat=True).first()


def _value(receipt: Receipt, request: ReturnRequest) -> int:
    """How much of the receipt comes back, in minor units."""
    refuse_other_times(request.occurred_at)
    left = receipt.amount_minor - receipt.refunded_minor
    if request.items and request.amount_minor is None:
        items = msgspec.convert(receipt.items, list[ItemFacts], strict=False)
        before = [one for told in receipt.returns for one in as_request(told, purchase_id=None).items]
        minor = refund_of_items(receipt.amount_minor, items, before=before, now=request.items)
    elif request.amount is not None:
        minor = to_minor(request.amount, receipt.currency)
    else:
        minor = left if request.amount_minor is None else request.amount_minor
    is_over = minor > left or receipt.status == Receipt.Status.VOID
    if is_over and not request.is_capped:
        raise ReturnExceedsPurchase(
            left=from_minor(left, receipt.currency), requested=from_minor(minor, receipt.currency)
        )
    return min(minor, left)


def _told(request: ReturnRequest, minor: int) -> dict:
    return {
        "reference": request.reference,
        "amount": request.amount,
        "amount_minor": request.amount_minor,
        "items": msgspec.to_builtins(list(request.items)),
        "occurred_at": request.occurred_at.isoformat() if request.occurred_at else None,
        "description": request.description,
        "is_capped": request.is_capped,
        "minor": minor,
    }


def _record(receipt: Receipt, request: ReturnRequest, minor: int) -> None:
    is_void = receipt.status == Receipt.Status.VOID
    log.record(
        "receipt.voided" if is_void else "receipt.returned",
        brand_id=receipt.program.brand_id,
        aggregate_id=receipt.pk,
        program_id=receipt.program_id,
        data={
            "reference": receipt.reference,
            "return_reference": request.reference,
            "amount_minor": minor,
            "refunded_minor": receipt.refunded_minor,
            "currency": receipt.currency,
        },
    )
