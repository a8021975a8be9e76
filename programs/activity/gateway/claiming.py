"""Whoever holds a receipt claims it: the purchase is recorded as it would have been had the member been named then."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from ledger.errors import DuplicateReference, KeyReused
from loyalty import clock
from loyalty.errors import LoyaltyError, NotFound
from loyalty.events import log
from loyalty.http.throttling import split_rate
from loyalty.identity import guesses
from loyalty.identity.errors import InvalidCode
from loyalty.identity.principals import Principal
from loyalty.identity.selectors import as_uuid
from programs.activity.gateway.errors import ReceiptClaimed, ReceiptExpired, ReceiptVoid
from programs.activity.gateway.models import Receipt
from programs.activity.models import Purchase
from programs.activity.places import Names
from programs.activity.points import find_place
from programs.activity.purchases import PurchaseRequest, record_purchase
from programs.activity.records import Recorded
from programs.activity.returns import ReturnRequest, return_purchases
from programs.earning.facts import ItemFacts
from programs.earning.returns import ReturnedItem
from programs.membership.selectors import visible_programs
from programs.rewards.vouchers.codes import has_right_check, read_code

PREFIX = "LYR1:"
"""Stands before the code in the picture on a receipt, so that who scans it knows what it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OnReceipt:
    """What somebody reads off a receipt: its code, or its number, total, day and place. `day` is counted by the
    program's calendar."""

    code: str = ""
    program: str = ""
    reference: str = ""
    amount_minor: int = 0
    currency: str = ""
    day: date | None = None
    location_id: str = ""


@dataclass(frozen=True, slots=True)
class Claimed:
    """A receipt with the purchase it became, and what came back of it since."""

    receipt: Receipt
    purchase: Recorded
    returned: Sequence[Recorded] = ()


def find_claimable(principal: Principal, read: OnReceipt) -> Receipt:
    """The receipt that these words mean, in a program that the principal may see. Wrong ones are counted for each who
    asks, so nothing is found by trying; call it outside of a transaction that may be rolled back. Refusals, in order of
    precedence: TooMany, NotFound."""
    try:
        with guesses.counted("receipt", principal.actor, windows_of(principal)):
            found = _named(Receipt.objects.filter(program__in=visible_programs(principal)), read)
            if found is None:
                raise InvalidCode()
    except InvalidCode:
        raise NotFound("There is no such receipt, or it is not yours to claim.") from None
    return found


@transaction.atomic
def claim_receipt(principal: Principal, receipt_id: UUID, *, member: str = "me", card_number: str = "") -> Claimed:
    """Gives the member the points of a receipt, by its own time, once; what came back of it before comes back of the
    purchase. Of many claims at once one is first, the others find it claimed; repeating it is refused. Refusals, in
    order of precedence: NotFound (the member), Forbidden, ScopeMissing, ReceiptVoid, ReceiptClaimed, ReceiptExpired,
    then as `record_purchases`."""
    receipt = Receipt.objects.select_related("program__unit", "program__brand").get(pk=receipt_id)
    named = Names(str(receipt.program_id), "" if card_number else member, card_number)
    place = find_place(principal, named)
    principal.require("receipts.claim", place.program.brand_id, member_id=place.member_id)
    status = Receipt.objects.select_for_update(of=("self",)).filter(pk=receipt_id)
    receipt.refresh_from_db(from_queryset=status)
    now = clock.now()
    _refuse(receipt, now)
    # Whoever may claim need not be one who may earn or take back: the receipt itself was told by one who may.
    asker = Principal(kind="system", id=receipt.pk, actor=principal.actor, is_operator=True)
    purchase = _bought(asker, receipt, place.member_id)
    returned = _come_back(asker, receipt, purchase)
    receipt.status, receipt.member_id = Receipt.Status.CLAIMED, place.member_id
    receipt.transaction_id, receipt.claimed_at = purchase.posted.public_id, now
    receipt.save(update_fields=["status", "member", "transaction_id", "claimed_at"])
    log.record(
        "receipt.claimed",
        brand_id=place.program.brand_id,
        aggregate_id=receipt.pk,
        member_id=place.member_id,
        program_id=receipt.program_id,
        data={
            "reference": receipt.reference,
            "transaction_id": str(receipt.transaction_id),
            "points": purchase.posted.points + sum(one.posted.points for one in returned),
        },
    )
    return Claimed(receipt, purchase, returned)


