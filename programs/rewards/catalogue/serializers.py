"""Shapes of rewards, in and out. No queries: what an answer needs has been fetched before."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from loyalty.errors import Invalid
from loyalty.http.shapes import (
    UNSET,
    UUID,
    Answer,
    Currency,
    Filters,
    Moment,
    Money,
    Shape,
    UnsetType,
    from_minor,
    to_minor,
)
from programs.membership.models import Program
from programs.rewards.catalogue.languages import Told
from programs.rewards.catalogue.pictures import picture_address
from programs.rewards.catalogue.pool import CODES_MAX, LENGTH_MAX
from programs.rewards.catalogue.validity import COUNT_MAX, DAYS_MAX, WHOLE_MAX
from programs.rewards.models import Reward

Ref = Annotated[str, Meta(min_length=1, max_length=120)]
Code = Annotated[
    str,
    Meta(
        pattern=r"^[A-Za-z0-9_-]{1,60}\Z",
        description="Letters, digits, - and _; unique in the program, never changed. Rules give the reward by it.",
        examples=["free-coffee"],
    ),
]
Name = Annotated[str, Meta(min_length=1, max_length=120, examples=["A coffee of your choice"])]
Description = Annotated[str, Meta(max_length=5000, description="What members read.")]
Kind = Literal["product", "discount", "free_item", "gift_card", "donation", "external_code"]
Status = Literal["draft", "active", "paused"]
AnyStatus = Literal["draft", "active", "paused", "archived"]
DiscountKind = Annotated[
    Literal["amount", "percent", "cheapest", "buy_x_get_y", ""],
    Meta(
        description="Of a discount: `amount` takes `value` off, `percent` so many percent, `cheapest` so many percent "
        "off the cheapest item, `buy_x_get_y` gives `free_quantity` for each `buy_quantity` bought."
    ),
]
Whole = Annotated[int, Meta(ge=0, le=WHOLE_MAX)]
Count = Annotated[int, Meta(ge=1, le=COUNT_MAX)]
Quantity = Annotated[int, Meta(ge=1, le=1000)]
Cost = Annotated[int, Meta(ge=0, le=WHOLE_MAX, description="Whole points; 0: it is free.", examples=[500])]
Stock = Annotated[Whole, Meta(description="How many are left; null: no end of them.")]
Low = Annotated[Whole, Meta(description="An event `reward.low_stock` tells when so few are left.")]
Days = Annotated[int, Meta(ge=1, le=DAYS_MAX, description="Days its voucher can be used; null: without an end.")]
Position = Annotated[int, Meta(ge=0, le=COUNT_MAX, description="The lower number stands first.")]
Percent = Annotated[
    str,
    Meta(
        pattern=r"^(0|[1-9][0-9]{0,2})(\.[0-9]{1,2})?\Z",
        description="A decimal string, more than 0 and up to 100.",
        examples=["12.5"],
    ),
]
Language = Annotated[str, Meta(max_length=20)]
Words = Annotated[str, Meta(min_length=1, max_length=80)]
Named = Annotated[list[Words], Meta(max_length=500)]
Tiers = Annotated[Named, Meta(description="Codes of the tiers that may claim it; empty: all.")]
Segments = Annotated[Named, Meta(description="Keys of the segments of which one may claim it; empty: everybody.")]
Skus = Annotated[Named, Meta(description="The items it is for; empty: all.")]
Locations = Annotated[Named, Meta(description="Codes of the locations where it is redeemed; empty: everywhere.")]


class Translation(Shape):
    """A reward in another language; what is left out is told in the plain words."""

    name: Name | UnsetType = UNSET
    description: Description | UnsetType = UNSET


Translations = Annotated[
    dict[Language, Translation],
    Meta(
        description="By language, as in Accept-Language, in small letters.", examples=[{"nl": {"name": "Een koffie"}}]
    ),
]


class NewReward(Shape):
    """A reward to enter. Amounts are in the program's currency, which stands beside them. A discount needs its
    `discount_kind` and what that is counted by, a gift card its `value`, a free item its `skus` or `categories`."""

    program_id: Ref
    code: Code
    name: Name
    kind: Kind = "product"
    description: Description = ""
    translations: Translations = {}
    status: Status = "draft"
    points_cost: Cost = 0
    stock_left: Stock | None = None
    stock_low_at: Low | None = None
    member_max: Annotated[Count | None, Meta(description="How many one member can claim; null: any number.")] = None
    starts_at: Annotated[Moment | None, Meta(description="Null: at once.")] = None
    ends_at: Annotated[Moment | None, Meta(description="Null: until it is archived.")] = None
    tiers: Tiers = []
    segments: Segments = []
    discount_kind: DiscountKind = ""
    value: Annotated[Money | None, Meta(description="The amount off, or what a gift card holds.")] = None
    currency: Annotated[Currency | None, Meta(description="The program's; with amounts it must be there.")] = None
    percent: Percent | None = None
    buy_quantity: Quantity | None = None
    free_quantity: Quantity | None = None
    skus: Skus = []
    categories: Named = []
    order_min: Annotated[Money | None, Meta(description="The least an order must come to.")] = None
    discount_max: Annotated[Money | None, Meta(description="The most it takes off.")] = None
    locations: Locations = []
    voucher_days: Days | None = None
    uses_max: Annotated[Count, Meta(description="How often its voucher can be used.")] = 1
    is_birthday_gift: bool = False
    position: Position = 0


class RewardPatch(Shape):
    """What changes; what is not given stays."""

    name: Name | UnsetType = UNSET
    description: Description | UnsetType = UNSET
    translations: Translations | UnsetType = UNSET
    status: Status | UnsetType = UNSET
    points_cost: Cost | UnsetType = UNSET
    stock_left: Stock | UnsetType | None = UNSET
    stock_low_at: Low | UnsetType | None = UNSET
    member_max: Count | UnsetType | None = UNSET
    starts_at: Moment | UnsetType | None = UNSET
    ends_at: Moment | UnsetType | None = UNSET
    tiers: Tiers | UnsetType = UNSET
    segments: Segments | UnsetType = UNSET
    discount_kind: DiscountKind | UnsetType = UNSET
    value: Money | UnsetType | None = UNSET
    currency: Currency | UnsetType | None = UNSET
    percent: Percent | UnsetType | None = UNSET
    buy_quantity: Quantity | UnsetType | None = UNSET
    free_quantity: Quantity | UnsetType | None = UNSET
    skus: Skus | UnsetType = UNSET
    categories: Named | UnsetType = UNSET
    order_min: Money | UnsetType | None = UNSET
    discount_max: Money | UnsetType | None = UNSET
    locations: Locations | UnsetType = UNSET
    voucher_days: Days | UnsetType | None = UNSET
    uses_max: Count | UnsetType = UNSET
    is_birthday_gift: bool | UnsetType = UNSET
    position: Position | UnsetType = UNSET


class RewardFilters(Filters):
    """Which rewards."""

    program_id: Ref | None = None
    kind: Kind | None = None
    status: AnyStatus | None = None


class NewCodes(Shape):
    """Codes of somebody else, as members are to see them."""

    codes: Annotated[list[Annotated[str, Meta(max_length=LENGTH_MAX)]], Meta(min_length=1, max_length=CODES_MAX)]


class CodesAdded(Answer):
    """How many codes are new in the pool."""

    added: int
    duplicates: Annotated[list[str], Meta(description="Those of the codes given that were there, or given twice.")]


class CodesCounted(Answer):
    """How many codes a pool has."""

    added: Annotated[int, Meta(description="In all, those that were given to members too.")]
    left: int


class RewardAnswer(Answer):
    """A reward. What is only the brand's business is left out for members."""

    id: UUID
    program_id: UUID
    program_code: str
    code: str
    name: str
    description: str
    kind: Kind
    status: AnyStatus
    points_cost: int
    member_max: int | None
    starts_at: Moment | None
    ends_at: Moment | None
    tiers: list[str]
    discount_kind: str
    value: str | None
    currency: str
    percent: str | None
    buy_quantity: int | None
    free_quantity: int | None
    skus: list[str]
    categories: list[str]
    order_min: str | None
    discount_max: str | None
    locations: list[str]
    voucher_days: int | None
    uses_max: int
    is_in_stock: Annotated[bool, Meta(description="Whether one is left; some of them may be set aside.")]
    picture_url: Annotated[str | None, Meta(description="For everybody; another picture has another address.")]
    picture_width: int | None
    picture_height: int | None
    version: int
    translations: dict[str, Any] | UnsetType = UNSET
    stock_left: int | UnsetType | None = UNSET
    stock_low_at: int | UnsetType | None = UNSET
    segments: list[str] | UnsetType = UNSET
    is_birthday_gift: bool | UnsetType = UNSET
    position: int | UnsetType = UNSET
    created_at: Moment | UnsetType = UNSET
    updated_at: Moment | UnsetType = UNSET


