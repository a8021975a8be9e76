"""What members agree to: every change leaves a row that says who said so, when, from where. What holds now is on the
member."""

from collections.abc import Mapping
from uuid import UUID

from django.db.models import Q, QuerySet

from loyalty.errors import NotFound
from loyalty.identity.models import Member
from loyalty.identity.principals import Principal
from loyalty.identity.privacy.models import ConsentChange

API, PORTAL, REGISTRATION = "api", "portal", "registration"


def changed(before: Mapping, after: Mapping) -> dict[str, bool]:
    """Which consents were given (True) and which taken back (False), by purpose."""
    given = {purpose: True for purpose, yes in after.items() if yes and not before.get(purpose)}
    return given | {purpose: False for purpose, yes in before.items() if yes and not after.get(purpose)}


def record_consents(
    member: Member, before: Mapping, after: Mapping, *, brand_id: UUID | None, actor: str, source: str
) -> None:
    """Writes a row for each consent that differs, in the caller's transaction. `brand_id` is the brand in whose name it
    was said, None for the member's own word."""
    ConsentChange.objects.bulk_create(
        ConsentChange(member=member, brand_id=brand_id, purpose=purpose, is_given=is_given, actor=actor, source=source)
        for purpose, is_given in sorted(changed(before, after).items())
    )


def visible_changes(principal: Principal, member: Member) -> QuerySet[ConsentChange]:
    """The changes that the principal may see of the member that `find_member` found: members and operators all of them,
    a brand those in its own name and the member's own word. Refusals: NotFound (the brand may not see them)."""
    found = ConsentChange.objects.filter(member=member).select_related("brand")
    brands = principal.brands_where("consents.view")
    if brands is None or member.id == principal.member_id:
        return found
    if set(brands).isdisjoint(member.found_at):
        raise NotFound()
    return found.filter(Q(brand=None) | Q(brand__in=brands))
