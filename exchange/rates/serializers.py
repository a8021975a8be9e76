"""Shapes of rates, agreements and bonuses, in and out. No queries."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from exchange.rates.arithmetic import in_words, with_bonus
from exchange.rates.models import Agreement, Bonus, Rate
from exchange.rates.routes import Leg, Route
from exchange.rates.validity import NAME_MAX, NOTE_MAX, PENDING_HOURS_MAX
from loyalty.http.shapes import (
    UNSET,
    UUID,
    Answer,
    Currency,
    Filters,
    Moment,
    Points,
    Shape,
    UnsetType,
)

Ref = Annotated[str, Meta(min_length=1, max_length=60)]
FromRef = Annotated[Ref, Meta(description="Whose points are given: the program's id or code.", examples=["SKY"])]
ToRef = Annotated[Ref, Meta(description="Whose points come of them: the program's id or code.", examples=["SHOP"])]
RateText = Annotated[
    str,
    Meta(
        pattern=r"^(0|[1-9][0-9]{0,5})(\.[0-9]{1,9})?\Z",
        description="Points got for one point given, as a decimal.",
        examples=["2.5"],
    ),
]
FeePercent = Annotated[
    str,
    Meta(
        pattern=r"^(0|[1-9][0-9]?)(\.[0-9]{1,2})?\Z",
        description="Of the points given, kept as a fee; rounded up to a whole point. At most 99.",
        examples=["1.5"],
    ),
]
BonusPercent = Annotated[
    str,
    Meta(
        pattern=r"^(0|[1-9][0-9]{0,3})(\.[0-9]{1,2})?\Z",
        description="On top of the rate, at most 1000.",
        examples=["20"],
    ),
]
Price = Annotated[
    str,
    Meta(
        pattern=r"^(0|[1-9][0-9]{0,5})(\.[0-9]{1,6})?\Z",
        description="What the brand that sends owes for each point that the other one issues.",
        examples=["0.008"],
    ),
]
FeePoints = Annotated[int, Meta(ge=0, le=10**15, description="Kept besides, of each exchange.")]
Hours = Annotated[int, Meta(ge=0, le=PENDING_HOURS_MAX, description="How long points got are pending.")]
Name = Annotated[str, Meta(min_length=1, max_length=NAME_MAX, examples=["Summer of nights"])]
Note = Annotated[str, Meta(max_length=NOTE_MAX)]
AgreementStatus = Literal["proposed", "active", "ended"]


class NewRate(Shape):
    """What a point is worth from `valid_from` (now) on. What is left out is as for a first rate, whatever the one
    before said."""

    from_program_id: FromRef
    to_program_id: ToRef
    rate: RateText
    valid_from: Moment | None = None
    fee_percent: FeePercent = "0"
    fee_points: FeePoints = 0
    from_min: Annotated[Points, Meta(description="Fewest points at once.")] = 1
    from_step: Annotated[Points, Meta(description="Points are given in multiples of this.")] = 1
    from_max: Annotated[Points, Meta(description="Most points at once.")] | None = None
    member_daily_max: Annotated[Points, Meta(description="Points that one member can give in a day.")] | None = None
    pair_daily_max: Annotated[Points, Meta(description="Points that all members can give in a day.")] | None = None
    pending_hours: Hours = 0
    is_open: Annotated[bool, Meta(description="False closes the pair from then on.")] = True


class RateFilters(Filters):
    """Which rates: those in force at a moment, now unless it is given, or with `history` all of them, newest first."""

    from_program_id: FromRef | None = None
    to_program_id: ToRef | None = None
    at: Moment | None = None
    history: bool = False


class RouteQuery(Shape):
    """From where, how many points, and where to if not anywhere."""

    from_program_id: FromRef
    amount: Points
    to_program_id: ToRef | None = None
    at: Moment | None = None


class NewAgreement(Shape):
    """An agreement to propose."""

    from_program_id: FromRef
    to_program_id: ToRef
    rate_max: RateText | None = None
    point_price: Price | None = None
    currency: Currency | None = None
    is_prefunded: bool = False
    note: Note = ""


class AgreementPatch(Shape):
    """What changes; what is not given stays."""

    rate_max: RateText | UnsetType | None = UNSET
    point_price: Price | UnsetType | None = UNSET
    currency: Currency | UnsetType | None = UNSET
    is_prefunded: bool | UnsetType = UNSET
    note: Note | UnsetType = UNSET


class TermsDecision(Shape):
    """Nothing to say."""


class AgreementFilters(Filters):
    """Which agreements."""

    from_program_id: FromRef | None = None
    to_program_id: ToRef | None = None
    status: AgreementStatus | None = None


class NewBonus(Shape):
    """A bonus to let run, from now on unless `starts_at` says when."""

    from_program_id: FromRef
    to_program_id: ToRef
    name: Name
    percent: BonusPercent
    starts_at: Moment | None = None
    ends_at: Annotated[Moment, Meta(description="Not any more from then on.")]


class BonusFilters(Filters):
    """Which bonuses: all, or those that run at a moment."""

    from_program_id: FromRef | None = None
    to_program_id: ToRef | None = None
    at: Moment | None = None


class PairAnswer(Answer):
    """From which program to which."""

    from_program_id: UUID
    from_program_code: str
    to_program_id: UUID
    to_program_code: str


class RateAnswer(PairAnswer):
    """A rate. `effective_rate` is the rate with the bonus that runs at the moment asked about."""

    id: UUID
    rate: str
    effective_rate: str
    bonus_id: UUID | None
    bonus_percent: str | None
    bonus_until: Moment | None
    fee_percent: str
    fee_points: int
    from_min: int
    from_step: int
    from_max: int | None
    member_daily_max: int | None
    pair_daily_max: int | None
    pending_hours: int
    is_open: Annotated[bool, Meta(description="Whether it lets exchange, and the brands agree now.")]
    valid_from: Moment
    valid_until: Annotated[Moment | None, Meta(description="When the next rate takes over.")]
    created_at: Moment


class AgreementAnswer(PairAnswer):
    """An agreement. `accepted_by` are the brands that agreed; it is active once both have."""

    id: UUID
    from_program: str
    to_program: str
    rate_max: str | None
    point_price: str | None
    currency: Currency | None
    is_prefunded: bool
    pool_points: int
    status: AgreementStatus
    accepted_by: list[UUID]
    note: str
    active_since: Moment | None
    ended_at: Moment | None
    created_at: Moment


class BonusAnswer(PairAnswer):
    """A bonus. One that was withdrawn before it began ends when it begins."""

    id: UUID
    name: str
    percent: str
    starts_at: Moment
    ends_at: Moment
    created_at: Moment


class LegAnswer(PairAnswer):
    """One exchange on the way: `from_amount` points given, of which `fee` are kept, become `to_amount`; `left` points
    stay behind, for they do not fit its steps or its most."""

    rate_id: UUID
    rate: str
    from_amount: int
    fee: int
    to_amount: int
    residue: Annotated[str, Meta(description="What rounding down left out.")]
    left: int


class RouteAnswer(Answer):
    """A way to a program's points, and how many come out."""

    to_program_id: UUID
    to_program_code: str
    to_amount: int
    steps: list[LegAnswer]


