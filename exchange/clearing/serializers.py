"""Shapes of settlements, in and out. No queries."""

from typing import Annotated, Literal

from msgspec import Meta

from exchange.clearing.lines import Line
from exchange.clearing.months import month_told
from exchange.clearing.statements import Net, Statement
from loyalty.http.money import from_minor
from loyalty.http.shapes import UUID, Answer, Currency, Filters, Moment, Money
from programs.activity.serializers import ProgramRef

Count = Annotated[int, Meta(ge=0)]
Month = Annotated[
    str,
    Meta(pattern=r"^(19|20|21)[0-9]{2}-(0[1-9]|1[0-2])\Z", description="A month in UTC.", examples=["2026-10"]),
]
Price = Annotated[str, Meta(description="A decimal string: what one issued point costs.", examples=["0.005"])]
State = Literal["running", "open", "closed", "paid"]


class SettlementFilters(Filters):
    """Which month (left out: this one), and of which programs."""

    month: Month | None = None
    from_program_id: ProgramRef | None = None
    to_program_id: ProgramRef | None = None


class LineFilters(Filters):
    """Which of the lines."""

    differing: Annotated[bool, Meta(description="Only those on which ledger and exchanges do not agree.")] = False


class NetAnswer(Answer):
    """What is left to pay once what both programs owe each other for the month is set off."""

    debtor_program_id: UUID
    creditor_program_id: UUID
    amount: Money
    currency: Currency


class SettlementAnswer(Answer):
    """What the brand of the first program owes that of the second for a month, by the ledger. `status`: running while
    the month is not over, then open until it is closed, and paid in the end. `amount` is `points_issued` times
    `point_price`, rounded once, half to even; null where nothing is owed in money, and 0
    for points that were prefunded. A closed month keeps its figures."""

    from_program_id: UUID
    from_program_code: str
    to_program_id: UUID
    to_program_code: str
    month: Month
    status: State
    exchanges: Count
    points_given: Annotated[int, Meta(description="Points of the first program that members gave, fees included.")]
    fees: Annotated[int, Meta(description="How many of those were the fee.")]
    points_issued: Annotated[int, Meta(description="Points of the second program that members got for them.")]
    point_price: Price | None
    currency: Currency | None
    amount: Money | None
    is_prefunded: Annotated[bool, Meta(description="The points came out of a pool that was paid for before.")]
    differences: Annotated[
        int, Meta(ge=0, description="Lines on which the ledger and the exchanges do not agree; see the lines.")
    ]
    closed_at: Moment | None
    paid_at: Moment | None
    reference: str


class SinceClosed(Answer):
    """By how much the ledger differs now from what was closed."""

    exchanges: int
    points_given: int
    points_issued: int


class PairMonthAnswer(SettlementAnswer):
    """A settlement with the other direction set off against it."""

    since_closed: SinceClosed | None
    net: Annotated[NetAnswer | None, Meta(description="Null where they are even, or owe in different currencies.")]


class LineAnswer(Answer):
    """One exchange, as the ledger has it. `asked_given` and `asked_issued` are what the exchange itself says; where
    they are others, or there is no exchange, it differs. No line says whose exchange it was."""

    exchange_id: UUID | None
    at: Moment
    points_given: int
    fee: int
    points_issued: int
    differs: bool
    asked_given: int | None
    asked_issued: int | None


def _figures(told: Statement) -> dict:
    closed = told.settlement
    return {
        "from_program_id": told.from_program.pk,
        "from_program_code": told.from_program.code,
        "to_program_id": told.to_program.pk,
        "to_program_code": told.to_program.code,
        "month": month_told(told.month),
        "status": told.status,
        "exchanges": told.exchanges,
        "points_given": told.points_given,
        "fees": told.fees,
        "points_issued": told.points_issued,
        "point_price": None if told.point_price is None else price_told(told),
        "currency": told.currency or None,
        "amount": None if told.amount_minor is None else from_minor(told.amount_minor, told.currency),
        "is_prefunded": told.is_prefunded,
        "differences": told.by_ledger.differences,
        "closed_at": closed and closed.created_at,
        "paid_at": closed and closed.paid_at,
        "reference": closed.reference if closed else "",
    }


def price_told(told: Statement) -> str:
    """The price without noughts that say nothing; "" for none."""
    if told.point_price is None:
        return ""
    whole, dot, decimals = f"{told.point_price:f}".partition(".")
    decimals = decimals.rstrip("0")
    return f"{whole}{dot}{decimals}" if decimals else whole


def settlement_answer(told: Statement) -> SettlementAnswer:
    return SettlementAnswer(**_figures(told))


def statement_answer(told: Statement, net: Net | None) -> PairMonthAnswer:
    exchanges, points_given, points_issued = told.since_closed
    since = SinceClosed(exchanges=exchanges, points_given=points_given, points_issued=points_issued)
    return PairMonthAnswer(
        **_figures(told),
        since_closed=since if told.settlement else None,
        net=net
        and NetAnswer(
            debtor_program_id=net.debtor.pk,
            creditor_program_id=net.creditor.pk,
            amount=from_minor(net.amount_minor, net.currency),
            currency=net.currency,
        ),
    )


def line_answer(line: Line) -> LineAnswer:
    return LineAnswer(
        exchange_id=line.exchange_id,
        at=line.at,
        points_given=line.points_given,
        fee=line.fee,
        points_issued=line.points_issued,
        differs=line.differs,
        asked_given=line.asked_given,
        asked_issued=line.asked_issued,
    )
