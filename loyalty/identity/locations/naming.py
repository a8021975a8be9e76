"""The location that a request means, and the one that somebody is bound to."""

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
    """The brand's open location with the code or id `ref`; without one that of who asks, if they are bound to one.
    Refusals: Invalid (unknown-location), OtherLocation."""
    bound = bound_location(principal, brand_id)
    found = open_location(brand_id, ref or str(bound.pk), pointer=pointer) if ref or bound else None
    if found and bound and found.pk != bound.pk:
        raise OtherLocation(f"Your post is at {bound.name}.")
    return found


def open_location(brand_id: UUID, ref: str, *, pointer: str = "/location_id") -> Location:
    """The brand's location with the code or id `ref`, if it is not switched off. Refusals: Invalid
    (unknown-location)."""
    uuid = as_uuid(ref)
    names = {"id": uuid} if uuid else {"code": ref.replace("\0", "")}
    found = Location.objects.filter(brand_id=brand_id, is_active=True, **names).first()
    if found is None:
        raise Invalid([{"pointer": pointer, "code": "unknown-location", "detail": f"There is no open location {ref}."}])
    return found