class RoutesAnswer(Answer):
    """The best ways, up to three to a program, most points first."""

    from_program_id: UUID
    from_program_code: str
    amount: int
    at: Moment
    results: list[RouteAnswer]


def asked(shape: Shape, *decimals: str) -> dict:
    """The fields that were given, under the names that operations have for them, the `decimals` as such."""
    found = {name: value for name, value in msgspec.structs.asdict(shape).items() if value is not UNSET}
    for name in decimals:
        if found.get(name) is not None:
            found[name] = Decimal(found[name])
    if "currency" in found:
        found["currency"] = found["currency"] or ""
    return found


def rate_answer(rate: Rate, bonus: Bonus | None = None) -> RateAnswer:
    """The rate as `selectors.visible_rates` gives it, with the bonus that runs."""
    plain = ("id", "fee_points", "from_min", "from_step", "from_max", "member_daily_max", "pair_daily_max",
             "pending_hours", "valid_from", "valid_until", "created_at")  # fmt: skip
    return RateAnswer(
        **_pair(rate),
        rate=in_words(rate.rate),
        effective_rate=in_words(with_bonus(rate.rate, bonus.percent) if bonus else rate.rate),
        bonus_id=bonus.pk if bonus else None,
        bonus_percent=in_words(bonus.percent) if bonus else None,
        bonus_until=bonus.ends_at if bonus else None,
        fee_percent=in_words(rate.fee_percent),
        is_open=rate.is_open and rate.is_agreed,
        **{name: getattr(rate, name) for name in plain},
    )


def agreement_answer(agreement: Agreement) -> AgreementAnswer:
    """The agreement with its programs."""
    plain = ("id", "is_prefunded", "pool_points", "accepted_by", "note", "active_since", "ended_at", "created_at")
    return AgreementAnswer(
        **_pair(agreement),
        from_program=agreement.from_program.name,
        to_program=agreement.to_program.name,
        rate_max=_words(agreement.rate_max),
        point_price=_words(agreement.point_price),
        currency=agreement.currency or None,
        status=str(agreement.status),
        **{name: getattr(agreement, name) for name in plain},
    )


def bonus_answer(bonus: Bonus) -> BonusAnswer:
    """The bonus with its programs."""
    plain = ("id", "name", "starts_at", "ends_at", "created_at")
    return BonusAnswer(
        **_pair(bonus), percent=in_words(bonus.percent), **{name: getattr(bonus, name) for name in plain}
    )


def route_answer(route: Route, codes: Mapping[UUID, str]) -> RouteAnswer:
    """The way, with the codes of its programs."""
    legs = [_leg_answer(leg, codes) for leg in route.legs]
    return RouteAnswer(to_program_id=route.end, to_program_code=codes[route.end], to_amount=route.to_amount, steps=legs)


def _leg_answer(leg: Leg, codes: Mapping[UUID, str]) -> LegAnswer:
    got = leg.conversion
    return LegAnswer(
        from_program_id=leg.start, from_program_code=codes[leg.start], to_program_id=leg.end,
        to_program_code=codes[leg.end], rate_id=leg.terms.rate_id, rate=in_words(got.rate),
        from_amount=got.from_amount, fee=got.fee, to_amount=got.to_amount, residue=in_words(got.residue), left=leg.left,
    )  # fmt: skip


def _pair(row: Rate | Agreement | Bonus) -> dict:
    return {
        "from_program_id": row.from_program_id,
        "from_program_code": row.from_program.code,
        "to_program_id": row.to_program_id,
        "to_program_code": row.to_program.code,
    }


def _words(value: Decimal | None) -> str | None:
    return None if value is None else in_words(value)
