"""Goods that come back without a word of the purchase: written down, and no points move."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

from ledger.posting import Alongside, Move, post
from loyalty import clock
from loyalty.errors import Invalid, LoyaltyError, NotFound
from loyalty.identity.principals import Principal
from programs.activity.places import Names, Place, find_places
from programs.activity.records import Recorded
from programs.activity.returns import refuse_other_times


@dataclass(frozen=True, slots=True, kw_only=True)
class UnlinkedReturn:
    """Goods that came back without a word of the purchase they were bought with."""

    names: Names
    reference: str
    amount_minor: int
    currency: str
    occurred_at: datetime | None = None


def record_unlinked_returns(principal: Principal, requests: Sequence[UnlinkedReturn]) -> list[Recorded | LoyaltyError]:
    """Writes down goods that came back of purchases that are not known; moves no points. Two round trips for any
    number. Repeating one (same reference in the program) answers the first answer. Refusals, in order of precedence:
    NotFound (program, member, not a member of the program), Forbidden, ScopeMissing, Invalid (time, currency),
    KeyReused, AccountClosed."""
    answers: list[Recorded | LoyaltyError | None] = [None] * len(requests)
    moves, rows, sources = [], [], []
    places = find_places(principal, [request.names for request in requests])
    for n, (request, place) in enumerate(zip(requests, places, strict=True)):
        answers[n] = place if isinstance(place, LoyaltyError) else _no_unlinked(principal, request, place)
        if answers[n] is None:
            move = _unlinked_move(principal, request, place)
            rows.append(_row(len(moves), request, place, move.at))
            moves.append(move)
            sources.append(n)
    for n, posted in zip(sources, post(moves, alongside=Alongside("programs_post_returns", rows)), strict=True):
        place = places[n]
        answers[n] = Recorded(posted, place.member_id, place.program.id) if posted.is_done else posted.refusal()
    return answers


def record_unlinked_return(principal: Principal, request: UnlinkedReturn) -> Recorded:
    """Writes down one return of an unknown purchase; raises its refusal (see `record_unlinked_returns`)."""
    (answer,) = record_unlinked_returns(principal, [request])
    if isinstance(answer, LoyaltyError):
        raise answer
    return answer


def _no_unlinked(principal: Principal, request: UnlinkedReturn, place: Place) -> LoyaltyError | None:
    try:
        principal.require("points.return", place.program.brand_id)
        refuse_other_times(request.occurred_at)
    except LoyaltyError as refusal:
        return refusal
    if place.account_id is None:
        return NotFound("The member does not take part in this program.")
    if request.currency != place.program.money_currency:
        detail = f"The program counts purchases in {place.program.money_currency}."
        return Invalid([{"pointer": "/currency", "code": "currency-mismatch", "detail": detail}])
    return None


def _unlinked_move(principal: Principal, request: UnlinkedReturn, place: Place) -> Move:
    said = ("return", place.program.id, place.member_id, request.reference, request.amount_minor, request.occurred_at)
    return Move(
        kind="return",
        account_id=place.account_id,
        key=f"return:{place.program.id}:{request.reference}",
        fingerprint=hashlib.sha256(msgspec.json.encode(said)).digest(),
        actor=principal.actor,
        at=request.occurred_at or clock.now(),
        reference=request.reference,
        program_id=place.program.id,
        data={"amount_minor": request.amount_minor, "currency": request.currency},
    )


def _row(n: int, request: UnlinkedReturn, place: Place, at: datetime) -> dict:
    return {
        "n": n,
        "program_id": place.program.id,
        "member_id": place.member_id,
        "purchase_id": None,
        "reference": request.reference,
        "amount_minor": request.amount_minor,
        "currency": request.currency,
        "items": [],
        "at": at,
    }
