"""Full sheets become vouchers."""

from datetime import datetime

from django.db import transaction

from loyalty import clock
from loyalty.identity.devices.stepping_up import refusal_to_spend
from loyalty.identity.models import Member
from loyalty.identity.principals import Principal
from programs.rewards.catalogue.giving import give_reward
from programs.rewards.models import Voucher
from programs.rewards.stamps.errors import StampCardNotFull
from programs.rewards.stamps.models import StampCard
from programs.rewards.stamps.sheets import Status, lock_sheets, refuse_outsider


@transaction.atomic
def turn_into_voucher(card: StampCard, member: Member, *, actor: str, at: datetime | None = None) -> Voucher:
    """Gives the member the voucher of the card's reward for the full sheet that waits longest, and takes one of the
    reward's stock; works on cards that are paused or archived, for what is full was earned. A sheet gives one voucher
    ever: repeating it turns in the next full sheet. Refusals, in order of precedence: ProgramNotActive,
    MembershipRequired, MembershipSuspended, MembershipClosed, StampCardNotFull, and what `give_reward` refuses
    (OutOfStock), which leaves the sheet full."""
    moment = at or clock.now()
    refuse_outsider(card.program, member.pk)
    theirs = lock_sheets(card, member.pk, actor=actor, at=moment)
    if not theirs.full:
        stamps = theirs.open.stamps if theirs.open else 0
        needed = theirs.open.stamps_needed if theirs.open else card.stamps_needed
        raise StampCardNotFull(f"{stamps} of {needed} stamps.", stamps=stamps, stamps_needed=needed)
    sheet = theirs.full[0]
    voucher = give_reward(
        card.reward, member, kind=Voucher.Kind.STAMPS, occasion=f"stamps:{sheet.pk}", actor=actor, at=moment
    )
    sheet.status, sheet.voucher = Status.USED, voucher
    sheet.save(update_fields=["status", "voucher"])
    return voucher


def turn_in_asked(principal: Principal, card: StampCard, member: Member) -> Voucher:
    """As somebody asks for it who may. Refusals, in order of precedence: Forbidden, ScopeMissing, StepUpRequired (a
    member in a cool-down), then as `turn_into_voucher`."""
    principal.require("stamps.turn_in", card.program.brand_id, member_id=member.pk)
    refusal = refusal_to_spend(principal, brand_id=card.program.brand_id, member_id=member.pk)
    if refusal:
        raise refusal
    return turn_into_voucher(card, member, actor=principal.actor)
