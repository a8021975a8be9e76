"""What stands against a person's giving points: to themselves nobody gives any, and as many as the brand wants a second
person for nobody gives alone. Server keys are the brand's own systems and are not asked."""

from uuid import UUID

from loyalty.errors import LoyaltyError
from loyalty.identity.approvals.errors import OwnRequest
from loyalty.identity.models import Brand, Member
from loyalty.identity.principals import Principal
from programs.activity import limits
from programs.activity.places import Place


def is_own(principal: Principal, member_id: UUID | None) -> bool:
    """Whether the member is the person who asks. In the portal nobody is asked as the member they may be too, so the
    member's row says it."""
    return principal.kind == "person" and Member.objects.filter(pk=member_id, person=principal.id).exists()


def refusal_to_give(principal: Principal, place: Place, points: int, *, key: str) -> LoyaltyError | None:
    """In order of precedence: OwnRequest, ApprovalRequired; to be asked in the transaction that gives them."""
    if principal.kind != "person":
        return None
    if is_own(principal, place.member_id):
        return OwnRequest("Nobody gives points to themselves.")
    brand = Brand.objects.only("approval_points_min").get(pk=place.program.brand_id)
    return limits.refusal_alone(brand, principal.actor, points=points, key=f"{principal.actor}:{key}")
