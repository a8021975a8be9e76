"""Points that a colleague gives a member: at once, or as many as the brand wants a second person for when that person
agrees. To many members at once they are given in `giving`."""

from django.db import transaction

from ledger.selectors import balances
from loyalty.errors import NotFound
from loyalty.identity.approvals.errors import OwnRequest
from loyalty.identity.approvals.kinds import Difference, approvable
from loyalty.identity.approvals.models import ApprovalRequest
from loyalty.identity.approvals.operations import request_approval
from loyalty.identity.principals import Principal
from programs.activity.corrections import deposit
from programs.activity.giving import Gift, deposit_many
from programs.activity.own_gain import is_own
from programs.activity.places import Names, is_visible
from programs.activity.records import Recorded
from programs.membership.models import Membership

KIND = "points.deposit"


def give(principal: Principal, membership: Membership, *, points: int, reason: str, key: str) -> Recorded:
    """Gives a member points for a reason. Repeating it (same key) answers the first answer. Refusals: those of
    `deposit`."""
    names = Names(program=str(membership.program_id), member=str(membership.member_id))
    return deposit(principal, names, points=points, key=key, reason=reason)


def request_gift(principal: Principal, membership: Membership, *, points: int, reason: str) -> ApprovalRequest:
    """Asks a second person to agree to a gift. Repeating it while it waits answers the same request. Refusals, in order
    of precedence: NotFound, Forbidden, OwnRequest."""
    _check_may_give(principal, membership)
    posted = balances([membership.account_id])[membership.account_id].posted
    return request_approval(
        principal,
        membership.program.brand,
        KIND,
        {"membership_id": str(membership.id), "points": points},
        f"Give {points:,} {membership.program.unit.name} to card {membership.card_number}",
        reason,
        subject=membership.id,
        differences=[Difference("Balance", f"{posted:,}", f"{posted + points:,}")],
    )


@approvable(KIND, permission="points.deposit", title="Gift of points")
@transaction.atomic
def carry_out_gift(payload: dict, request: ApprovalRequest) -> str:
    """Gives the points that were asked for. Refusals: OwnRequest (own balance), AccountClosed, BalanceLimit."""
    known = Membership.objects.select_related("program__brand", "program__unit", "member")
    membership = known.get(pk=payload["membership_id"], program__brand_id=request.brand_id)
    if membership.member.person_id and membership.member.person_id == request.decided_by_id:
        raise OwnRequest("Nobody gives points to themselves.")
    gift = Gift(membership.account_id, payload["points"], f"gift:{request.id}")
    (posted,) = deposit_many(membership.program, [gift], actor=f"person:{request.decided_by_id}", reason=request.reason)
    if not posted.is_done:
        raise posted.refusal()
    return f"{posted.points:,} points given; the balance is {posted.balance_after:,}."


def _check_may_give(principal: Principal, membership: Membership) -> None:
    if not is_visible(principal, membership.program.brand_id, membership.member_id):
        raise NotFound("There is no such member, or they are not yours to see.")
    principal.require("points.deposit", membership.program.brand_id)
    if is_own(principal, membership.member_id):
        raise OwnRequest("Nobody gives points to themselves.")
