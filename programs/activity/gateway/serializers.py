"""Shapes of receipts and of what tills tell, in and out. No queries."""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from loyalty.errors import Invalid, LoyaltyError
from loyalty.http.documents import Problem
from loyalty.http.problems import render
from loyalty.http.shapes import (
    UNSET,
    UUID,
    Answer,
    Currency,
    Date,
    Filters,
    Key,
    Moment,
    Money,
    Shape,
    UnsetType,
    from_minor,
    to_minor,
)
from programs.activity import answers
from programs.activity.gateway.claiming import PREFIX, Claimed, OnReceipt
from programs.activity.gateway.keeping import Kept
from programs.activity.gateway.models import Receipt
from programs.activity.gateway.selectors import SETTLED, state_of
from programs.activity.places import Names
from programs.activity.records import Recorded
from programs.activity.serializers import (
    BATCH_MAX,
    Accrual,
    CardNumber,
    Earn,
    MemberRef,
    ProgramRef,
    Ref,
    Reference,
    names_in,
)
from programs.rewards.vouchers.codes import shown

Unmatched = Annotated[
    Literal["refuse", "keep"],
    Meta(
        description="What becomes of a purchase that names no member, or one that is not known: it is refused, or kept "
        "as a receipt that can be claimed later."
    ),
]
ClaimDays = Annotated[int, Meta(ge=1, le=400, description="For how long it can be claimed; 30 if not said.")]
ReceiptState = Annotated[
    Literal["open", "claimed", "settled", "void", "expired"],
    Meta(description="settled: nobody claimed it, but its purchase was rung up again for a member."),
]


class TillAccrual(Accrual):
    """A purchase at a till or in a shop: the member is named by `member_id` or `card_number`."""

    unmatched: Unmatched = "refuse"


class TillBatch(Shape):
    """Purchases, each answered on its own. A bare list of them is taken too. `unmatched` is for those that do not say
    it themselves."""

    transactions: Annotated[list[TillAccrual], Meta(min_length=1, max_length=BATCH_MAX)]
    unmatched: Unmatched = "refuse"


class AnyBatch(Shape):
    """The outside of a batch, before its purchases are read one by one."""

    transactions: Annotated[list[Any], Meta(min_length=1, max_length=BATCH_MAX)]
    unmatched: Unmatched = "refuse"


class NewReceipt(Earn):
    """A purchase of nobody who is known yet. The `reference` stands for an idempotency key."""

    claim_days: ClaimDays | None = None


class ReceiptClaim(Shape):
    """Which receipt, and who claims it. Either the `code` that is printed on it, or what stands on it besides: its
    number, the total, the day and the place of the purchase, with the program. Members claim for themselves; brands say
    for whom, by `member_id` or `card_number`."""

    code: Annotated[str, Meta(min_length=1, max_length=60, examples=["7K3M-9QXD-2FWB-HT5C"])] | None = None
    program_id: ProgramRef | None = None
    reference: Reference | None = None
    amount: Money | None = None
    currency: Currency | None = None
    date: Annotated[Date, Meta(description="By the program's calendar.")] | None = None
    location_id: Annotated[str, Meta(max_length=80)] | None = None
    member_id: MemberRef | None = None
    card_number: CardNumber | None = None
    idempotency_key: Key | None = None


class TillReturn(Shape):
    """Goods worth `amount` that came back. `purchase_reference` is the receipt they were bought with; without one, or
    with one that nobody knows, the return is written down for the member and takes no points. With the receipt no
    member need be named."""

    program_id: ProgramRef
    member_id: MemberRef | None = None
    card_number: CardNumber | None = None
    reference: Reference
    amount: Money
    currency: Currency
    purchase_reference: Annotated[str, Meta(min_length=1, max_length=200)] | None = None
    occurred_at: Moment | None = None


class ReceiptFilters(Filters):
    """Newest first."""

    program_id: ProgramRef | None = None
    status: ReceiptState | None = None
    reference: Annotated[str, Meta(max_length=200)] | None = None
    location_id: Annotated[str, Meta(max_length=80)] | None = None
    member_id: Ref | None = None


class ReceiptAnswer(Answer):
    """A purchase that nobody was named for. Its code is told to who tells of the purchase, and to nobody else: who has
    it can claim the points."""

    id: UUID
    program_id: UUID
    status: ReceiptState
    reference: str
    amount: str
    refunded: Annotated[str, Meta(description="What of it came back before it was claimed.")]
    currency: str
    location_id: str
    source: str
    occurred_at: Moment
    expires_at: Annotated[Moment, Meta(description="Until when it can be claimed.")]
    member_id: Annotated[UUID | None, Meta(description="Who claimed it.")]
    transaction_id: Annotated[
        UUID | None, Meta(description="The transaction that claiming it gave, or that settled it.")
    ]
    claimed_at: Moment | None
    created_at: Moment
    code: Annotated[str, Meta(description="To print on it, for people to type.")] | UnsetType = UNSET
    qr_text: Annotated[str, Meta(description="To print on it as a QR code.")] | UnsetType = UNSET


