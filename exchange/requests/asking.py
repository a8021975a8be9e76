"""A member's points of one program are to become points of another: they are set aside, and the exchange waits to be
settled. Nothing else moves here."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from django.db import transaction

from exchange.rates import cache
from exchange.rates.arithmetic import convert
from exchange.rates.errors import PairNotOpen
from exchange.requests import waking
from exchange.requests.errors import DailyLimit, QuoteExpired, QuoteMismatch, QuoteUsed, RateChanged, UnknownQuote
from exchange.requests.models import LANES, Exchange
from exchange.requests.sides import Sides, find_sides
from ledger.errors import KeyReused
from ledger.posting import UNTIL_RELEASED, Alongside, Move, post_one
from loyalty import clock
from loyalty.errors import LoyaltyError
from loyalty.identity.principals import Principal
from loyalty.ids import uuid7
from programs.activity.errors import MembershipRequired
from programs.activity.points import fingerprint_of
from programs.membership.errors import MembershipClosed, MembershipSuspended, ProgramNotActive

PERMISSION = "points.exchange"
REFUSALS = (
    UnknownQuote,
    QuoteMismatch,
    QuoteUsed,
    QuoteExpired,
    PairNotOpen,
    RateChanged,
    ProgramNotActive,
    MembershipRequired,
    MembershipSuspended,
    MembershipClosed,
    DailyLimit,
)
"""What `exchange_begin` refuses besides the ledger, in order of precedence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeRequest:
    """Points to be exchanged. Programs are named by id or code, the member as everywhere. `from_amount` are whole
    points of the first program, fees included; `key` is the sender's idempotency key."""

    member: str
    from_program: str
    to_program: str
    from_amount: int
    key: str
    quote_id: UUID | None = None

    def fingerprint(self, from_id: UUID, to_id: UUID | None, member_id: UUID) -> bytes:
        """What makes two requests the same: all that they say."""
        return fingerprint_of("exchange", from_id, to_id, member_id, self.from_amount, self.quote_id)


@dataclass(frozen=True, slots=True)
class Asked:
    """An exchange as it was when it was asked for. `is_replayed`: the key's first answer again."""

    exchange: Exchange
    is_replayed: bool = False


class _Begun(msgspec.Struct, frozen=True):
    """An exchange as the database function tells it."""

    id: UUID
    member_id: UUID
    from_program_id: UUID
    to_program_id: UUID
    from_account_id: int
    to_account_id: int
    quote_id: UUID | None
    terms_id: UUID
    bonus_id: UUID | None
    rate: Decimal
    from_amount: int
    fee: int
    to_amount: int
    residue: Decimal
    day: date
    lane: int
    hold_id: UUID
    actor: str
    created_at: datetime


def exchange(principal: Principal, request: ExchangeRequest) -> Asked:
    """Sets a member's points aside and asks for others in their place: at the quote's amounts, or at the rate in force
    now. Two round trips, of which the second is one statement: hold, exchange, the day's usage and the event are there
    together or not at all. Once committed, whoever settles is told. Repeating it (same key) answers the first answer.

    Refusals, in order of precedence: NotFound (source program, member), KeyReused, Forbidden, ScopeMissing,
    StepUpRequired, ProgramNotActive, MembershipRequired, MembershipSuspended, MembershipClosed (of the source),
    NotFound (target program), ExchangeBacklog; of a quote UnknownQuote, QuoteMismatch, QuoteUsed, QuoteExpired;
    PairNotOpen; without a quote ExchangeBelowMin, ExchangeAboveMax, ExchangeNotInSteps, ExchangeTooSmall,
    ExchangeTooLarge, RateChanged; ProgramNotActive, MembershipRequired, MembershipSuspended, MembershipClosed (of the
    target), DailyLimit, AccountClosed, InsufficientPoints, HopLimit.
    """
    sides = find_sides(principal, request.from_program, request.to_program, request.member)
    refusal = sides.refusal(principal, PERMISSION) or waking.refusal()
    try:
        return _begun(principal, request, sides, refusal)
    except RateChanged:
        # What this process knew was a moment old.
        cache.refresh()
        return _begun(principal, request, sides, refusal)


