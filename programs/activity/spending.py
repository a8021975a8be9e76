"""Points leave a member: redeemed at once, or set aside by a hold that is captured or released later."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from ledger.errors import InsufficientPoints
from ledger.posting import Move, post, post_one
from ledger.selectors import balances
from loyalty import clock, sql
from loyalty.errors import LoyaltyError, NotFound
from loyalty.identity.principals import Principal
from loyalty.ids import uuid7
from programs.activity.errors import BelowMinimum, HoldBound
from programs.activity.places import Names, Place, find_places, is_visible, refusal_of
from programs.activity.points import find_place, fingerprint_of, move_points
from programs.activity.records import Asked, Recorded, earlier_answers, written
from programs.earning.lifetimes import LifeTerms, extension
from programs.membership.models import Program

HOLD_SECONDS = 15 * 60
HOLD_SECONDS_MAX = 7 * 86_400
# How often it is looked anew how many points there are, when others spent some of them at that moment.
TRIES_MAX = 20

FIND_HOLD = """
select a.id as account_id, a.owner_id, p.brand_id, pr.id as program_id, p.recorded_at, pr.timezone, pr.expiry_kind,
       pr.expiry_months, p.data ->> 'held_for' as held_for
from ledger_posting p join ledger_account a on a.id = p.account_id join programs_program pr on pr.unit_id = p.unit_id
where p.public_id = %s and p.kind = 'hold'
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class RedeemRequest:
    """Points that a member spends. `key` is the sender's idempotency key. With `order_points`, what the whole order
    costs in points, fewer are taken where the program lets fewer go into it, or the member has fewer; `taken` says how
    many that are."""

    names: Names
    points: int
    key: str
    order_points: int | None = None
    taken: int | None = None
    reference: str = ""
    description: str = ""
    reward_id: str = ""
    at: datetime | None = None
    public_id: UUID | None = None

    def key_at(self, principal: Principal, place: Place) -> str:
        return f"{principal.actor}:{self.key}"

    def fingerprint(self, place: Place) -> bytes:
        said = (self.description, self.reward_id, *(() if self.order_points is None else (self.order_points,)))
        return fingerprint_of("redeem", place.program.id, place.member_id, self.points, self.reference, said)


def redeem_many(principal: Principal, requests: Sequence[RedeemRequest]) -> list[Recorded | LoyaltyError]:
    """Spends points, each redemption on its own, answered in the order given; lots that expire first go first. Where
    points expire by inactivity those that are left live on. Two round trips for any number. Repeating one (same key)
    answers the first answer. Refusals, in order of precedence: NotFound (program, member), KeyReused, Forbidden,
    ScopeMissing, ProgramNotActive, MembershipRequired, MembershipSuspended, MembershipClosed, BelowMinimum,
    AccountClosed, InsufficientPoints."""
    places = find_places(principal, [request.names for request in requests])
    answers: list[Recorded | LoyaltyError | None] = [None] * len(requests)
    moves, sources, refused = [], [], []
    for n, (request, place) in enumerate(zip(requests, places, strict=True)):
        if isinstance(place, LoyaltyError):
            answers[n] = place
            continue
        asked = Asked(place.program.brand_id, request.key_at(principal, place), request.fingerprint(place))
        answers[n] = refusal_to_redeem(principal, request, place)
        if answers[n]:
            refused.append((n, asked))
            continue
        moves.append(_redemption(principal, request, place, asked))
        sources.append(n)
    for n, posted in zip(sources, post(moves), strict=True):
        place = places[n]
        answers[n] = Recorded(posted, place.member_id, place.program.id) if posted.is_done else posted.refusal()
    for (n, _), earlier in zip(refused, earlier_answers([asked for _, asked in refused]), strict=True):
        answers[n] = earlier or answers[n]
    return answers


def redeem(principal: Principal, request: RedeemRequest) -> Recorded:
    """Spends a member's points once; raises its refusal (see `redeem_many`). Of an order it pays as much as it may."""
    for _ in range(1 if request.order_points is None else TRIES_MAX):
        asked = request if request.order_points is None else replace(request, taken=_most(principal, request))
        (answer,) = redeem_many(principal, [asked])
        if not isinstance(answer, InsufficientPoints):
            break
    if isinstance(answer, LoyaltyError):
        raise answer
    return answer


