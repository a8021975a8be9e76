"""Shapes of vouchers, in and out. No queries."""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta

from loyalty.errors import Invalid
from loyalty.http.money import from_minor, to_minor
from loyalty.http.shapes import UNSET, UUID, Answer, Currency, Filters, Key, Moment, Money, Shape, ShortText, UnsetType
from programs.activity.serializers import LineItem, MemberRef, ProgramRef
from programs.rewards.models import Voucher
from programs.rewards.vouchers.asking import Order, Redeemed, RedeemRequest, Validated
from programs.rewards.vouchers.codes import shown
from programs.rewards.vouchers.discounts import Line
from programs.rewards.vouchers.words import in_words, percent_text

Kind = Literal["generic", "unique", "birthday", "gift", "stamps", "personal"]
Status = Literal["issued", "claimed", "redeemed", "expired", "disabled"]
DiscountKind = Literal["amount", "percent", "cheapest", "buy_x_get_y"]
LocationRef = Annotated[str, Meta(min_length=1, max_length=80, description="A location's id or code.")]


class VoucherFilters(Filters):
    """Which vouchers. `status` is as it is read now: what has run out is expired. `location_id` keeps those that can be
    redeemed there: that name the location, or none."""

    status: Status | None = None
    program_id: ProgramRef | None = None
    member_id: MemberRef | None = None
    location_id: LocationRef | None = None
    kind: Kind | None = None
    code: Annotated[str, Meta(min_length=1, max_length=60)] | None = None


class VoucherPatch(Shape):
    """What changes; what is not given stays. `expires_at` null: without an end."""

    program_id: Annotated[ProgramRef, Meta(description="Another program of the brand.")] | UnsetType = UNSET
    expires_at: Moment | UnsetType | None = UNSET


class Disabling(Shape):
    """Why nobody is to use it any more. It may stand in the query instead."""

    reason: ShortText = ""


class Use(Shape):
    """What is bought, where and by whom. `amount` is the order's; with `items` it can be left out, else it is their
    sum. `gift_amount` is the most that a gift card is to pay."""

    location_id: LocationRef | None = None
    amount: Money | None = None
    currency: Currency | None = None
    items: Annotated[list[LineItem], Meta(max_length=1_000)] = []
    gift_amount: Money | None = None
    member_id: MemberRef | None = None
    reference: Annotated[str, Meta(max_length=200, description="The receipt's or order's own number.")] = ""


class Redemption(Use):
    """A use of a voucher. The idempotency key stands in the header or here."""

    idempotency_key: Key | None = None


class Validation(Use):
    """What would be bought. A key is not needed, and changes nothing."""

    idempotency_key: Key | None = None


class Rollback(Shape):
    """Which use is taken back (without `use_id` the last one), and why."""

    use_id: UUID | None = None
    reason: ShortText = ""
    idempotency_key: Key | None = None


class DiscountAnswer(Answer):
    """What it is worth, in words and in numbers."""

    words: str
    kind: Annotated[str, Meta(description="amount, percent, cheapest, buy_x_get_y, or the kind of the reward.")]
    value: Money | None
    percent: Annotated[str | None, Meta(examples=["12.5"])]
    buy_quantity: int | None
    free_quantity: int | None
    skus: list[str]
    categories: list[str]
    order_min: Money | None
    discount_max: Money | None
    currency: Currency


class VoucherAnswer(Answer):
    """A voucher."""

    id: UUID
    code: Annotated[str, Meta(description="As people read it; hyphens and small letters do not matter.")]
    kind: Kind
    status: Annotated[Status, Meta(description="As of now: expired once its time is over.")]
    name: str
    reward_id: UUID | None
    member_id: UUID | None
    program_id: UUID
    uses: int
    uses_max: Annotated[int | None, Meta(description="null: no end of them.")]
    member_uses_max: int | None
    starts_at: Moment | None
    expires_at: Moment | None
    issued_at: Moment
    claimed_at: Moment | None
    redeemed_at: Annotated[Moment | None, Meta(description="The last use.")]
    disabled_at: Moment | None
    value: Annotated[Money | None, Meta(description="What a gift card held at first.")]
    balance: Annotated[Money | None, Meta(description="What a gift card has left.")]
    currency: Currency
    points: Annotated[int, Meta(description="What was paid for it.")]
    discount: DiscountAnswer
    locations: Annotated[list[str], Meta(description="Codes of where it is redeemed; empty: everywhere.")]
    external_code: (
        Annotated[str, Meta(description="The code of somebody else that it stands for; not for partners.")] | UnsetType
    ) = UNSET


class ItemAnswer(Answer):
    """What came off one item of the order."""

    sku: str
    amount: Money
    discount: Money


class WorthAnswer(Answer):
    """What is taken off an order of `amount` in all and of each of its items; what is left to pay is `amount_after`. A
    gift card takes nothing off items."""

    discount: Money
    currency: Currency | None
    amount: Money | None
    amount_after: Money | None
    items: list[ItemAnswer]


class RedemptionAnswer(WorthAnswer):
    """A use of a voucher, and the voucher as it was right after it."""

    id: Annotated[UUID, Meta(description="Of the use; it can be taken back by it.")]
    voucher: VoucherAnswer
    balance: Annotated[Money | None, Meta(description="What a gift card has left.")]
    location_id: UUID | None
    location: Annotated[str | None, Meta(description="The location's code.")]
    member_id: UUID | None
    reference: str
    redeemed_at: Moment


class ValidationAnswer(WorthAnswer):
    """Whether the voucher would be taken now, and what it would take off; with `is_valid` false `code`, `title` and
    `detail` say why not, as the refusal of a redemption would."""

    is_valid: bool
    code: str | None
    title: str | None
    detail: str | None
    voucher: VoucherAnswer


