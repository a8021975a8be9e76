"""Shapes of programs and tiers, in and out; those of memberships are in `member_shapes`. No queries: what an answer
needs has been fetched before."""

from decimal import Decimal
from typing import Annotated, Literal

from msgspec import Meta

from loyalty.http.shapes import UNSET, UUID, Answer, Currency, Filters, Moment, Money, Shape, UnsetType
from programs.membership.models import Program, Tier
from programs.membership.validity import (
    DAYS_MAX,
    EXPIRY_DATES_MAX,
    MONTHS_MAX,
    PERKS_MAX,
    POINTS_MAX,
    TIERS_MAX,
    WARNING_DAYS_MAX,
    TierTerms,
    written,
)

Ref = Annotated[str, Meta(min_length=1, max_length=120)]
Code = Annotated[
    str,
    Meta(pattern=r"^[A-Za-z0-9_-]{1,30}\Z", description="Letters, digits, - and _; unique.", examples=["SKY"]),
]
Name = Annotated[str, Meta(min_length=1, max_length=120, examples=["SkyMiles Airways"])]
UnitName = Annotated[
    str, Meta(min_length=1, max_length=30, description="What the points are called.", examples=["miles"])
]
Kind = Literal["points", "stamps", "vouchers", "hybrid"]
Status = Literal["draft", "active", "paused", "archived"]
ReturnPolicy = Annotated[
    Literal["within_balance", "debt", "only_pending", "refuse"],
    Meta(
        description="When points of a return were spent: `within_balance` takes no more than the member has, `debt` "
        "takes all and what is missing is owed, `only_pending` takes what could not be spent yet and no more, `refuse` "
        "refuses."
    ),
]
Timezone = Annotated[str, Meta(min_length=1, max_length=60, description="IANA name.", examples=["Europe/London"])]
Decimals = Annotated[
    int, Meta(ge=0, le=6, description="Points are counted in the smallest unit; this many digits are the fraction.")
]
EarnPoints = Annotated[int, Meta(ge=0, le=1_000_000_000, description="Points for each full `earn_per`.")]
EarnPer = Annotated[Money, Meta(description="The amount of money that earns `earn_points`.", examples=["100.00"])]
PendingDays = Annotated[int, Meta(ge=0, le=DAYS_MAX, description="Days before earned points can be spent.")]
PendingUntil = Annotated[
    str,
    Meta(
        max_length=64,
        description="The event for which earned points wait instead of some days. It names the purchase in its "
        "`reference`. Empty: they wait for none.",
        examples=["order.delivered"],
    ),
]
ExpiryKind = Annotated[
    Literal["months", "dates", "inactivity"],
    Meta(
        description="What makes points expire: the end of the month that is `expiry_months` after theirs; the next of "
        "`expiry_dates`; or `expiry_months` in which the member neither earns nor redeems. Points that were earned "
        "before a change stay as they were given."
    ),
]
ExpiryMonths = Annotated[
    int,
    Meta(
        ge=0,
        le=MONTHS_MAX,
        description="How long points live, by `expiry_kind`; with `dates` that long at least. Null: for ever (with "
        "`dates`: to the next of them).",
    ),
]
ExpiryDates = Annotated[
    list[Annotated[str, Meta(max_length=5)]],
    Meta(
        max_length=EXPIRY_DATES_MAX,
        description="Days of the year, month-day, on which points expire when `expiry_kind` is `dates`: they last "
        "through the day. 02-29 is the 28th in years that have no 29th.",
        examples=[["06-30", "12-31"]],
    ),
]
ExpiryWarningDays = Annotated[
    int,
    Meta(ge=0, le=WARNING_DAYS_MAX, description="Days before points go that `points.expiring` tells of it; 0: never."),
]
PointsMin = Annotated[int, Meta(ge=1, le=POINTS_MAX)]
PercentMax = Annotated[
    int, Meta(ge=1, le=100, description="How much of an order can be paid with points at most, in percent.")
]
PointsFrom = Annotated[
    int, Meta(ge=0, le=POINTS_MAX, description="From which on it holds, as the program counts.", examples=[95])
]
TierMonths = Annotated[
    int, Meta(ge=1, le=MONTHS_MAX, description="How many months count for the tier, where `tier_window` is `rolling`.")
]
TierBasis = Annotated[
    Literal["points", "spend", "visits"],
    Meta(
        description="What counts for the tier: points earned less those returned, whatever became of them; money spent "
        "less refunds; or purchases that did not come back whole. Thresholds count the same: points, whole units of "
        "`money_currency`, or purchases."
    ),
]
TierWindow = Annotated[
    Literal["rolling", "year", "joined", "lifetime"],
    Meta(
        description="Of which time it counts, by the program's clock: `rolling`, the last `tier_months`; `year`, this "
        "calendar year or the whole one before, whichever is more, so that a tier holds to the end of the year after "
        "it was reached; `joined`, the same with years that begin on the day of joining; `lifetime`, ever."
    ),
]
TierDowngrade = Annotated[
    Literal["all", "one", "never"],
    Meta(
        description="What happens when a tier is deserved no more: down to the one that is, one step now and the next "
        "after another `tier_months` (or year), or nothing."
    ),
]
TierGraceDays = Annotated[
    int, Meta(ge=0, le=DAYS_MAX, description="Days that a tier is kept after it is deserved no more.")
]
TierWarningDays = Annotated[
    int,
    Meta(ge=0, le=WARNING_DAYS_MAX, description="Days before a tier ends that `tier.ending` tells of it; 0: never."),
]
Multiplier = Annotated[
    str,
    Meta(
        pattern=r"^[0-9]{1,3}(\.[0-9]{1,3})?\Z",
        description="What purchases give is multiplied by it: a decimal string from 1 to 100.",
        examples=["1.5"],
    ),
]
Perks = Annotated[
    list[Annotated[str, Meta(max_length=40)]],
    Meta(
        max_length=PERKS_MAX,
        description="Short names of what it brings, for apps to act on: small letters, digits and _.",
        examples=[["free_shipping", "lounge"]],
    ),
]


