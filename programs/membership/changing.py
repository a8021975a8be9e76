"""Changes of a membership that come together in one request, all of them or none."""

from django.db import transaction

from loyalty.errors import Invalid
from loyalty.http.shapes import UNSET
from loyalty.identity.principals import Principal
from programs.membership import operations, selectors
from programs.membership.giving_tiers import protect_tier, refuse_attributes, set_attributes, set_tier
from programs.membership.member_shapes import MembershipPatch
from programs.membership.models import Membership, Tier


@transaction.atomic
def change_membership(principal: Principal, membership: Membership, asked: MembershipPatch) -> Membership:
    """Carries out what was asked for; what was not sent stays. Repeating it changes nothing. Refusals: Forbidden,
    ScopeMissing (for each thing asked), Invalid, and those of `set_tier`, `protect_tier` and `set_attributes`."""
    brand_id = membership.program.brand_id
    if all(each is UNSET for each in (asked.status, asked.tier, asked.tier_protected_until, asked.attributes)):
        principal.require("memberships.look_up", brand_id)
    if asked.status is not UNSET:
        is_stop = asked.status == Membership.Status.SUSPENDED
        principal.require("memberships.suspend" if is_stop else "memberships.reinstate", brand_id)
        (operations.suspend if is_stop else operations.reinstate)(membership, actor=principal.actor)
    if asked.tier is not UNSET:
        tier = _tier(membership, asked.tier)
        set_tier(principal, membership, tier, asked.reason, until=asked.tier_until)
    elif asked.tier_until is not None:
        detail = "Say which tier ends then."
        raise Invalid([{"pointer": "/tier_until", "code": "without-tier", "detail": detail}])
    if asked.tier_protected_until is not UNSET:
        protect_tier(principal, membership, asked.tier_protected_until, asked.reason)
    if asked.attributes is not UNSET:
        refuse_attributes(asked.attributes)
        set_attributes(principal, membership, asked.attributes)
    return selectors.find_membership(membership.program, membership.member_id)


def _tier(membership: Membership, code: str | None) -> Tier | None:
    if code is None:
        return None
    found = Tier.objects.filter(program=membership.program_id, code=code).first()
    if found is None:
        raise Invalid([{"pointer": "/tier", "code": "unknown-tier", "detail": f"The program has no tier {code!r}."}])
    return found
