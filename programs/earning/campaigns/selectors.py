"""Questions about campaigns: which of them somebody may see."""

from django.db.models import QuerySet

from loyalty.errors import NotFound
from loyalty.identity.principals import Principal
from loyalty.identity.selectors import as_uuid
from programs.earning.models import Campaign
from programs.membership.models import Program


def campaigns_of(program: Program) -> QuerySet[Campaign]:
    """The program's campaigns."""
    return Campaign.objects.filter(program=program).select_related("program")


def find_campaign(principal: Principal, ref: str, permission: str = "campaigns.view") -> Campaign:
    """The campaign by its id, for whoever may do that at its brand. Refusals: NotFound, Forbidden, ScopeMissing."""
    uuid = as_uuid(ref)
    # Keys that may change programs need not be ones that may read.
    brands = principal.brand_ids
    campaigns = Campaign.objects.select_related("program__brand")
    campaigns = campaigns if brands is None else campaigns.filter(program__brand_id__in=brands)
    found = campaigns.filter(pk=uuid).first() if uuid else None
    if found is None:
        raise NotFound("There is no such campaign, or it is not yours to see.")
    principal.require(permission, found.program.brand_id)
    return found
