"""A member claims a reward: points, stock and voucher move in one transaction, or none of them does."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from django.db import IntegrityError, transaction

from ledger.errors import KeyReused
from loyalty import clock
from loyalty.errors import LoyaltyError, NotFound
from loyalty.identity.models import Member
from loyalty.identity.principals import Principal
from programs.activity.places import Names, Place, refusal_of
from programs.activity.points import find_place, fingerprint_of, move_points
from programs.rewards.catalogue.eligibility import refusal_to_claim, shelf_of, with_member
from programs.rewards.catalogue.errors import StockHoldOver
from programs.rewards.catalogue.giving import give_reward
from programs.rewards.catalogue.selectors import find_offer, shown
from programs.rewards.catalogue.standing import Standing, standings
from programs.rewards.models import Reward, StockHold, Voucher

PERMISSION = "offers.claim"
CLAIMED_ONCE = "voucher_is_claimed_once_by_a_request"


@dataclass(frozen=True, slots=True)
class Claimed:
    """A voucher as it was claimed, and the points that it cost. `is_replayed`: the key's first answer again."""

    voucher: Voucher
    points: int
    is_replayed: bool = False


@dataclass(frozen=True, slots=True)
class _Request:
    """Who asks for which reward under which key, and the digests that make the request known again."""

    principal: Principal
    reward: Reward
    place: Place
    key: str
    hold_id: UUID | None

    @property
    def digest(self) -> bytes:
        return sha256(f"{self.principal.actor}:{self.key}".encode()).digest()

    @property
    def fingerprint(self) -> bytes:
        return fingerprint_of("claim", self.reward.pk, self.place.member_id, self.hold_id)


def claim_reward(
    principal: Principal,
    reward_ref: str | UUID,
    *,
    key: str,
    member: str = "me",
    hold_id: UUID | None = None,
) -> Claimed:
    """Spends the reward's points, those that expire first going first, takes one of its stock (what `hold_id` set aside
    for the member, or else whatever the member has set aside) and writes the voucher: claimed; a gift card with its
    value in the currency's smallest unit; a donation redeemed at once; of an external reward with its code. A reward
    for nothing moves no points. Repeating it (same key) answers the voucher as it was claimed.
    Refusals, in order of precedence: NotFound (reward, member), AmbiguousReward, KeyReused, Forbidden, ScopeMissing,
    StepUpRequired, ProgramNotActive, MembershipRequired, MembershipSuspended, MembershipClosed, OfferNotOpen,
    TierTooLow, NotInSegment, MemberLimit, OutOfStock, NotFound and StockHoldOver (what was set aside), AccountClosed,
    InsufficientPoints."""
    reward = find_offer(principal, reward_ref)
    place = find_place(principal, Names(str(reward.program_id), member))
    request = _Request(principal, reward, place, key, hold_id)
    if first := _first_answer(request):
        return first
    try:
        return _claim(request)
    except (LoyaltyError, IntegrityError) as refusal:
        # The same request may have been carried out while this one waited for it.
        may_be_twin = isinstance(refusal, LoyaltyError) or CLAIMED_ONCE in str(refusal)
        first = _first_answer(request) if may_be_twin else None
        if first is None:
            raise
        return first


def _claim(request: _Request) -> Claimed:
    principal, place, at = request.principal, request.place, clock.now()
    if refusal := refusal_of(principal, place, PERMISSION):
        raise refusal
    reward = with_member(shown(), place.member_id, at=at).get(pk=request.reward.pk)
    _refuse(request, reward, at)
    member = Member.objects.get(pk=place.member_id)
    with transaction.atomic():
        posting_id = _spend(request, reward, at) if reward.points_cost else None
        voucher = give_reward(
            reward,
            member,
            kind=Voucher.Kind.PERSONAL,
            occasion="",
            actor=principal.actor,
            at=at,
            points=reward.points_cost,
            posting_id=posting_id,
            status=Voucher.Status.CLAIMED,
            hold_id=request.hold_id,
            claim=(request.digest, request.fingerprint),
        )
    return Claimed(voucher, reward.points_cost)


def _refuse(request: _Request, reward: Reward, at: datetime) -> None:
    standing = standings([request.place], [reward], at=at).get(reward.program_id, Standing())
    if refusal := refusal_to_claim(reward, standing, shelf_of(reward), at=at):
        raise refusal
    if request.hold_id is None:
        return
    held = StockHold.objects.filter(pk=request.hold_id, reward=reward.pk, member=request.place.member_id).first()
    if held is None:
        raise NotFound("Nothing was set aside under this id.", pointer="/hold_id")
    if held.status != StockHold.Status.OPEN or held.expires_at <= at:
        raise StockHoldOver()


def _spend(request: _Request, reward: Reward, at: datetime) -> UUID:
    """The posting that pays. It says what it paid for, so that it is not reversed by itself."""
    recorded = move_points(
        request.principal,
        request.place,
        "redeem",
        key=request.key,
        points=reward.points_cost,
        permission=PERMISSION,
        said=("claim", str(reward.pk), str(request.hold_id)),
        at=at,
        data={"description": reward.name, "reward_id": str(reward.pk), "claimed": reward.code},
    )
    if recorded.is_replayed:
        # Its twin was carried out meanwhile; what this one did so far goes back, and the twin's answer is given.
        raise KeyReused()
    return recorded.posted.public_id


def _first_answer(request: _Request) -> Claimed | None:
    """What the key was answered before; raises KeyReused where it came with another request."""
    brand_id = request.place.program.brand_id
    vouchers = Voucher.objects.select_related("program", "reward").filter(brand=brand_id, claim_key=request.digest)
    voucher = vouchers.first()
    if voucher is None:
        return None
    if bytes(voucher.claim_print) != request.fingerprint:
        raise KeyReused()
    return Claimed(as_claimed(voucher), voucher.points, is_replayed=True)


def as_claimed(voucher: Voucher) -> Voucher:
    """The voucher as it was when it was claimed, whatever became of it. Not to be saved."""
    is_donation = voucher.terms.get("kind") == Reward.Kind.DONATION
    voucher.program_id = voucher.reward.program_id if voucher.reward else voucher.program_id
    voucher.disabled_at = voucher.expired_at = None
    voucher.disabled_reason = ""
    voucher.balance_minor = voucher.value_minor
    if not is_donation:
        voucher.status, voucher.uses, voucher.redeemed_at = Voucher.Status.CLAIMED, 0, None
    return voucher
