"""Purchases that no member is known of are kept as receipts, for whoever holds one to claim its points later."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec
from django.conf import settings
from django.db import transaction

from ledger.errors import DuplicateReference, KeyReused
from loyalty import clock
from loyalty.errors import LoyaltyError, NotFound
from loyalty.events import log
from loyalty.identity.principals import Principal
from programs.activity.deciding import refuse_what_is_no_purchase
from programs.activity.gateway.models import Receipt
from programs.activity.gateway.selectors import with_settling
from programs.activity.models import Purchase
from programs.activity.purchases import CLOCK_SKEW, PurchaseRequest
from programs.membership.errors import ProgramNotActive
from programs.membership.models import Program
from programs.membership.selectors import find_program
from programs.rewards.vouchers.codes import new_codes


@dataclass(frozen=True, slots=True)
class Kept:
    """A receipt as the answer to who told of it; `is_replayed` when it had been told before."""

    receipt: Receipt
    is_replayed: bool = False


def record_receipts(
    principal: Principal, requests: Sequence[PurchaseRequest], *, claim_days: int | None = None
) -> list[Kept | LoyaltyError]:
    """Keeps purchases without a member, each on its own, answered in the order given; whoever holds the receipt can
    claim it for `claim_days` (settings.RECEIPT_CLAIM_DAYS). What the requests say of a member is not looked at. A few
    round trips for any number. Repeating one (same reference in the program) answers the first answer, as it stands
    now. Refusals, in order of precedence: NotFound (program), Forbidden, ScopeMissing, ProgramNotActive, Invalid
    (currency, time), KeyReused (the reference was told with another content), DuplicateReference (a member was given
    the points of it)."""
    now = clock.now()
    until = now + timedelta(days=claim_days or settings.RECEIPT_CLAIM_DAYS)
    answers: list[Kept | LoyaltyError | None] = [None] * len(requests)
    programs: dict[str, Program | LoyaltyError] = {}
    asked: dict[int, Receipt] = {}
    for n, request in enumerate(requests):
        ref = request.names.program
        if ref not in programs:
            programs[ref] = _program(principal, ref)
        try:
            asked[n] = _receipt(request, programs[ref], now=now, until=until)
        except LoyaltyError as refusal:
            answers[n] = refusal
    for n, answer in _keep(asked).items():
        answers[n] = answer
    return answers


def record_receipt(principal: Principal, request: PurchaseRequest, *, claim_days: int | None = None) -> Kept:
    """Keeps one; raises its refusal (see `record_receipts`)."""
    (answer,) = record_receipts(principal, [request], claim_days=claim_days)
    if isinstance(answer, LoyaltyError):
        raise answer
    return answer


def _program(principal: Principal, ref: str) -> Program | LoyaltyError:
    try:
        program = find_program(principal, ref)
        principal.require("receipts.add", program.brand_id)
    except NotFound as refusal:
        return NotFound(refusal.detail, pointer="/program_id")
    except LoyaltyError as refusal:
        return refusal
    return program if program.status == Program.Status.ACTIVE else ProgramNotActive(status=program.status)


def _receipt(request: PurchaseRequest, program: Program | LoyaltyError, *, now: datetime, until: datetime) -> Receipt:
    if isinstance(program, LoyaltyError):
        raise program
    refuse_what_is_no_purchase(request, program.money_currency, latest=now + CLOCK_SKEW)
    return Receipt(
        program=program,
        reference=request.reference,
        amount_minor=request.amount_minor,
        currency=request.currency,
        items=msgspec.to_builtins(list(request.items)),
        tenders=list(request.tenders),
        location_id=request.location_id,
        source=request.source,
        metadata=request.metadata,
        fingerprint=_fingerprint(request, program),
        occurred_at=request.occurred_at or now,
        expires_at=until,
        recorded_at=now,
    )


def _fingerprint(request: PurchaseRequest, program: Program) -> bytes:
    said = (
        "receipt", program.pk, request.amount_minor, request.currency, request.reference, request.occurred_at,
        request.items, request.tenders, request.source, request.location_id, request.metadata,
    )  # fmt: skip
    return hashlib.sha256(msgspec.json.encode(said, order="deterministic")).digest()


@transaction.atomic
def _keep(asked: dict[int, Receipt]) -> dict[int, Kept | LoyaltyError]:
    """Writes those that are new, and their events; of the others, and of several alike, the first one is answered."""
    if not asked:
        return {}
    bought = _bought(asked.values())
    firsts: dict[tuple, Receipt] = {}
    for receipt in asked.values():
        firsts.setdefault(_name(receipt), receipt)
    fresh = sorted((one for name, one in firsts.items() if name not in bought), key=_name)
    for receipt, code in zip(fresh, new_codes(len(fresh)), strict=True):
        receipt.code = code
    Receipt.objects.bulk_create(fresh, ignore_conflicts=True, batch_size=500)
    stored = _stored(asked.values())
    written = [one for one in fresh if (known := stored.get(_name(one))) is not None and known.pk == one.pk]
    _tell(written)
    is_new = {receipt.pk for receipt in written}
    answers: dict[int, Kept | LoyaltyError] = {}
    for n, receipt in asked.items():
        found = stored.get(_name(receipt))
        if found is None:
            answers[n] = DuplicateReference("A member has been given the points of this purchase.")
        elif bytes(found.fingerprint) != receipt.fingerprint:
            answers[n] = KeyReused("The reference was told of another purchase.")
        else:
            answers[n] = Kept(found, is_replayed=found.pk not in is_new)
            is_new.discard(found.pk)
    return answers


def _name(receipt: Receipt) -> tuple:
    return receipt.program_id, receipt.reference


def _stored(asked) -> dict[tuple, Receipt]:
    """The receipts of these names, whoever wrote them."""
    found = Receipt.objects.select_related("program__unit", "program__brand").filter(
        program__in={one.program_id for one in asked}, reference__in={one.reference for one in asked}
    )
    return {_name(receipt): receipt for receipt in with_settling(found)}


def _bought(asked) -> set[tuple]:
    """The names that members' purchases have."""
    known = Purchase.objects.filter(
        program__in={one.program_id for one in asked}, reference__in={one.reference for one in asked}
    )
    return set(known.values_list("program_id", "reference"))


def _tell(receipts: Sequence[Receipt]) -> None:
    by_brand: dict = {}
    for receipt in receipts:
        by_brand.setdefault(receipt.program.brand_id, []).append(receipt)
    for brand_id, of_brand in sorted(by_brand.items()):
        rows = [
            {
                "type": "receipt.recorded",
                "aggregate_id": receipt.pk,
                "program_id": receipt.program_id,
                "data": {
                    "reference": receipt.reference,
                    "amount_minor": receipt.amount_minor,
                    "currency": receipt.currency,
                    "location_id": receipt.location_id,
                    "expires_at": receipt.expires_at.isoformat(),
                },
            }
            for receipt in of_brand
        ]
        log.record_many(rows, brand_id=brand_id)
