"""Questions about what waits for a second person."""

from uuid import UUID

from django.db.models import Q, QuerySet

from loyalty.errors import NotFound
from loyalty.identity.approvals.kinds import KINDS
from loyalty.identity.approvals.models import ApprovalRequest
from loyalty.identity.principals import Principal
from loyalty.identity.selectors import as_uuid


def visible_requests(principal: Principal) -> QuerySet[ApprovalRequest]:
    """The requests of the brands at which the principal sees them."""
    brands = principal.brands_where("approvals.view")
    requests = ApprovalRequest.objects.all()
    return requests if brands is None else requests.filter(brand_id__in=brands)


def waiting_for(principal: Principal) -> QuerySet[ApprovalRequest]:
    """The requests that wait and that the principal may decide: of others, and of kinds they may do themselves. One
    cheap query; take `count()` of it for a figure."""
    own = principal.id if principal.kind == "person" else None
    waiting = ApprovalRequest.objects.filter(status=ApprovalRequest.Status.WAITING).exclude(requested_by_id=own)
    deciding = principal.brands_where("approvals.decide")
    theirs = Q(pk__in=())
    for kind in KINDS.values():
        brands = principal.brands_where(kind.permission)
        if brands is None or deciding is None:
            places = Q() if brands is deciding is None else Q(brand_id__in=deciding if brands is None else brands)
        else:
            places = Q(brand_id__in=set(brands) & set(deciding))
        theirs |= Q(kind=kind.name) & places
    return waiting.filter(theirs)


def find_request(principal: Principal, ref: str | UUID) -> ApprovalRequest:
    """The request by its id. Refusals: NotFound."""
    uuid = as_uuid(ref)
    found = visible_requests(principal).filter(id=uuid).first() if uuid else None
    if found is None:
        raise NotFound("There is no such request, or it is not yours to see.")
    return found
