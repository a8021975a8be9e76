"""A use of a voucher that is taken back, say because the payment failed: the voucher can be used again."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec
from django.db import transaction

from ledger.errors import KeyReused
from loyalty import clock
from loyalty.errors import NotFound
from loyalty.events import log
from loyalty.identity.locations import OtherLocation, bound_location
from loyalty.identity.principals import Principal
from programs.rewards.models import Voucher, VoucherUse
from programs.rewards.vouchers.errors import NotRedeemed
from programs.rewards.vouchers.finding import find_voucher

Status = Voucher.Status


class _After(msgspec.Struct):
    """The voucher as it was right after, kept with the use to be answered again."""

    status: str
    uses: int
    balance_minor: int | None
    redeemed_at: datetime | None


@dataclass(frozen=True, slots=True)
class RolledBack:
    """The voucher as it was right after its use was taken back, and that use."""

    voucher: Voucher
    use: VoucherUse
    is_replayed: bool = False


def rollback_redemption(
    principal: Principal,
    voucher_ref: str | UUID,
    *,
    key: str,
    reason: str = "",
    use_id: UUID | None = None,
    address: str = "",
) -> RolledBack:
    """Takes back one use of the voucher, that with `use_id` or the last one: the voucher counts one use less, a gift
    card holds again what it paid, and the event is voucher.rolled_back. What was redeemed is issued or claimed again;
    what has expired since stays so, and what was disabled stays as it is: of it only the use is marked. The QR token
    that showed it stays used. The same key, or a use that was taken back before, answers the first answer.
    Refusals, in order of precedence: TooMany, NotFound, AmbiguousVoucher, Forbidden, ScopeMissing, KeyReused,
    NotFound (no such use of it), NotRedeemed (none is left), OtherLocation."""
    voucher = find_voucher(principal, voucher_ref, permission="vouchers.roll_back", address=address)
    key = f"{principal.actor}:{key}"
    with transaction.atomic():
        locked = Voucher.objects.select_for_update(of=("self",), no_key=True).get(pk=voucher.pk)
        earlier = VoucherUse.objects.filter(brand_id=locked.brand_id, rolled_back_key=key).first()
        if earlier:
            is_same = earlier.voucher_id == locked.pk and use_id in (None, earlier.pk)
            if not is_same or earlier.rolled_back_reason != reason[:200]:
                raise KeyReused()
            return _again(locked, earlier)
        use = _use(locked, use_id)
        if use.rolled_back_at is not None:
            return _again(locked, use)
        bound = bound_location(principal, locked.brand_id)
        if bound and use.location_id != bound.pk:
            raise OtherLocation(f"Your post is at {bound.name}.")
        return _taken_back(locked, use, actor=principal.actor, key=key, reason=reason)


def _use(voucher: Voucher, use_id: UUID | None) -> VoucherUse:
    uses = VoucherUse.objects.filter(voucher=voucher).select_related("location")
    if use_id is not None:
        use = uses.filter(pk=use_id).first()
        if use is None:
            raise NotFound("The voucher has no such use.", pointer="/use_id")
        return use
    use = uses.filter(rolled_back_at=None).order_by("-recorded_at", "-id").first()
    if use is None:
        raise NotRedeemed()
    return use


def _taken_back(voucher: Voucher, use: VoucherUse, *, actor: str, key: str, reason: str) -> RolledBack:
    now = clock.now()
    if voucher.status != Status.DISABLED:
        left = VoucherUse.objects.filter(voucher=voucher, rolled_back_at=None).exclude(pk=use.pk)
        last = left.order_by("-recorded_at", "-id").values_list("occurred_at", flat=True).first()
        voucher.uses, voucher.redeemed_at = voucher.uses - 1, last
        if voucher.balance_minor is not None:
            voucher.balance_minor += use.discount_minor
        if voucher.status == Status.REDEEMED:
            voucher.status = Status.CLAIMED if voucher.claimed_at else Status.ISSUED
        voucher.save(update_fields=["status", "uses", "balance_minor", "redeemed_at"])
    use.rolled_back_at, use.rolled_back_by, use.rolled_back_key = now, actor, key
    use.rolled_back_reason = reason[:200]
    after = _After(voucher.status, voucher.uses, voucher.balance_minor, voucher.redeemed_at)
    use.answer = use.answer | {"rolled_back": msgspec.to_builtins(after)}
    use.save(update_fields=["rolled_back_at", "rolled_back_by", "rolled_back_key", "rolled_back_reason", "answer"])
    log.record(
        "voucher.rolled_back",
        brand_id=voucher.brand_id,
        aggregate_id=voucher.pk,
        member_id=use.member_id,
        program_id=voucher.program_id,
        data={
            "actor": actor,
            "use_id": str(use.pk),
            "kind": voucher.kind,
            "status": voucher.status,
            "reason": use.rolled_back_reason,
            "discount_minor": use.discount_minor,
            "currency": use.currency,
            "uses": voucher.uses,
            "balance_minor": voucher.balance_minor,
        },
        occurred_at=now,
    )
    return RolledBack(voucher, use)


def _again(voucher: Voucher, use: VoucherUse) -> RolledBack:
    """The first answer: the voucher as it was then."""
    after = msgspec.convert(use.answer["rolled_back"], _After)
    voucher.status, voucher.uses = after.status, after.uses
    voucher.balance_minor, voucher.redeemed_at = after.balance_minor, after.redeemed_at
    if after.status != Status.DISABLED:
        voucher.disabled_at = None
    return RolledBack(voucher, use, is_replayed=True)
