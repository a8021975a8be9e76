"""A claim is undone while its voucher has not been used: points, stock and the member's limit go back to where they
were."""

from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from ledger.errors import AlreadyReversed
from ledger.posting import Move, post_one
from loyalty import clock
from loyalty.identity.principals import Principal
from programs.activity.points import fingerprint_of
from programs.membership.models import Membership
from programs.rewards.catalogue.errors import ClaimNotCancellable
from programs.rewards.catalogue.stock import put_back
from programs.rewards.models import Voucher
from programs.rewards.vouchers.disabling import disable
from programs.rewards.vouchers.finding import find_voucher
from programs.rewards.vouchers.terms import status_at

CANCELLED = "Claim cancelled"


@dataclass(frozen=True, slots=True)
class Cancelled:
    """The voucher of a claim that was undone, and the points that came back."""

    voucher: Voucher
    points: int
    is_replayed: bool = False


def cancel_claim(principal: Principal, voucher_ref: str | UUID, *, key: str, reason: str = "") -> Cancelled:
    """Undoes a claim whose voucher has not been used: the voucher is disabled, its points go back to the lots they came
    from with their first expiry, the stock has one more (a code of somebody else stays spent, for it was shown), and it
    counts no more against the member's limit; all of it or nothing. Repeating it, by whatever key, changes nothing and
    answers the same. Refusals, in order of precedence: NotFound, Forbidden, ScopeMissing, KeyReused (the key moved
    other points), ClaimNotCancellable (not claimed, used, ended), AccountClosed."""
    voucher = find_voucher(principal, voucher_ref, permission="offers.cancel")
    if voucher.cancelled_at:
        return Cancelled(voucher, voucher.points, is_replayed=True)
    try:
        return _cancel(principal, voucher, key=key, reason=reason)
    except (AlreadyReversed, ClaimNotCancellable):
        # Somebody else may have cancelled it at the same moment.
        voucher = find_voucher(principal, voucher_ref, permission="offers.cancel")
        if not voucher.cancelled_at:
            raise
        return Cancelled(voucher, voucher.points, is_replayed=True)


@transaction.atomic
def _cancel(principal: Principal, voucher: Voucher, *, key: str, reason: str) -> Cancelled:
    _refuse(voucher)
    if voucher.posting_id:
        _give_points_back(principal, voucher, key=key, reason=reason)
    locked = Voucher.objects.select_for_update(no_key=True, of=("self",)).get(pk=voucher.pk)
    _refuse(locked)
    disabled = disable(locked, actor=principal.actor, reason=f"{CANCELLED}: {reason}" if reason else CANCELLED)
    disabled.cancelled_at = disabled.disabled_at
    disabled.save(update_fields=["cancelled_at"])
    put_back(disabled.reward, disabled.member_id)
    return Cancelled(disabled, disabled.points)


def _refuse(voucher: Voucher) -> None:
    """Raises what stands against cancelling the voucher as it is."""
    status = status_at(voucher, clock.now())
    if voucher.claim_key is None or status != Voucher.Status.CLAIMED or voucher.uses:
        raise ClaimNotCancellable(voucher_status=status, uses=voucher.uses)


def _give_points_back(principal: Principal, voucher: Voucher, *, key: str, reason: str) -> None:
    membership = Membership.objects.get(program=voucher.reward.program_id, member=voucher.member_id)
    post_one(
        Move(
            kind="reverse",
            account_id=membership.account_id,
            key=f"{principal.actor}:{key}",
            fingerprint=fingerprint_of("cancel", voucher.pk, reason),
            actor=principal.actor,
            target=voucher.posting_id,
            program_id=voucher.reward.program_id,
            data={"description": reason} if reason else {},
        )
    )
