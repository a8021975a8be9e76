"""What there is of a reward: one of it goes with each voucher, and the brand is told when few are left. The taking
itself is one database function, which locks the reward's row last and counts what is set aside."""

from datetime import datetime
from uuid import UUID

from django.db import connection
from django.db.models import F

from loyalty import sql
from loyalty.errors import LoyaltyError
from loyalty.events import log
from programs.rewards.catalogue.errors import MemberLimit, OfferNotOpen, OutOfStock, StockHoldOver
from programs.rewards.models import Reward, RewardTaken, Voucher

LOW, SOLD_OUT = "reward.low_stock", "reward.sold_out"
TAKE = """
select outcome, stock_left, is_low, pool_code from programs_take_stock(%(reward)s, %(voucher)s, %(member)s, %(hold)s,
  %(member_max)s, %(claim_key)s, %(claim_print)s, %(at)s)
"""
REFUSALS: dict[str, type[LoyaltyError]] = {
    one.code: one for one in (MemberLimit, OfferNotOpen, OutOfStock, StockHoldOver)
}


def take_stock(
    reward: Reward,
    voucher: Voucher,
    *,
    actor: str,
    at: datetime,
    hold_id: UUID | None = None,
    claim: tuple[bytes, bytes] | None = None,
) -> None:
    """Takes one of the reward for a voucher that was just written, in the caller's transaction and as its last step;
    one round trip, and two more when few or none are left, of which an event tells. What is set aside is not taken.
    With `claim`, the digests of the request, it counts against the member's limit, and uses up what they set aside
    (`hold_id`, or whatever there is).
    Refusals, in order of precedence: MemberLimit, OfferNotOpen, StockHoldOver (these only of a claim), OutOfStock."""
    assert connection.in_atomic_block, "stock is taken with what it is taken for"
    key, print_ = claim or (None, None)
    asked = {
        "reward": reward.pk, "voucher": voucher.pk, "member": voucher.member_id, "hold": hold_id,
        "member_max": reward.member_max, "claim_key": key, "claim_print": print_, "at": at,
    }  # fmt: skip
    (taken,) = sql.rows(TAKE, asked)
    if refused := REFUSALS.get(taken["outcome"]):
        raise refused()
    voucher.external_code = taken["pool_code"] or voucher.external_code
    voucher.claim_key, voucher.claim_print = claim or (voucher.claim_key, voucher.claim_print)
    tell_of_stock(reward, taken["stock_left"], is_low=taken["is_low"], actor=actor, at=at)


def put_back(reward: Reward, member_id: UUID) -> None:
    """Gives back one that a member claimed: it counts no more against their limit, and is in stock again where that is
    counted; a code of somebody else stays spent, for it was shown. In the caller's transaction, as its last step."""
    RewardTaken.objects.filter(reward=reward.pk, member=member_id, count__gt=0).update(count=F("count") - 1)
    Reward.objects.filter(pk=reward.pk, stock_left__isnull=False).update(stock_left=F("stock_left") + 1)


def tell_of_stock(reward: Reward, left: int | None, *, is_low: bool, actor: str, at: datetime) -> None:
    """Records that few are left, and that none is. Of a pool of codes it is not counted how many there are beyond those
    few."""
    types = ([LOW] if is_low else []) + ([SOLD_OUT] if left == 0 else [])
    for type_ in types:
        log.record(
            type_,
            brand_id=reward.program.brand_id,
            aggregate_id=reward.pk,
            program_id=reward.program_id,
            data={"actor": actor, "code": reward.code, "stock_left": left, "stock_low_at": reward.stock_low_at},
            occurred_at=at,
        )