def lane_of(member_id: UUID) -> int:
    """Exchanges of one member are in one lane, and are settled in the order in which they were asked for."""
    return member_id.int % LANES


def _begun(principal: Principal, request: ExchangeRequest, sides: Sides, refusal: LoyaltyError | None) -> Asked:
    """Begins it at what is in force at this moment, as far as this process knows. `refusal` stands against it, and only
    an answer that the key was given before is stronger."""
    at = clock.now()
    if refusal is None and request.quote_id is None:
        try:
            amounts = _amounts(sides, at, request.from_amount)
        except LoyaltyError as refused:
            refusal = refused
    else:
        amounts = {}
    if refusal:
        return _first_answer_or_raise(principal, request, sides, refusal)
    hold = _hold(principal, request, sides, at)
    row = {
        "n": 0,
        "id": hold.data["exchange_id"],
        "member_id": sides.place.member_id,
        "from_program_id": sides.place.program.id,
        "to_program_id": sides.to_program.id,
        "from_account_id": hold.account_id,
        "from_amount": request.from_amount,
        "quote_id": request.quote_id,
        "day": at.astimezone(ZoneInfo(sides.place.program.timezone)).date(),
        "key": hold.key,
        "fingerprint": f"\\x{hold.fingerprint.hex()}",
        "actor": principal.actor,
        "lane": lane_of(sides.place.member_id),
        "hold_id": hold.public_id,
        **amounts,
    }
    posted = post_one(hold, alongside=Alongside("exchange_begin", [row], REFUSALS))
    begun = Exchange(**msgspec.structs.asdict(msgspec.convert(posted.facts, _Begun)))
    if posted.outcome == "replayed":
        return Asked(begun, is_replayed=True)
    transaction.on_commit(lambda: waking.asked(begun.lane))
    return Asked(begun)


def _hold(principal: Principal, request: ExchangeRequest, sides: Sides, at: datetime) -> Move:
    """The move that sets the points aside, for as long as the exchange takes."""
    place = sides.place
    return Move(
        kind="hold",
        account_id=place.account_id,
        key=f"{principal.actor}:{request.key}",
        fingerprint=request.fingerprint(place.program.id, sides.to_program.id, place.member_id),
        actor=principal.actor,
        points=request.from_amount,
        at=at,
        expires_at=UNTIL_RELEASED,
        program_id=place.program.id,
        data={"held_for": "exchange", "exchange_id": str(uuid7())},
    )


def _amounts(sides: Sides, at: datetime, from_amount: int) -> dict:
    """What comes out at the terms in force. Refusals, in order of precedence: PairNotOpen, and those of `convert`."""
    terms = cache.terms_at(sides.place.program.id, sides.to_program.id, at)
    if terms is None:
        raise PairNotOpen(pointer="/to_program_id")
    made = convert(terms, from_amount)
    return {
        "terms_id": terms.rate_id,
        "bonus_id": terms.bonus_id,
        "rate": made.rate,
        "fee": made.fee,
        "to_amount": made.to_amount,
        "residue": made.residue,
    }


def _first_answer_or_raise(
    principal: Principal, request: ExchangeRequest, sides: Sides, refusal: LoyaltyError
) -> Asked:
    """The answer that the key was given before, or KeyReused, or `refusal`, which stands against doing it now."""
    first = Exchange.objects.select_related("to_program").filter(key=f"{principal.actor}:{request.key}").first()
    if first is None:
        raise refusal
    # A pair that has ended since leads nowhere any more, and yet the request named it.
    named = first.to_program_id if request.to_program in (first.to_program.code, str(first.to_program_id)) else None
    place = sides.place
    if request.fingerprint(place.program.id, named, place.member_id) != bytes(first.fingerprint):
        raise KeyReused()
    return Asked(first, is_replayed=True)
