"""Purchases become points: one path for a till's single purchase, a batch and an import."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from ledger.posting import Alongside, Move, Posted, post
from loyalty import clock
from loyalty.errors import Invalid, LoyaltyError
from loyalty.http.idempotency import KeyRequired
from loyalty.identity.principals import Principal
from loyalty.ids import uuid7
from programs.activity.places import Names, Place, find_places, refusal_of
from programs.activity.records import Asked, Recorded, earlier_answers, written
from programs.earning.engine import Decision, Line, decide
from programs.earning.facts import ItemFacts, PurchaseFacts

# How far a till's clock may be ahead of ours.
CLOCK_SKEW = timedelta(minutes=5)
# Before it there was no loyalty program, only a clock that was never set.
EARLIEST = datetime.fromisoformat("1990-01-01T00:00:00+00:00")

_encode = msgspec.json.Encoder(order="deterministic").encode


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseRequest:
    """One purchase as a till or shop tells it. `amount_minor` is the total in the currency's smallest unit; without
    `occurred_at` it happens now. `key` is the sender's idempotency key; without it `reference` serves."""

    names: Names
    amount_minor: int
    currency: str
    reference: str = ""
    occurred_at: datetime | None = None
    items: Sequence[ItemFacts] = ()
    tenders: Sequence[dict] = ()
    source: str = ""
    location_id: str = ""
    description: str = ""
    metadata: dict = field(default_factory=dict)
    key: str = ""
    public_id: UUID | None = None

    def key_at(self, principal: Principal, place: Place) -> str:
        """The ledger's key: the sender's own belongs to the sender, a reference to the program whoever sends it."""
        if self.key:
            return f"{principal.actor}:{self.key}"
        return f"earn:{place.program.id}:{self.reference}" if self.reference else ""

    def fingerprint(self, place: Place) -> bytes:
        """What makes two requests the same: everything they say, by whatever names and way they came."""
        said = (
            "earn", place.program.id, place.member_id, self.amount_minor, self.currency, self.reference,
            self.occurred_at, self.items, self.tenders, self.source, self.location_id, self.description, self.metadata,
        )  # fmt: skip
        return hashlib.sha256(_encode(said)).digest()


def record_purchases(
    principal: Principal, requests: Sequence[PurchaseRequest], *, at: datetime | None = None
) -> list[Recorded | LoyaltyError]:
    """Records purchases and gives their points (whole ones, possibly none), each on its own, answered in the order
    given. Two round trips for any number. Repeating one (same key, or same reference in the program without a key)
    answers the first answer. `at` is when purchases without a time happened. Refusals, in order of precedence:
    NotFound (program, member), KeyRequired, KeyReused, Forbidden, ScopeMissing, ProgramNotActive, MembershipRequired,
    MembershipSuspended, MembershipClosed, Invalid (currency, time), TooManyPoints, DuplicateReference, AccountClosed,
    BalanceLimit."""
    now = at or clock.now()
    latest = clock.now() + CLOCK_SKEW
    places = find_places(principal, [request.names for request in requests])
    answers: list[Recorded | LoyaltyError | None] = [None] * len(requests)
    moves, rows, sources, refused = [], [], [], []
    for n, (request, place) in enumerate(zip(requests, places, strict=True)):
        if isinstance(place, LoyaltyError):
            answers[n] = place
            continue
        key = request.key_at(principal, place)
        if not key:
            answers[n] = KeyRequired()
            continue
        fingerprint = request.fingerprint(place)
        try:
            decision = decide_purchase(principal, request, place, now=now, latest=latest)
        except LoyaltyError as refusal:
            answers[n] = refusal
            refused.append((n, Asked(place.program.brand_id, key, fingerprint)))
            continue
        move = _move(principal, request, place, decision, key=key, fingerprint=fingerprint, at=now)
        rows.append(_row(len(moves), request, place, move.at))
        moves.append(move)
        sources.append(n)
    for n, posted in zip(sources, _post(moves, rows), strict=True):
        place = places[n]
        answers[n] = Recorded(posted, place.member_id, place.program.id) if posted.is_done else posted.refusal()
    for (n, _), earlier in zip(refused, earlier_answers([asked for _, asked in refused]), strict=True):
        answers[n] = earlier or answers[n]
    return answers