def _most(principal: Principal, request: RedeemRequest) -> int:
    """How many of the points asked for can go into the order: the program's share of it, rounded down, and no more than
    the member has at this moment."""
    place = find_place(principal, request.names)
    if place.account_id is None:
        return request.points
    percent = Program.objects.values_list("redeem_percent_max", flat=True).get(pk=place.program.id)
    available = balances([place.account_id])[place.account_id].available
    return min(request.points, request.order_points * percent // 100, available)


def hold(
    principal: Principal, names: Names, *, points: int, key: str, ttl_seconds: int = HOLD_SECONDS, description: str = ""
) -> Recorded:
    """Sets points aside for `ttl_seconds`, after which they go back by themselves. Repeating it (same key) answers the
    first answer. Refusals as for `redeem_many`, without BelowMinimum."""
    place = find_place(principal, names)
    now = clock.now()
    expires_at = now + timedelta(seconds=ttl_seconds)
    data = {"description": description, "hold_expires_at": written(expires_at)}
    said = (ttl_seconds, description)
    return move_points(
        principal, place, "hold",
        key=key, points=points, permission="points.hold", said=said, at=now, expires_at=expires_at, data=data,
    )  # fmt: skip


def capture(principal: Principal, hold_id: UUID, *, key: str, points: int | None = None) -> Recorded:
    """Spends the points of a hold, or `points` of them; the rest goes back to the lots it came from. Repeating it (same
    key) answers the first answer. Refusals, in order of precedence: NotFound, Forbidden, ScopeMissing, HoldBound,
    KeyReused, AccountClosed, HoldResolved, HoldExpired, CaptureExceedsHold."""
    return _resolve(principal, hold_id, "capture", key=key, points=points or 0)


def release(principal: Principal, hold_id: UUID, *, key: str) -> Recorded:
    """Gives the points of a hold back to the lots they came from, with their first expiry. Repeating it (same key)
    answers the first answer. Refusals, in order of precedence: NotFound, Forbidden, ScopeMissing, HoldBound,
    KeyReused, AccountClosed, HoldResolved."""
    return _resolve(principal, hold_id, "release", key=key)


def refusal_to_redeem(principal: Principal, request: RedeemRequest, place: Place) -> LoyaltyError | None:
    """What stands against the redemption, as far as it can be said without looking at the points."""
    refusal = refusal_of(principal, place, "points.redeem")
    if refusal:
        return refusal
    least, points = place.program.redeem_points_min, _points(request)
    if points >= least:
        return None
    detail = f"At least {least} points are redeemed at once."
    return BelowMinimum(detail, pointer="/points", points_min=least, requested=points)


def _points(request: RedeemRequest) -> int:
    return request.points if request.taken is None else request.taken


def _redemption(principal: Principal, request: RedeemRequest, place: Place, asked: Asked) -> Move:
    data, at = {"description": request.description, "reward_id": request.reward_id}, request.at or clock.now()
    return Move(
        kind="redeem",
        account_id=place.account_id,
        key=asked.key,
        fingerprint=asked.fingerprint,
        actor=principal.actor,
        points=_points(request),
        at=at,
        public_id=request.public_id or uuid7(),
        reference=request.reference,
        extend_to=extension(place.program.life_terms, at),
        program_id=place.program.id,
        data={name: value for name, value in data.items() if value},
    )


def _resolve(principal: Principal, hold_id: UUID, kind: str, *, key: str, points: int = 0) -> Recorded:
    found = sql.rows(FIND_HOLD, [hold_id])
    if not found or not is_visible(principal, found[0]["brand_id"], found[0]["owner_id"]):
        raise NotFound("There is no such hold, or it is not yours to see.")
    held = found[0]
    principal.require("points.hold", held["brand_id"], member_id=held["owner_id"])
    if held["held_for"]:
        # What it waits for takes the points or gives them back, whoever else knows of the hold.
        raise HoldBound(held_for=held["held_for"])
    life = LifeTerms(timezone=held["timezone"], expiry_kind=held["expiry_kind"], expiry_months=held["expiry_months"])
    now = clock.now()
    move = Move(
        kind=kind,
        account_id=held["account_id"],
        key=f"{principal.actor}:{key}",
        fingerprint=fingerprint_of(kind, hold_id, points),
        actor=principal.actor,
        points=points,
        at=now,
        target=hold_id,
        # To spend points keeps a member's others; to let them go again is nothing done.
        extend_to=extension(life, now) if kind == "capture" else None,
        program_id=held["program_id"],
        data={"hold_id": str(hold_id), "held_at": written(held["recorded_at"])},
    )
    return Recorded(post_one(move), held["owner_id"], held["program_id"])
