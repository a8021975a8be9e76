"""Rewards that a member is given, by a rule, a birthday or a full card: the voucher comes with one of the stock and, of
an external reward, with a code of its pool."""

from datetime import datetime
from uuid import UUID

from loyalty.identity.models import Member
from programs.rewards.catalogue.stock import take_stock
from programs.rewards.models import Reward, Voucher
from programs.rewards.vouchers.issue import issue_voucher
from programs.rewards.vouchers.terms import expiry_of


def give_reward(
    reward: Reward,
    member: Member,
    *,
    kind: str,
    occasion: str,
    actor: str,
    at: datetime,
    points: int = 0,
    posting_id: UUID | None = None,
    status: str = Voucher.Status.ISSUED,
    hold_id: UUID | None = None,
    claim: tuple[bytes, bytes] | None = None,
) -> Voucher:
    """Writes the member's voucher for the reward and takes one of its stock, in the caller's transaction, of which it
    should be the last step: the reward's row, which many want, is locked from here on. No limit for each member and no
    window is asked, but of a claim (`claim`: the digests of the request). A gift card is a gift whatever `kind` says,
    and a donation is redeemed at once. Points are whole. Repeating it gives another one, but for an `occasion`.
    Refusals, in order of precedence: AlreadyGiven (the occasion), MemberLimit, OfferNotOpen and StockHoldOver (of a
    claim), OutOfStock."""
    is_donation = reward.kind == Reward.Kind.DONATION
    voucher = issue_voucher(
        program=reward.program,
        actor=actor,
        kind=Voucher.Kind.GIFT if reward.kind == Reward.Kind.GIFT_CARD else kind,
        reward=reward,
        member=member,
        status=Voucher.Status.REDEEMED if is_donation else status,
        uses_max=1 if is_donation else reward.uses_max,
        value_minor=reward.value_minor if reward.kind == Reward.Kind.GIFT_CARD else None,
        points=points,
        posting_id=posting_id,
        occasion=occasion,
        expires_at=expiry_of(reward, at),
        at=at,
    )
    take_stock(reward, voucher, actor=actor, at=at, hold_id=hold_id, claim=claim)
    return voucher
