"""Shapes of the requests that move points, and how they become requests to the operations. No queries."""

from decimal import Decimal
from typing import Annotated, Any

from msgspec import Meta

from loyalty.errors import Invalid
from loyalty.http.shapes import UUID, Currency, Filters, Key, Moment, Money, Points, Shape, ShortText, to_minor
from programs.activity.kinds import Kind
from programs.activity.places import Names
from programs.activity.purchases import PurchaseRequest
from programs.activity.returns import ReturnRequest
from programs.activity.spending import HOLD_SECONDS, HOLD_SECONDS_MAX, RedeemRequest
from programs.earning.facts import ItemFacts
from programs.earning.returns import ReturnedItem

BATCH_MAX = 1_000

Ref = Annotated[str, Meta(min_length=1, max_length=120)]
ProgramRef = Annotated[str, Meta(min_length=1, max_length=60, description="The program's id or code.")]
MemberRef = Annotated[str, Meta(min_length=1, max_length=120, description="The member's id or external id.")]
CardNumber = Annotated[str, Meta(min_length=1, max_length=20, description="As printed on the member's card.")]
Reference = Annotated[
    str, Meta(min_length=1, max_length=200, description="The sender's own number for it.", examples=["receipt-1001"])
]
Quantity = (
    Annotated[int, Meta(ge=1, le=1_000_000)]
    | Annotated[str, Meta(pattern=r"^(0|[1-9][0-9]{0,6})\.[0-9]{1,4}\Z", description="Of what is weighed: 1.250.")]
)
Metadata = Annotated[
    dict[Annotated[str, Meta(max_length=60)], Any],
    Meta(max_length=50, description="Whatever the sender wants to keep."),
]


class LineItem(Shape):
    """A line of a purchase; `amount` is the whole line's, all its pieces together."""

    sku: Annotated[str, Meta(min_length=1, max_length=120)]
    quantity: Quantity
    amount: Money
    name: ShortText | None = None
    category: Annotated[str, Meta(max_length=120)] | None = None
    labels: Annotated[dict[Annotated[str, Meta(max_length=60)], ShortText], Meta(max_length=50)] = {}


class Tender(Shape):
    """What a part of the purchase was paid with."""

    type: Annotated[str, Meta(min_length=1, max_length=40, examples=["card"])]
    amount: Money


class Earn(Shape):
    """A purchase. Without an idempotency key the `reference` stands for one."""

    program_id: ProgramRef
    amount: Money
    currency: Currency
    reference: Reference
    occurred_at: Moment | None = None
    items: Annotated[list[LineItem], Meta(max_length=1_000)] = []
    source: Annotated[str, Meta(max_length=40, description="Where it was made: till, shop, app.")] | None = None
    location_id: Annotated[str, Meta(max_length=80)] | None = None
    tenders: Annotated[list[Tender], Meta(max_length=50)] = []
    metadata: Metadata = {}
    idempotency_key: Key | None = None


class Accrual(Earn):
    """A purchase at a till or in a shop: the member is named by `member_id` or `card_number`."""

    member_id: MemberRef | None = None
    card_number: CardNumber | None = None


class Prospect(Accrual):
    """A purchase that may not have been made yet: it can do without a reference. With `ruleset_version` that version of
    the program's rules decides, published or not."""

    reference: Reference | None = None
    ruleset_version: Annotated[int, Meta(ge=1, le=1_000_000)] | None = None


class Redeem(Shape):
    """Points to spend."""

    program_id: ProgramRef
    points: Points
    order_points: (
        Annotated[
            Points,
            Meta(
                description="What the whole order costs in points. Fewer than `points` are taken where the program "
                "lets fewer go into an order (`redeem_percent_max`), or the member has fewer."
            ),
        ]
        | None
    ) = None
    reward_id: Annotated[str, Meta(max_length=60)] | None = None
    description: ShortText | None = None
    reference: Reference | None = None
    idempotency_key: Key | None = None


class TillRedeem(Redeem):
    """Points to spend at a till: the member is named by `member_id` or `card_number`."""

    member_id: MemberRef | None = None
    card_number: CardNumber | None = None


class Deposit(Shape):
    """Points to give as such."""

    program_id: ProgramRef
    amount: Points
    reason: Annotated[str, Meta(max_length=400)] | None = None
    idempotency_key: Key | None = None


class NewHold(Shape):
    """Points to set aside for `expires_in` seconds."""

    program_id: ProgramRef
    points: Points
    expires_in: Annotated[int, Meta(ge=1, le=HOLD_SECONDS_MAX, description="Seconds.")] = HOLD_SECONDS
    description: ShortText | None = None
    idempotency_key: Key | None = None


