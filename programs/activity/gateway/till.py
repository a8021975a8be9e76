"""What tills tell of purchases and of goods that come back: it goes to the member who is named and known, else to a
receipt."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from loyalty.errors import Invalid, LoyaltyError, NotFound
from loyalty.http.money import to_minor
from loyalty.identity.principals import Principal
from programs.activity.gateway.coming_back import receipt_named, return_to_receipt
from programs.activity.gateway.keeping import Kept, record_receipts
from programs.activity.gateway.models import Receipt
from programs.activity.models import Purchase
from programs.activity.places import Names
from programs.activity.points import find_place
from programs.activity.purchases import PurchaseRequest, record_purchases
from programs.activity.records import Recorded
from programs.activity.returns import ReturnRequest, return_purchase
from programs.activity.unlinked_returns import UnlinkedReturn, record_unlinked_return
from programs.membership.selectors import find_program


@dataclass(frozen=True, slots=True, kw_only=True)
class CameBack:
    """Goods worth `amount` (a decimal string) that came back at a till; `purchase_reference` is their receipt, if there
    is one. Without it the names have a member."""

    names: Names
    reference: str
    amount: str
    currency: str
    purchase_reference: str = ""
    occurred_at: datetime | None = None


def record_or_keep(
    principal: Principal, told: Sequence[tuple[PurchaseRequest, bool]]
) -> list[Recorded | Kept | LoyaltyError]:
    """Records purchases as `record_purchases`; of those told with True the ones that name no member, or none that is
    known, are kept as receipts instead (`record_receipts`). Answered in the order given; refusals are theirs."""
    answers: list[Recorded | Kept | LoyaltyError | None] = [None] * len(told)
    named = [n for n, (request, keeps) in enumerate(told) if not keeps or _names_somebody(request)]
    recorded = record_purchases(principal, [told[n][0] for n in named])
    for n, answer in zip(named, recorded, strict=True):
        answers[n] = None if told[n][1] and _is_member_unknown(answer) else answer
    left = [n for n, answer in enumerate(answers) if answer is None]
    for n, answer in zip(left, record_receipts(principal, [told[n][0] for n in left]) if left else [], strict=True):
        answers[n] = answer
    return answers


def record_or_keep_one(principal: Principal, request: PurchaseRequest) -> Recorded | Kept:
    """Records one purchase, or keeps it; raises its refusal (see `record_or_keep`)."""
    (answer,) = record_or_keep(principal, [(request, True)])
    if isinstance(answer, LoyaltyError):
        raise answer
    return answer


def return_at_till(principal: Principal, told: CameBack) -> Recorded | Kept:
    """Takes back the points of what came back, where its receipt is known: of the member's purchase (or of anybody's,
    where no member is named), or off a receipt that is still to be claimed. Else it is only written down for the
    member. Repeating it (same reference) answers the first answer. Refusals, in order of precedence: NotFound (program,
    member, and without a member the receipt), Forbidden, ScopeMissing, Invalid (currency), then those of
    `return_purchase`, `return_to_receipt` or `record_unlinked_return`."""
    is_named = bool(told.names.member or told.names.card_number)
    program_id, member_id = _whose(principal, told) if is_named else (_program(principal, told), None)
    asked = ReturnRequest(reference=told.reference, amount=told.amount, occurred_at=told.occurred_at)
    if told.purchase_reference:
        bought = _bought(program_id, member_id, told)
        if bought is not None:
            return return_purchase(principal, replace(asked, purchase_id=bought))
        receipt = receipt_named(program_id, told.purchase_reference)
        if receipt is not None and (not is_named or _is_unclaimed(receipt, told)):
            return return_to_receipt(principal, receipt, asked)
    if not is_named:
        raise NotFound("There is no purchase with this receipt.", pointer="/purchase_reference")
    unlinked = UnlinkedReturn(
        names=told.names,
        reference=told.reference,
        amount_minor=to_minor(told.amount, told.currency),
        currency=told.currency,
        occurred_at=told.occurred_at,
    )
    return record_unlinked_return(principal, unlinked)


def _names_somebody(request: PurchaseRequest) -> bool:
    return bool(request.names.member or request.names.card_number)


def _is_member_unknown(answer: Recorded | LoyaltyError) -> bool:
    return isinstance(answer, NotFound) and answer.pointer != "/program_id"


def _whose(principal: Principal, told: CameBack) -> tuple[UUID, UUID]:
    place = find_place(principal, told.names)
    return place.program.id, place.member_id


def _program(principal: Principal, told: CameBack) -> UUID:
    program = find_program(principal, told.names.program)
    principal.require("points.return", program.brand_id)
    if told.currency != program.money_currency:
        detail = f"The program counts purchases in {program.money_currency}."
        raise Invalid([{"pointer": "/currency", "code": "currency-mismatch", "detail": detail}])
    return program.pk


def _bought(program_id: UUID, member_id: UUID | None, told: CameBack) -> UUID | None:
    """The id of the purchase with that receipt; None where there is none."""
    known = Purchase.objects.filter(program=program_id, reference=told.purchase_reference, currency=told.currency)
    known = known if member_id is None else known.filter(member=member_id)
    return known.order_by("recorded_at").values_list("pk", flat=True).first()


def _is_unclaimed(receipt_id: UUID, told: CameBack) -> bool:
    found = Receipt.objects.filter(pk=receipt_id, currency=told.currency)
    return found.exclude(status=Receipt.Status.CLAIMED).exists()