class TierBody(Shape):
    """A tier of a program."""

    code: Code
    name: Annotated[str, Meta(min_length=1, max_length=60, examples=["Gold"])]
    points_min: PointsFrom
    benefits: Annotated[str, Meta(max_length=2000)] = ""
    multiplier: Multiplier = "1"
    perks: Perks = []


Tiers = Annotated[list[TierBody], Meta(max_length=TIERS_MAX)]


class NewProgram(Shape):
    """A program to open. `brand_id` (or code) is for people who work for more than one brand."""

    brand_id: Ref | None = None
    code: Code
    name: Name
    kind: Kind = "points"
    currency: UnitName = "points"
    decimal_places: Decimals = 0
    timezone: Timezone = "UTC"
    status: Literal["draft", "active"] = "active"
    community: bool = False
    money_currency: Currency = "EUR"
    earn_points: EarnPoints = 1
    earn_per: EarnPer = "1.00"
    pending_days: PendingDays = 0
    pending_until: PendingUntil = ""
    expiry_kind: ExpiryKind = "months"
    expiry_months: ExpiryMonths | None = None
    expiry_dates: ExpiryDates = []
    expiry_warning_days: ExpiryWarningDays = 30
    return_policy: ReturnPolicy = "debt"
    debt_max: PointsFrom = 1_000_000_000
    redeem_points_min: PointsMin = 1
    redeem_percent_max: PercentMax = 100
    tier_basis: TierBasis = "points"
    tier_window: TierWindow = "rolling"
    tier_months: TierMonths = 12
    tier_downgrade: TierDowngrade = "all"
    tier_grace_days: TierGraceDays = 0
    tier_warning_days: TierWarningDays = 0
    tiers: Tiers = []


class ProgramPatch(Shape):
    """What is left out stays. `tiers` takes the place of all tiers there are."""

    name: Name | UnsetType = UNSET
    kind: Kind | UnsetType = UNSET
    currency: UnitName | UnsetType = UNSET
    decimal_places: Decimals | UnsetType = UNSET
    timezone: Timezone | UnsetType = UNSET
    status: Literal["draft", "active", "paused"] | UnsetType = UNSET
    community: bool | UnsetType = UNSET
    money_currency: Currency | UnsetType = UNSET
    earn_points: EarnPoints | UnsetType = UNSET
    earn_per: EarnPer | UnsetType = UNSET
    pending_days: PendingDays | UnsetType = UNSET
    pending_until: PendingUntil | UnsetType = UNSET
    expiry_kind: ExpiryKind | UnsetType = UNSET
    expiry_months: ExpiryMonths | UnsetType | None = UNSET
    expiry_dates: ExpiryDates | UnsetType = UNSET
    expiry_warning_days: ExpiryWarningDays | UnsetType = UNSET
    return_policy: ReturnPolicy | UnsetType = UNSET
    debt_max: PointsFrom | UnsetType = UNSET
    redeem_points_min: PointsMin | UnsetType = UNSET
    redeem_percent_max: PercentMax | UnsetType = UNSET
    tier_basis: TierBasis | UnsetType = UNSET
    tier_window: TierWindow | UnsetType = UNSET
    tier_months: TierMonths | UnsetType = UNSET
    tier_downgrade: TierDowngrade | UnsetType = UNSET
    tier_grace_days: TierGraceDays | UnsetType = UNSET
    tier_warning_days: TierWarningDays | UnsetType = UNSET
    tiers: Tiers | UnsetType = UNSET