def record_purchase(principal: Principal, request: PurchaseRequest, *, at: datetime | None = None) -> Recorded:
    """Records one purchase; raises its refusal (see `record_purchases`)."""
    (answer,) = record_purchases(principal, [request], at=at)
    if isinstance(answer, LoyaltyError):
        raise answer
    return answer


def preview_purchase(principal: Principal, request: PurchaseRequest) -> tuple[Place, Decision]:
    """What the purchase would give and why; writes nothing, and the member need not take part yet. Refusals: NotFound,
    Forbidden, ScopeMissing, Invalid, TooManyPoints."""
    (place,) = find_places(principal, [request.names])
    if isinstance(place, LoyaltyError):
        raise place
    principal.require("points.preview", place.program.brand_id)
    now = clock.now()
    return place, _decision(request, place, now=now, latest=now + CLOCK_SKEW)


def decide_purchase(
    principal: Principal, request: PurchaseRequest, place: Place, *, now: datetime, latest: datetime
) -> Decision:
    """What the purchase gives at this place; raises what stands against it."""
    refusal = refusal_of(principal, place, "points.earn")
    if refusal:
        raise refusal
    return _decision(request, place, now=now, latest=latest)


def _decision(request: PurchaseRequest, place: Place, *, now: datetime, latest: datetime) -> Decision:
    currency = place.program.money_currency
    if request.currency != currency:
        detail = f"The program counts purchases in {currency}."
        raise Invalid([{"pointer": "/currency", "code": "currency-mismatch", "detail": detail}])
    if request.occurred_at and not EARLIEST <= request.occurred_at <= latest:
        detail = "A purchase lies in the past, and not before 1990."
        raise Invalid([{"pointer": "/occurred_at", "code": "out-of-range", "detail": detail}])
    facts = PurchaseFacts(
        amount_minor=request.amount_minor,
        currency=request.currency,
        occurred_at=request.occurred_at or now,
        items=tuple(request.items),
        location_id=request.location_id,
        source=request.source,
    )
    return decide(place.program.terms, facts)


def _move(principal, request: PurchaseRequest, place: Place, decision: Decision, *, key, fingerprint, at) -> Move:
    occurred_at = request.occurred_at or at
    return Move(
        kind="earn",
        account_id=place.account_id,
        key=key,
        fingerprint=fingerprint,
        actor=principal.actor,
        points=decision.points,
        at=occurred_at,
        public_id=request.public_id or uuid7(),
        reference=request.reference,
        available_at=decision.available_at,
        expires_at=decision.expires_at,
        program_id=place.program.id,
        data=_data(request, decision, occurred_at),
    )


def _data(request: PurchaseRequest, decision: Decision, occurred_at: datetime) -> dict:
    """What the posting keeps to give the same answer again; what is empty is left out."""
    data = {
        "amount_minor": request.amount_minor,
        "currency": request.currency,
        "description": request.description,
        "source": request.source,
        "location_id": request.location_id,
        "breakdown": [_line(line) for line in decision.breakdown],
        "campaign_ids": sorted({line.campaign_id for line in decision.breakdown if line.campaign_id}),
        "available_at": written(decision.available_at) if decision.available_at > occurred_at else None,
        "expires_at": written(decision.expires_at),
    }
    return {name: value for name, value in data.items() if value not in ("", None, [])}


def _line(line: Line) -> dict:
    """Written out, for `dataclasses.asdict` costs more than all the rest of a purchase."""
    said = {"rule_id": line.rule_id, "rule": line.rule, "points": line.points, "reason": line.reason}
    return said | {"campaign_id": line.campaign_id} if line.campaign_id else said


def _row(n: int, request: PurchaseRequest, place: Place, occurred_at: datetime) -> dict:
    return {
        "n": n,
        "program_id": place.program.id,
        "member_id": place.member_id,
        "reference": request.reference,
        "amount_minor": request.amount_minor,
        "currency": request.currency,
        "items": request.items,
        "tenders": request.tenders,
        "location_id": request.location_id,
        "source": request.source,
        "metadata": request.metadata,
        "occurred_at": occurred_at,
    }


def _post(moves: list[Move], rows: list[dict]) -> list[Posted]:
    """The points and the purchases in one statement."""
    return post(moves, alongside=Alongside("programs_post_purchases", rows))
