"""Questions about locations: which of them somebody may see."""

from uuid import UUID

from django.db.models import QuerySet

from loyalty.errors import NotFound
from loyalty.identity.locations.errors import AmbiguousLocation
from loyalty.identity.models import Location
from loyalty.identity.principals import Principal
from loyalty.identity.selectors import as_uuid


def visible_locations(principal: Principal, brand_id: UUID | None = None) -> QuerySet[Location]:
    """The locations of the brands at which the principal sees them, or of one of these."""
    brands, found = principal.brands_where("locations.view"), Location.objects.all()
    found = found if brands is None else found.filter(brand_id__in=brands)
    return found.filter(brand_id=brand_id) if brand_id else found


def find_location(principal: Principal, ref: str) -> Location:
    """The visible location named by id or code. Refusals: NotFound, AmbiguousLocation (a code that two brands use)."""
    uuid = as_uuid(ref)
    named = {"pk": uuid} if uuid else {"code": ref.replace("\0", "")}
    found = list(visible_locations(principal).filter(**named)[:2])
    if not found:
        raise NotFound("There is no such location, or it is not yours to see.")
    if len(found) > 1:
        raise AmbiguousLocation()
    return found[0]