def to_request(body: Use, voucher: str, *, key: str = "", address: str = "") -> RedeemRequest:
    """The redemption in a body. Refused as Invalid: amounts without a currency, with too many decimals, or that are not
    the sum of the items."""
    currency = body.currency or ""
    if not currency and (body.amount is not None or body.items or body.gift_amount is not None):
        detail = "Amounts need their currency."
        raise Invalid([{"pointer": "/currency", "code": "required", "detail": detail}])
    gift_minor = None if body.gift_amount is None else to_minor(body.gift_amount, currency, "/gift_amount")
    return RedeemRequest(
        voucher=voucher,
        key=key,
        location_id=body.location_id or "",
        order=_order(body, currency),
        amount_minor=gift_minor,
        currency=currency,
        member=body.member_id or "",
        reference=body.reference,
        address=address,
    )


def _order(body: Use, currency: str) -> Order | None:
    amount_minor = None if body.amount is None else to_minor(body.amount, currency)
    if not body.items:
        return None if amount_minor is None else Order.of_amount(amount_minor, currency)
    order = Order(currency, [_line(n, item, currency) for n, item in enumerate(body.items)])
    if amount_minor not in (None, order.amount_minor):
        detail = f"The items come to {from_minor(order.amount_minor, currency)}."
        raise Invalid([{"pointer": "/amount", "code": "not-the-sum", "detail": detail}])
    return order


def _line(n: int, item: LineItem, currency: str) -> Line:
    """What is weighed is one piece."""
    return Line(
        amount_minor=to_minor(item.amount, currency, f"/items/{n}/amount"),
        quantity=item.quantity if isinstance(item.quantity, int) else 1,
        sku=item.sku,
        category=item.category or "",
    )


def voucher_answer(voucher: Voucher, *, status: str, currency: str, with_external: bool) -> VoucherAnswer:
    """The voucher in the status given; `currency` is its program's, for terms that name none. The code of somebody else
    is left out unless `with_external`."""
    terms, currency = voucher.terms, voucher.terms.get("currency") or currency
    plain = (
        "id", "kind", "reward_id", "member_id", "program_id", "uses", "uses_max", "member_uses_max", "starts_at",
        "expires_at", "issued_at", "claimed_at", "redeemed_at", "disabled_at", "points",
    )  # fmt: skip
    return VoucherAnswer(
        code=shown(voucher.code),
        status=status,
        name=terms.get("name") or "",
        value=_money(voucher.value_minor, currency),
        balance=_money(voucher.balance_minor, currency),
        currency=currency,
        discount=_discount(voucher, currency),
        locations=list(terms.get("locations") or ()),
        external_code=voucher.external_code if with_external and voucher.external_code else UNSET,
        **{name: getattr(voucher, name) for name in plain},
    )


def redemption_answer(done: Redeemed, request: RedeemRequest, voucher: VoucherAnswer) -> RedemptionAnswer:
    """What a redemption answers; `voucher` is it as it was right after."""
    redeemed_at: datetime = done.voucher.redeemed_at
    return RedemptionAnswer(
        id=done.use_id,
        voucher=voucher,
        balance=_money(done.balance_after_minor, done.currency),
        location_id=done.location.id if done.location else None,
        location=done.location.code if done.location else None,
        member_id=done.member_id,
        reference=done.reference,
        redeemed_at=redeemed_at,
        **_worth(done, request),
    )


def validation_answer(found: Validated, request: RedeemRequest, voucher: VoucherAnswer) -> ValidationAnswer:
    """What a validation answers."""
    refusal = found.refusal
    return ValidationAnswer(
        is_valid=refusal is None,
        code=refusal.code if refusal else None,
        title=refusal.title() if refusal else None,
        detail=refusal.detail if refusal else None,
        voucher=voucher,
        **_worth(found, request),
    )


def _worth(found: Redeemed | Validated, request: RedeemRequest) -> dict:
    currency, before = found.currency or voucher_currency(found.voucher), found.order_minor
    lines = (
        request.order.lines if request.order and found.lines and len(found.lines) == len(request.order.lines) else ()
    )
    return {
        "discount": from_minor(found.discount_minor, currency),
        "currency": currency or None,
        "amount": _money(before, currency),
        "amount_after": None if before is None else from_minor(before - found.discount_minor, currency),
        "items": [
            ItemAnswer(
                sku=line.sku,
                amount=from_minor(line.amount_minor, currency),
                discount=from_minor(off, currency),
            )
            for line, off in zip(lines, found.lines, strict=False)
            if line.sku
        ],
    }


def voucher_currency(voucher: Voucher) -> str:
    """The currency that the voucher itself names; "" where it names none."""
    return voucher.terms.get("currency") or ""


def _discount(voucher: Voucher, currency: str) -> DiscountAnswer:
    terms = voucher.terms
    return DiscountAnswer(
        words=in_words(terms, currency, value_minor=voucher.value_minor),
        kind=terms.get("discount_kind") or terms.get("kind") or "product",
        value=_money(terms.get("value_minor"), currency),
        percent=percent_text(terms.get("percent")),
        buy_quantity=terms.get("buy_quantity"),
        free_quantity=terms.get("free_quantity"),
        skus=list(terms.get("skus") or ()),
        categories=list(terms.get("categories") or ()),
        order_min=_money(terms.get("order_minor_min"), currency),
        discount_max=_money(terms.get("discount_minor_max"), currency),
        currency=currency,
    )


def _money(minor: int | None, currency: str) -> str | None:
    return None if minor is None else from_minor(minor, currency)
