"""A voucher that nobody is to use any more."""

from uuid import UUID

from django.db import connection, transaction

from loyalty import clock
from loyalty.events import log
from loyalty.identity.principals import Principal
from programs.rewards.models import Voucher
from programs.rewards.vouchers.errors import VoucherExpired, VoucherUsedUp
from programs.rewards.vouchers.finding import find_voucher
from programs.rewards.vouchers.terms import status_at

Status = Voucher.Status


def disable_voucher(principal: Principal, voucher_ref: str | UUID, *, reason: str = "", address: str = "") -> Voucher:
    """Puts an end to a voucher; what was used of it stays used, what was paid for it stays paid. Repeating it changes
    nothing. Refusals, in order of precedence: TooMany, NotFound, AmbiguousVoucher, Forbidden, ScopeMissing, and those
    of `disable`."""
    voucher = find_voucher(principal, voucher_ref, permission="vouchers.disable", address=address)
    with transaction.atomic():
        return disable(voucher, actor=principal.actor, reason=reason)


def disable(voucher: Voucher, *, actor: str, reason: str = "") -> Voucher:
    """The same in the caller's transaction, of a voucher that is known; answers it as it is then, locked. The event is
    voucher.disabled. Repeating it changes nothing. Refusals: VoucherUsedUp, VoucherExpired (it has ended by itself)."""
    assert connection.in_atomic_block, "a voucher is disabled in the transaction of what disables it"
    now = clock.now()
    locked = Voucher.objects.select_for_update(of=("self",), no_key=True).get(pk=voucher.pk)
    if locked.status == Status.DISABLED:
        return locked
    if locked.status == Status.REDEEMED:
        raise VoucherUsedUp("The voucher has been used; there is nothing to disable.", uses=locked.uses)
    if status_at(locked, now) == Status.EXPIRED:
        raise VoucherExpired(expires_at=locked.expires_at)
    locked.status, locked.disabled_at, locked.disabled_reason = Status.DISABLED, now, reason[:200]
    locked.save(update_fields=["status", "disabled_at", "disabled_reason"])
    log.record(
        "voucher.disabled",
        brand_id=locked.brand_id,
        aggregate_id=locked.pk,
        member_id=locked.member_id,
        program_id=locked.program_id,
        data={
            "actor": actor,
            "kind": locked.kind,
            "reason": locked.disabled_reason,
            "reward_id": str(locked.reward_id) if locked.reward_id else None,
            "uses": locked.uses,
            "balance_minor": locked.balance_minor,
        },
        occurred_at=now,
    )
    return locked
