"""What a voucher is worth, as it is written on the voucher itself: a change of the reward does not reach it. Pure."""

from datetime import datetime, timedelta

from programs.rewards.models import Reward, Voucher


def terms_of(reward: Reward) -> dict:
    """The terms of a voucher of this reward, as JSON: amounts in the currency's smallest unit, `percent` as a decimal
    string. Reads the reward's program."""
    return {
        "reward_code": reward.code,
        "name": reward.name,
        "kind": reward.kind,
        "discount_kind": reward.discount_kind,
        "value_minor": reward.value_minor,
        "percent": None if reward.percent is None else str(reward.percent),
        "buy_quantity": reward.buy_quantity,
        "free_quantity": reward.free_quantity,
        "skus": list(reward.skus),
        "categories": list(reward.categories),
        "order_minor_min": reward.order_minor_min,
        "discount_minor_max": reward.discount_minor_max,
        "currency": reward.program.money_currency,
        "locations": list(reward.locations),
    }


def expiry_of(reward: Reward, at: datetime) -> datetime | None:
    """When a voucher issued at that moment ends: so many times 24 hours later, never (None) where the reward says no
    days."""
    return None if reward.voucher_days is None else at + timedelta(days=reward.voucher_days)


def status_at(voucher: Voucher, at: datetime) -> str:
    """The voucher's status as it is read at that moment: expired once its time is over, whether or not the sweep has
    been. What was used up stays redeemed."""
    status = Voucher.Status
    is_open = voucher.status in (status.ISSUED, status.CLAIMED)
    if is_open and voucher.expires_at is not None and voucher.expires_at <= at:
        return status.EXPIRED
    return voucher.status
