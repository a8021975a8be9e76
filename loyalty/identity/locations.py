"""Where a brand sells, and who is bound to one such place."""

from uuid import UUID

from loyalty.errors import Forbidden, Invalid
from loyalty.identity.models import Location, Staff
from loyalty.identity.principals import Principal
from loyalty.identity.selectors import as_uuid


class OtherLocation(Forbidden):
    """Your post is at another location."""

    code = "other-location"


def bound_location(principal: Principal, brand_id: UUID) -> Location | None:
    """The only location at which the person works for the brand; None for keys, operators and whoever works
    everywhere. One query for people, none for keys."""
    if principal.kind != "person" or brand_id not in principal.brands:
        return None
    post = Staff.objects.filter(person_id=principal.id, brand_id=brand_id, is_active=True).select_related("location")
    return next((one.location for one in post), None)


def location_named(principal: Principal, brand_id: UUID, ref: str, *, pointer: str = "/location_id") -> Location | None:
    """The brand's location with the code or id `ref`; without one that of who asks, if they are bound to one.
    Refusals: Invalid (unknown-location), OtherLocation."""
    bound = bound_location(principal, brand_id)
    if not ref:
        return bound
    names = {"id": as_uuid(ref)} if as_uuid(ref) else {"code": ref}
    found = Location.objects.filter(brand_id=brand_id, is_active=True, **names).first()
    if found is None:
        raise Invalid([{"pointer": pointer, "code": "unknown-location", "detail": f"There is no open location {ref}."}])
    if bound and found.pk != bound.pk:
        raise OtherLocation(f"Your post is at {bound.name}.")
    return found