class ClaimAnswer(Answer):
    """What the receipt gave: its purchase, and what had come back of it before."""

    points: Annotated[int, Meta(description="All in all.")]
    receipt: ReceiptAnswer
    transaction: answers.TransactionAnswer
    returns: list[answers.TransactionAnswer]


class BatchItem(Answer):
    """The answer to one purchase of a batch, with the status it would have had alone: 201 with its transaction, 202
    with the receipt that it is kept as, or a problem."""

    status: int
    replayed: bool
    transaction: answers.TransactionAnswer | UnsetType = UNSET
    receipt: ReceiptAnswer | UnsetType = UNSET
    problem: Problem | UnsetType = UNSET


class BatchAnswer(Answer):
    """One answer for each purchase, in the order given."""

    results: list[BatchItem]


def names_of(body: TillAccrual | TillReturn, *, may_be_nobody: bool) -> Names:
    """Whom a till means. Refused as Invalid when two are named, or nobody where that may not be."""
    if may_be_nobody and body.member_id is None and body.card_number is None:
        return Names(body.program_id)
    return names_in(body)


def refuse_two_members(body: ReceiptClaim) -> None:
    """Refused as Invalid when the claim names two."""
    if body.member_id is not None and body.card_number is not None:
        names_in(body)


def on_receipt(body: ReceiptClaim) -> OnReceipt:
    """What was read off the receipt. Refused as Invalid unless there is a code, or all of the rest."""
    rest = ("program_id", "reference", "amount", "currency", "date")
    given = [name for name in rest if getattr(body, name) is not None]
    if body.code is not None and set(given) <= {"program_id"}:
        return OnReceipt(code=body.code, program=body.program_id or "")
    if body.code is not None:
        detail = "Give the code, or what stands on the receipt besides, not both."
        raise Invalid([{"pointer": "/code", "code": "one-of", "detail": detail}])
    if missing := [name for name in rest if name not in given]:
        detail = "Without a code this is needed."
        raise Invalid([{"pointer": f"/{name}", "code": "required", "detail": detail} for name in missing])
    return OnReceipt(
        program=body.program_id,
        reference=body.reference,
        amount_minor=to_minor(body.amount, body.currency, "/amount"),
        currency=body.currency,
        day=body.date,
        location_id=body.location_id or "",
    )


def receipt_answer(receipt: Receipt, *, with_code: bool = False) -> ReceiptAnswer:
    """The receipt as it stands."""
    state = state_of(receipt)
    printed = {"code": shown(receipt.code), "qr_text": PREFIX + receipt.code} if with_code else {}
    return ReceiptAnswer(
        id=receipt.pk,
        program_id=receipt.program_id,
        status=state,
        reference=receipt.reference,
        amount=from_minor(receipt.amount_minor, receipt.currency),
        refunded=from_minor(receipt.refunded_minor, receipt.currency),
        currency=receipt.currency,
        location_id=receipt.location_id,
        source=receipt.source,
        occurred_at=receipt.occurred_at,
        expires_at=receipt.expires_at,
        member_id=receipt.member_id,
        transaction_id=receipt.settled_by if state == SETTLED else receipt.transaction_id,
        claimed_at=receipt.claimed_at,
        created_at=receipt.recorded_at,
        **printed,
    )


def claim_answer(done: Claimed) -> ClaimAnswer:
    """What came of a claim."""
    moved = [done.purchase, *done.returned]
    return ClaimAnswer(
        points=sum(one.posted.points for one in moved),
        receipt=receipt_answer(done.receipt),
        transaction=answers.transaction_answer(done.purchase),
        returns=[answers.transaction_answer(one) for one in done.returned],
    )


def batch_item(answer: Recorded | Kept | LoyaltyError, request) -> BatchItem:
    """The answer to one purchase of a batch."""
    if isinstance(answer, LoyaltyError):
        problem = msgspec.Raw(render(answer, request).content)
        return BatchItem(status=answer.status, replayed=False, problem=problem)
    if isinstance(answer, Kept):
        receipt = receipt_answer(answer.receipt, with_code=True)
        return BatchItem(status=202, replayed=answer.is_replayed, receipt=receipt)
    return BatchItem(status=201, replayed=answer.is_replayed, transaction=answers.transaction_answer(answer))
