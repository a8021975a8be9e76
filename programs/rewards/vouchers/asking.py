"""What a till says when it redeems a voucher, and what it is answered. No database here."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

import msgspec

from programs.rewards.models import Voucher
from programs.rewards.vouchers.discounts import Line
from programs.rewards.vouchers.finding import Asked, Spot


class Token(Protocol):
    """What counts of the QR token that showed the voucher."""

    @property
    def token_id(self) -> str: ...

    @property
    def expires_at(self) -> datetime: ...


@dataclass(frozen=True, slots=True)
class Order:
    """What is bought: lines in minor units of the currency. One without items is one line of its amount."""

    currency: str
    lines: Sequence[Line]

    @classmethod
    def of_amount(cls, amount_minor: int, currency: str) -> "Order":
        """An order of which only the amount is known."""
        return cls(currency, (Line(amount_minor),))

    @property
    def amount_minor(self) -> int:
        """What it comes to before."""
        return sum(line.amount_minor for line in self.lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class RedeemRequest:
    """One redemption as a till asks for it. `voucher` is an id or a code; `amount_minor` bounds what a gift card pays,
    in `currency` where there is no order; `member` is whoever uses it, by id or the brand's own number. `at` is when it
    happened, now if left out, and what it is judged as of; `is_offline` says that nobody could be asked then, so that a
    voucher which has been marked as expired since is still taken. `address` is the network address that wrong codes
    count for."""

    voucher: str
    key: str
    location_id: str = ""
    order: Order | None = None
    amount_minor: int | None = None
    currency: str = ""
    member: str = ""
    reference: str = ""
    at: datetime | None = None
    is_offline: bool = False
    token: Token | None = None
    address: str = ""

    @property
    def asked_currency(self) -> str:
        """The currency that the request speaks of; "" where it speaks of no money."""
        return self.order.currency if self.order else self.currency

    def asked(self, key: str = "") -> Asked:
        """What is looked up with the voucher."""
        token_id = self.token.token_id if self.token else ""
        return Asked(key=key, location=self.location_id, member=self.member, token_id=token_id)

    def fingerprint(self, voucher_id: UUID) -> bytes:
        """What makes two requests the same: all that they say."""
        order = self.order and (self.order.currency, [_said(line) for line in self.order.lines])
        said = (
            "redeem", voucher_id, self.location_id, order, self.amount_minor, self.currency, self.member,
            self.reference, self.at, self.is_offline, self.token and self.token.token_id,
        )  # fmt: skip
        return hashlib.sha256(msgspec.json.encode(said)).digest()


def _said(line: Line) -> tuple:
    return (line.amount_minor, line.quantity, line.sku, line.category)


@dataclass(frozen=True, slots=True)
class Redeemed:
    """A redemption: the voucher as it was right after it, and in minor units of `currency` what it took off in all and
    of each line, what the order came to before, and what a gift card has left."""

    voucher: Voucher
    use_id: UUID
    discount_minor: int
    lines: list[int]
    balance_after_minor: int | None
    is_replayed: bool
    currency: str
    order_minor: int | None
    location: Spot | None
    reference: str
    member_id: UUID | None


@dataclass(frozen=True, slots=True)
class Validated:
    """What a voucher would take off now, in minor units; or with `refusal` (a LoyaltyError) why it would not be
    taken."""

    voucher: Voucher
    discount_minor: int = 0
    lines: Sequence[int] = ()
    currency: str = ""
    order_minor: int | None = None
    refusal: Any = None