AMOUNTS = {"value": "value_minor", "order_min": "order_minor_min", "discount_max": "discount_minor_max"}
PLAIN = (
    "id", "program_id", "code", "kind", "status", "points_cost", "member_max", "starts_at", "ends_at", "tiers",
    "discount_kind", "buy_quantity", "free_quantity", "skus", "categories", "locations", "voucher_days", "uses_max",
    "picture_width", "picture_height", "version",
)  # fmt: skip
OF_BRAND = (
    "translations", "stock_left", "stock_low_at", "segments", "is_birthday_gift", "position", "created_at",
    "updated_at",
)  # fmt: skip


def terms_in(shape: Shape, program: Program) -> tuple[dict[str, Any], list[dict]]:
    """The fields that were given, by the names of the model: amounts in minor units, `percent` a Decimal; and what was
    wrong with the amounts."""
    given: dict[str, Any] = {k: v for k, v in msgspec.structs.asdict(shape).items() if v is not UNSET}
    mistakes: list[dict] = []
    given.pop("program_id", None)
    currency = given.pop("currency", None)
    amounts = {name: given.pop(name) for name in AMOUNTS if name in given}
    if currency != program.money_currency and (currency or any(amounts.values())):
        code = "currency-mismatch" if currency else "required"
        detail = f"The program's currency is {program.money_currency}."
        mistakes.append({"pointer": "/currency", "code": code, "detail": detail})
    for name, amount in amounts.items():
        try:
            given[AMOUNTS[name]] = amount and to_minor(amount, program.money_currency, f"/{name}")
        except Invalid as refusal:
            mistakes += refusal.errors
    if given.get("percent"):
        given["percent"] = Decimal(given["percent"])
    if "translations" in given:
        given["translations"] = msgspec.to_builtins(given["translations"])
    return given, mistakes


def reward_answer(reward: Reward, told: Told, *, is_brands: bool) -> RewardAnswer:
    """The reward, read by `selectors.shown`, in these words; with what only the brand's own people and systems see."""
    currency = reward.program.money_currency
    values: dict[str, Any] = {name: getattr(reward, name) for name in PLAIN}
    values |= {name: _written(getattr(reward, field), currency) for name, field in AMOUNTS.items()}
    values |= {name: getattr(reward, name) for name in OF_BRAND} if is_brands else {}
    is_pool = reward.kind == Reward.Kind.EXTERNAL_CODE
    return RewardAnswer(
        **values,
        name=told.name,
        description=told.description,
        program_code=reward.program.code,
        currency=currency,
        percent=None if reward.percent is None else f"{reward.percent.normalize():f}",
        is_in_stock=reward.has_pool_code if is_pool else reward.stock_left is None or reward.stock_left > 0,
        picture_url=picture_address(reward.pk, reward.picture_digest),
    )


def codes_answer(counts: Mapping[str, int]) -> CodesCounted:
    """How many codes there are."""
    return CodesCounted(**counts)


def _written(minor: int | None, currency: str) -> str | None:
    return None if minor is None else from_minor(minor, currency)
