"""Shapes of offers, claims and what is set aside, in and out. No queries."""

from typing import Annotated

from msgspec import Meta

from loyalty.http.shapes import UUID, Answer, Filters, Key, Moment, Shape, ShortText
from programs.rewards.catalogue.holding import HOLD_SECONDS, HOLD_SECONDS_MAX
from programs.rewards.catalogue.offers import Offer
from programs.rewards.catalogue.serializers import Ref, RewardAnswer
from programs.rewards.models import StockHold

MemberRef = Annotated[
    str,
    Meta(min_length=1, max_length=255, description="The member's id or external_id; members leave it out."),
]
Seconds = Annotated[int, Meta(ge=1, le=HOLD_SECONDS_MAX, description="For how many seconds.")]


class OfferFilters(Filters):
    """Whose offers, and which."""

    member_id: MemberRef | None = None
    program_id: Ref | None = None
    all: Annotated[bool, Meta(description="Also those that cannot be claimed now, with the reason why not.")] = False


class Claim(Shape):
    """A claim."""

    member_id: MemberRef | None = None
    hold_id: Annotated[UUID | None, Meta(description="What was set aside before.")] = None
    idempotency_key: Key | None = None


class NewStockHold(Shape):
    """One of a reward to set aside."""

    member_id: MemberRef | None = None
    expires_in: Seconds = HOLD_SECONDS


class Cancellation(Shape):
    """Why a claim is undone."""

    reason: ShortText = ""
    idempotency_key: Key | None = None


class OfferAnswer(Answer):
    """A reward as a member has it before them."""

    reward: RewardAnswer
    is_available: Annotated[bool, Meta(description="Whether the member can claim it now.")]
    reason: Annotated[str | None, Meta(description="Why not, as the code that a claim would be refused with.")]
    reason_text: str | None
    points_missing: Annotated[int, Meta(description="How many more points the member needs; 0: enough.")]


class StockHoldAnswer(Answer):
    """One of a reward that is set aside."""

    id: UUID
    reward_id: UUID
    member_id: UUID
    expires_at: Annotated[Moment, Meta(description="It goes back by itself then.")]


def offer_answer(offer: Offer, reward: RewardAnswer) -> OfferAnswer:
    """The offer; `reward` is it as the caller sees it."""
    return OfferAnswer(
        reward=reward,
        is_available=offer.refusal is None,
        reason=offer.reason,
        reason_text=offer.refusal.detail if offer.refusal else None,
        points_missing=offer.points_missing,
    )


def stock_hold_answer(held: StockHold) -> StockHoldAnswer:
    """What is set aside."""
    return StockHoldAnswer(id=held.pk, reward_id=held.reward_id, member_id=held.member_id, expires_at=held.expires_at)