def windows_of(principal: Principal) -> list[tuple[int, int]]:
    """How many wrong ones may be sent, in how many seconds each."""
    return [split_rate(rate) for rate in settings.TILL_GUESSES["key" if principal.is_key else "person"]]


def code_in(text: str) -> str:
    """The code in what somebody typed or scanned, as it is stored; "" where there is none."""
    code = read_code(text.strip().upper().removeprefix(PREFIX))
    return code if has_right_check(code) else ""


def _named(receipts: QuerySet[Receipt], read: OnReceipt) -> Receipt | None:
    receipts = receipts.select_related("program")
    if read.program:
        uuid = as_uuid(read.program)
        receipts = (
            receipts.filter(program=uuid) if uuid else receipts.filter(program__code=read.program.replace("\0", ""))
        )
    if read.code:
        code = code_in(read.code)
        return receipts.filter(code=code).first() if code else None
    for receipt in receipts.filter(reference=read.reference.replace("\0", "")):
        # What stands on it is compared here, so that no index tells a right number with a wrong total apart.
        zone = ZoneInfo(receipt.program.timezone)
        on = receipt.occurred_at.astimezone(zone).date()
        said = (read.amount_minor, read.currency, read.day, read.location_id)
        if said == (receipt.amount_minor, receipt.currency, on, receipt.location_id):
            return receipt
    return None


def _refuse(receipt: Receipt, now: datetime) -> None:
    if receipt.status == Receipt.Status.VOID:
        raise ReceiptVoid()
    if receipt.status == Receipt.Status.CLAIMED:
        raise ReceiptClaimed()
    if Purchase.objects.filter(program=receipt.program_id, reference=receipt.reference).exists():
        raise ReceiptClaimed("A member was given the points of this purchase when it was rung up.")
    if receipt.expires_at <= now:
        raise ReceiptExpired(expires_at=receipt.expires_at)


def _bought(asker: Principal, receipt: Receipt, member_id: UUID) -> Recorded:
    request = PurchaseRequest(
        names=Names(str(receipt.program_id), str(member_id)),
        amount_minor=receipt.amount_minor,
        currency=receipt.currency,
        reference=receipt.reference,
        occurred_at=receipt.occurred_at,
        items=msgspec.convert(receipt.items, list[ItemFacts], strict=False),
        tenders=receipt.tenders,
        source=receipt.source,
        location_id=receipt.location_id,
        metadata=receipt.metadata,
    )
    try:
        purchase = record_purchase(asker, request)
    except (KeyReused, DuplicateReference):
        raise ReceiptClaimed() from None
    if purchase.is_replayed:
        raise ReceiptClaimed()
    return purchase


def _come_back(asker: Principal, receipt: Receipt, purchase: Recorded) -> list[Recorded]:
    """What came back while nobody had claimed it, in the words in which it was told: who tells it again is answered."""
    requests = [as_request(told, purchase_id=purchase.posted.public_id) for told in receipt.returns]
    answers = return_purchases(asker, requests) if requests else []
    for answer in answers:
        if isinstance(answer, LoyaltyError):
            raise answer
    return answers


def as_request(told: dict, *, purchase_id: UUID | None) -> ReturnRequest:
    """A return as it was told and kept with the receipt."""
    return ReturnRequest(
        reference=told["reference"],
        purchase_id=purchase_id,
        amount=told["amount"],
        amount_minor=told["amount_minor"],
        items=msgspec.convert(told["items"], list[ReturnedItem], strict=False),
        occurred_at=datetime.fromisoformat(told["occurred_at"]) if told["occurred_at"] else None,
        description=told["description"],
        is_capped=told["is_capped"],
    )