class ProgramFilters(Filters):
    """Programs, by code. `joined`: I take part; `managed`: I may change it; `community`: open to every member."""

    joined: bool | None = None
    managed: bool | None = None
    community: bool | None = None
    status: Status | None = None
    kind: Kind | None = None


class TierFilters(Filters):
    """Tiers, by program and threshold."""

    program_id: Annotated[Ref, Meta(description="A program's id or code.")] | None = None


class ProgramAnswer(Answer):
    """A program. `currency` is what its points are called; `money_currency` is what purchases are paid in."""

    id: UUID
    code: str
    name: str
    brand_id: UUID
    kind: Kind
    currency: str
    decimal_places: int
    timezone: str
    status: Status
    community: bool
    money_currency: str
    earn_points: int
    earn_per: str
    pending_days: int
    pending_until: str
    expiry_kind: ExpiryKind
    expiry_months: int | None
    expiry_dates: list[str]
    expiry_warning_days: int
    return_policy: ReturnPolicy
    debt_max: int
    redeem_points_min: int
    redeem_percent_max: int
    tier_basis: TierBasis
    tier_window: TierWindow
    tier_months: int
    tier_downgrade: TierDowngrade
    tier_grace_days: int
    tier_warning_days: int
    version: int
    created_at: Moment
    updated_at: Moment


class TierAnswer(Answer):
    """A tier: reached by what the program counts in its window, less what was returned."""

    program_id: UUID
    program_code: str
    code: str
    name: str
    points_min: int
    benefits: str
    multiplier: Multiplier
    perks: list[str]


def program_answer(program: Program) -> ProgramAnswer:
    """The program, fetched with its unit."""
    return ProgramAnswer(
        id=program.id,
        code=program.code,
        name=program.name,
        brand_id=program.brand_id,
        kind=program.kind,
        currency=program.unit.name,
        decimal_places=program.unit.decimal_places,
        timezone=program.timezone,
        status=program.status,
        community=program.is_community,
        money_currency=program.money_currency,
        earn_points=program.earn_points,
        earn_per=written(program.earn_per, program.money_currency),
        pending_days=program.pending_days,
        pending_until=program.pending_until,
        expiry_kind=program.expiry_kind,
        expiry_months=program.expiry_months,
        expiry_dates=program.expiry_dates,
        expiry_warning_days=program.expiry_warning_days,
        return_policy=program.return_policy,
        debt_max=program.debt_max,
        redeem_points_min=program.redeem_points_min,
        redeem_percent_max=program.redeem_percent_max,
        tier_basis=program.tier_basis,
        tier_window=program.tier_window,
        tier_months=program.tier_months,
        tier_downgrade=program.tier_downgrade,
        tier_grace_days=program.tier_grace_days,
        tier_warning_days=program.tier_warning_days,
        version=program.version,
        created_at=program.created_at,
        updated_at=program.updated_at,
    )


def tier_answer(tier: Tier) -> TierAnswer:
    """The tier, fetched with its program."""
    return TierAnswer(
        program_id=tier.program_id,
        program_code=tier.program.code,
        code=tier.code,
        name=tier.name,
        points_min=tier.points_min,
        benefits=tier.benefits,
        multiplier=f"{tier.multiplier.normalize():f}",
        perks=tier.perks,
    )


def asked(body: NewProgram | ProgramPatch) -> dict:
    """What a body asks for, by the names of `operations`; of a patch only what was sent."""
    names = {"currency": "unit_name", "community": "is_community"}
    values = {names.get(field, field): getattr(body, field) for field in body.__struct_fields__}
    values = {field: value for field, value in values.items() if value is not UNSET}
    if "earn_per" in values:
        values["earn_per"] = Decimal(values["earn_per"])
    if "tiers" in values:
        values["tiers"] = [
            TierTerms(
                code=tier.code,
                name=tier.name,
                points_min=tier.points_min,
                benefits=tier.benefits,
                multiplier=Decimal(tier.multiplier),
                perks=tuple(tier.perks),
            )
            for tier in values["tiers"]
        ]
    return values
