"""Shapes of memberships, in and out. No queries: what an answer needs has been fetched before."""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta

from loyalty.http.shapes import UNSET, UUID, Answer, Filters, Moment, Shape, UnsetType
from programs.membership.models import Membership, Tier

Attributes = Annotated[
    dict[str, str],
    Meta(
        description="What the brand knows of the member, for rules to ask: up to 50 names (small letters, digits, _) "
        "with a text of up to 200 characters each. They take the place of all there were.",
        examples=[{"shoe_size": "41"}],
    ),
]
TierCode = Annotated[str, Meta(max_length=30, description="A tier's code.", examples=["gold"])]
Reason = Annotated[str, Meta(max_length=200, description="Why; kept with the change of tier.")]


class MembershipFilters(Filters):
    """Memberships, newest first. `q`: how a name or an address begins, or a whole external id or card number. `tier`:
    a tier's code, as members were last assessed (at once when they reach it, hourly when it ends)."""

    q: Annotated[str, Meta(max_length=200)] = ""
    status: Literal["active", "suspended", "closed"] | None = None
    tier: TierCode | None = None


class MembershipPatch(Shape):
    """What is left out stays. Suspended: nothing is earned or redeemed until it is active again. A `tier` that is given
    holds until `tier_until` (for good without it) or a higher one is reached; null takes it back. Before
    `tier_protected_until` the member does not go down."""

    status: Literal["active", "suspended"] | UnsetType = UNSET
    tier: TierCode | UnsetType | None = UNSET
    tier_until: Moment | None = None
    tier_protected_until: Moment | UnsetType | None = UNSET
    attributes: Attributes | UnsetType = UNSET
    reason: Reason = ""


class ProgramMemberAnswer(Answer):
    """A member's part in a program. `tier` is a tier's code, null below the lowest; `tier_is_given`: somebody gave it.
    `tier_until`: when a tier that was given ends, or one that is kept though it is not deserved any more."""

    id: UUID
    program_id: UUID
    program_code: str
    member_id: UUID
    external_id: str | None
    name: str
    email: str | None
    card_number: str
    status: Literal["active", "suspended", "closed"]
    tier: str | None
    tier_is_given: bool
    tier_until: Moment | None
    tier_protected_until: Moment | None
    attributes: dict[str, str]
    joined_at: Moment


def membership_answer(
    membership: Membership, tier: Tier | None, *, is_given: bool = False, kept_until: datetime | None = None
) -> ProgramMemberAnswer:
    """The membership, as `selectors.memberships_in` gave it, with how it stands."""
    return ProgramMemberAnswer(
        id=membership.id,
        program_id=membership.program_id,
        program_code=membership.program.code,
        member_id=membership.member_id,
        external_id=membership.external_id,
        name=membership.member.name,
        email=membership.member.email or None,
        card_number=membership.card_number,
        status=membership.status,
        tier=tier.code if tier else None,
        tier_is_given=is_given,
        tier_until=membership.given_tier_until if is_given else kept_until,
        tier_protected_until=membership.tier_protected_until,
        attributes=membership.attributes,
        joined_at=membership.joined_at,
    )