class Capture(Shape):
    """Which part of a hold is spent; without `points` all of it."""

    points: Points | None = None
    idempotency_key: Key | None = None


class Release(Shape):
    """Nothing to say but the key."""

    idempotency_key: Key | None = None


class Reversal(Shape):
    """Why a transaction is undone."""

    reason: Annotated[str, Meta(min_length=1, max_length=400)]
    idempotency_key: Key | None = None


class ReturnedLine(Shape):
    """Pieces of a line that came back."""

    sku: Annotated[str, Meta(min_length=1, max_length=120)]
    quantity: Quantity = 1


class NewReturn(Shape):
    """What came back: an `amount`, or `items` of the purchase; with neither, all that is left of it. Without an
    idempotency key the `reference` stands for one."""

    reference: Reference
    amount: Money | None = None
    items: Annotated[list[ReturnedLine], Meta(max_length=1_000)] = []
    occurred_at: Moment | None = None
    description: ShortText | None = None
    idempotency_key: Key | None = None


class BalanceFilters(Shape):
    """`at`: as it was then by the time in the world; `known_at`: as the books knew it then."""

    at: Moment | None = None
    known_at: Moment | None = None


class OneBalanceFilters(BalanceFilters):
    """The program may be left out where there is just one."""

    program_id: ProgramRef | None = None


class TransactionFilters(Filters):
    """Newest first."""

    program_id: ProgramRef | None = None
    type: Kind | None = None


class StatementFilters(Shape):
    """A month by the program's calendar. The program may be left out where there is just one."""

    month: Annotated[str, Meta(pattern=r"^(19|20|21)[0-9]{2}-(0[1-9]|1[0-2])\Z", examples=["2026-10"])]
    program_id: ProgramRef | None = None


def to_purchase(body: Earn, names: Names, *, key: str | None, pointer: str = "") -> PurchaseRequest:
    """The purchase in a body. Refused as Invalid with every amount that has too many decimals."""
    currency, errors = body.currency, []

    def minor(money: str, at: str) -> int:
        try:
            return to_minor(money, currency, f"{pointer}{at}")
        except Invalid as error:
            errors.extend(error.errors)
            return 0

    request = PurchaseRequest(
        names=names,
        amount_minor=minor(body.amount, "/amount"),
        currency=currency,
        reference=body.reference or "",
        occurred_at=body.occurred_at,
        items=[
            ItemFacts(
                sku=item.sku,
                amount_minor=minor(item.amount, f"/items/{n}/amount"),
                quantity=_quantity(item.quantity),
                name=item.name or "",
                category=item.category or "",
                labels=item.labels,
            )
            for n, item in enumerate(body.items)
        ],
        tenders=[
            {"type": tender.type, "amount_minor": minor(tender.amount, f"/tenders/{n}/amount")}
            for n, tender in enumerate(body.tenders)
        ],
        source=body.source or "",
        location_id=body.location_id or "",
        metadata=body.metadata,
        key=key or "",
    )
    if errors:
        raise Invalid(errors)
    return request


def to_redemption(body: Redeem, names: Names, *, key: str) -> RedeemRequest:
    """The redemption in a body."""
    return RedeemRequest(
        names=names,
        points=body.points,
        key=key,
        order_points=body.order_points,
        reference=body.reference or "",
        description=body.description or "",
        reward_id=body.reward_id or "",
    )


def to_return(body: NewReturn, purchase_id: UUID, *, key: str | None) -> ReturnRequest:
    """The return in a body. Refused as Invalid when both amount and items are given."""
    if body.amount is not None and body.items:
        detail = "Give an amount or items, not both."
        raise Invalid([{"pointer": "/items", "code": "one-of", "detail": detail}])
    return ReturnRequest(
        reference=body.reference,
        purchase_id=purchase_id,
        amount=body.amount,
        items=[ReturnedItem(sku=line.sku, quantity=_quantity(line.quantity)) for line in body.items],
        occurred_at=body.occurred_at,
        description=body.description or "",
        key=key or "",
    )


def names_in(body: Accrual | TillRedeem, pointer: str = "") -> Names:
    """Whom a till means. Refused as Invalid unless exactly one of `member_id` and `card_number` is there."""
    if (body.member_id is None) == (body.card_number is None):
        detail = "Give member_id or card_number, one of them."
        raise Invalid([{"pointer": f"{pointer}/member_id", "code": "one-of", "detail": detail}])
    return Names(body.program_id, body.member_id or "", (body.card_number or "").replace(" ", ""))


def _quantity(quantity: int | str) -> int | Decimal:
    return quantity if isinstance(quantity, int) else Decimal(quantity)
