"""Shapes of quotes and exchanges, in and out. No queries."""

from typing import Annotated, Literal

from msgspec import Meta

from exchange.rates.arithmetic import in_words
from exchange.rates.serializers import FromRef, ToRef
from exchange.requests.asking import Asked, ExchangeRequest
from exchange.requests.models import Exchange, Quote
from exchange.requests.quoting import QuoteRequest
from loyalty.http.shapes import UUID, Answer, Filters, Key, Moment, Points, Shape
from programs.activity.serializers import MemberRef, ProgramRef

Status = Literal["pending", "processing", "completed", "failed", "cancelled"]
Amount = Annotated[int, Meta(ge=0, description="Whole points.", examples=[100])]
RateText = Annotated[
    str, Meta(description="Points got for one point that is left after the fee, bonus included.", examples=["2.5"])
]
Residue = Annotated[
    str, Meta(description="What rounding down left out, in points of the second program.", examples=["0.5"])
]


class NewQuote(Shape):
    """What would be exchanged. `from_amount` are points of the first program, fee included."""

    member_id: MemberRef
    from_program_id: FromRef
    to_program_id: ToRef
    from_amount: Points


class NewExchange(NewQuote):
    """What is exchanged: at the amounts of the quote, or without one at the rate in force now. The idempotency key
    stands in the header or here."""

    quote_id: UUID | None = None
    idempotency_key: Key | None = None


class Cancelling(Shape):
    """Nothing needs to be said; an idempotency key may stand here."""

    idempotency_key: Key | None = None


class ExchangeFilters(Filters):
    """Which exchanges."""

    member_id: MemberRef | None = None
    status: Status | None = None
    from_program_id: ProgramRef | None = None
    to_program_id: ProgramRef | None = None


class QuoteAnswer(Answer):
    """What an exchange gives while the quote holds."""

    id: UUID
    member_id: UUID
    from_program_id: UUID
    to_program_id: UUID
    from_amount: Amount
    fee: Annotated[Amount, Meta(description="Of the points given; the rest is exchanged at the rate.")]
    rate: RateText
    to_amount: Annotated[Amount, Meta(description="Rounded down.")]
    residue: Residue
    expires_at: Annotated[Moment, Meta(description="It holds until then, for one exchange.")]
    created_at: Moment


class ExchangeAnswer(Answer):
    """Points of one program that become points of another: all of them, or none when it failed or was cancelled."""

    id: UUID
    status: Annotated[Status, Meta(description="pending: the points are set aside. Cancelled only while pending.")]
    member_id: UUID
    from_program_id: UUID
    to_program_id: UUID
    from_amount: Amount
    fee: Annotated[Amount, Meta(description="Of the points given; the rest is exchanged at the rate.")]
    rate: RateText
    to_amount: Annotated[Amount, Meta(description="Rounded down.")]
    residue: Residue
    quote_id: UUID | None
    failure: Annotated[str | None, Meta(description="The problem code of why it failed.")]
    hold_id: Annotated[UUID, Meta(description="The transaction that set the points aside.")]
    out_id: Annotated[UUID | None, Meta(description="The transaction that took them.")]
    in_id: Annotated[UUID | None, Meta(description="The transaction that gave the others.")]
    created_at: Moment
    completed_at: Annotated[Moment | None, Meta(description="When it completed, failed or was cancelled.")]


def to_quote_request(body: NewQuote) -> QuoteRequest:
    return QuoteRequest(**_sides(body))


def to_exchange_request(body: NewExchange, key: str) -> ExchangeRequest:
    return ExchangeRequest(**_sides(body), quote_id=body.quote_id, key=key)


def quote_answer(quote: Quote) -> QuoteAnswer:
    return QuoteAnswer(
        id=quote.id,
        **_amounts(quote),
        expires_at=quote.expires_at,
        created_at=quote.created_at,
    )


def exchange_answer(exchange: Exchange) -> ExchangeAnswer:
    """The exchange as it is."""
    return ExchangeAnswer(
        id=exchange.id,
        status=exchange.status,
        **_amounts(exchange),
        quote_id=exchange.quote_id,
        failure=exchange.failure or None,
        hold_id=exchange.hold_id,
        out_id=exchange.out_id,
        in_id=exchange.in_id,
        created_at=exchange.created_at,
        completed_at=exchange.completed_at,
    )


def asked_answer(asked: Asked) -> ExchangeAnswer:
    """The exchange as it was when it was asked for, whatever has become of it since: the first answer again."""
    answer = exchange_answer(asked.exchange)
    answer.status, answer.failure = Exchange.Status.PENDING.value, None
    answer.out_id = answer.in_id = answer.completed_at = None
    return answer


def _sides(body: NewQuote) -> dict:
    return {
        "member": body.member_id,
        "from_program": body.from_program_id,
        "to_program": body.to_program_id,
        "from_amount": body.from_amount,
    }


def _amounts(row: Quote | Exchange) -> dict:
    plain = ("member_id", "from_program_id", "to_program_id", "from_amount", "fee", "to_amount")
    return {
        **{name: getattr(row, name) for name in plain},
        "rate": in_words(row.rate),
        "residue": in_words(row.residue),
    }
