"""One item of a till's queue, as it is sent and as it is read."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

from msgspec import Meta

from loyalty.errors import Invalid
from loyalty.http.shapes import Currency, Moment, Money, Shape, ShortText, check, to_minor
from programs.rewards.offline.chain import SEQUENCE_MAX
from programs.rewards.vouchers.discounts import Line
from programs.rewards.vouchers.redeeming import Order

LocationRef = Annotated[str, Meta(min_length=1, max_length=80, description="The location's code or id.")]
Hexadecimal = Annotated[str, Meta(pattern=r"^([0-9a-f]{64})?\Z", description="Empty for the first.")]
Word = Annotated[str, Meta(max_length=120)]


class OfflineLine(Shape):
    """A line of the order; `amount` is the whole line's, all its pieces together."""

    amount: Money
    quantity: Annotated[int, Meta(ge=1, le=1_000_000)] = 1
    sku: Word = ""
    category: Word = ""


class OfflineOrder(Shape):
    """What was bought: its `amount`, or its `items`, which then count."""

    currency: Currency
    amount: Money | None = None
    items: Annotated[list[OfflineLine], Meta(max_length=200)] = []


class OfflineItem(Shape):
    """One voucher that a till redeemed without a line. Fields may be left out; what stands there is signed."""

    token: Annotated[str, Meta(min_length=1, max_length=1_000, description="As it was scanned.")]
    scanned_at: Annotated[Moment, Meta(description="By the till's clock.")]
    device_id: Annotated[UUID, Meta(description="The till's id.")]
    sequence: Annotated[int, Meta(ge=1, le=SEQUENCE_MAX, description="1, 2, 3 and so on.")]
    previous: Hexadecimal = ""
    order: OfflineOrder | None = None
    reference: Annotated[ShortText, Meta(description="The receipt's number.")] = ""
    signature: Annotated[str, Meta(max_length=100, description="Ed25519, base64url without padding.")] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """An item as it is read, beside how it was sent. Amounts in minor units."""

    sent: dict
    token: str
    scanned_at: datetime
    device_id: UUID
    sequence: int
    previous: str
    order: Order | None
    reference: str
    signature: str

    @property
    def lines(self) -> Sequence[Line]:
        return self.order.lines if self.order else ()

    @property
    def currency(self) -> str:
        return self.order.currency if self.order else ""


def read_item(sent: dict) -> Item:
    """The item that `sent` (parsed JSON) is. Refusals: Invalid with every mistake."""
    scan = check(sent, OfflineItem)
    return Item(
        sent=sent,
        token=scan.token,
        scanned_at=scan.scanned_at,
        device_id=scan.device_id,
        sequence=scan.sequence,
        previous=scan.previous,
        order=_order(scan.order) if scan.order else None,
        reference=scan.reference,
        signature=scan.signature,
    )


def _order(said: OfflineOrder) -> Order:
    if said.items:
        lines = [Line(to_minor(one.amount, said.currency), one.quantity, one.sku, one.category) for one in said.items]
        return Order(said.currency, lines)
    if said.amount is None:
        raise Invalid([{"pointer": "/order/amount", "code": "required", "detail": "Give the amount or the items."}])
    return Order.of_amount(to_minor(said.amount, said.currency), said.currency)
