"""Who sees and redeems at one location only: the posts of the portal's person, and what they leave of a list."""

from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import HttpRequest

from loyalty.backoffice import chosen_brand
from loyalty.identity.models import Location, Staff


def own_locations(request: HttpRequest) -> dict[UUID, UUID]:
    """The only location at which the person works, by brand, for the posts that are bound to one. Asked once."""
    if not hasattr(request, "_own_locations"):
        posts = Staff.objects.filter(person=request.user.pk, is_active=True, location__isnull=False)
        request._own_locations = dict(posts.values_list("brand_id", "location_id"))
    return request._own_locations


def at_own_location(request: HttpRequest, rows: QuerySet, path: str = "location") -> QuerySet:
    """Of rows with a brand those at the person's own location, where their post is bound to one."""
    bound = own_locations(request)
    if not bound:
        return rows
    return rows.filter(~Q(brand__in=bound) | Q(**{f"{path}__in": bound.values()}))


def locations_for(request: HttpRequest, permission: str) -> list[Location]:
    """Where the person may do it: their own location, or all open ones of their brands."""
    theirs = request.user.worker.brands_where(permission)
    found = Location.objects.filter(is_active=True).select_related("brand").order_by("brand_id", "name")
    found = found if theirs is None else found.filter(brand__in=theirs)
    chosen, bound = chosen_brand(request), own_locations(request)
    found = found.filter(brand=chosen) if chosen else found
    return list(found.filter(~Q(brand__in=bound) | Q(pk__in=bound.values())) if bound else found)
