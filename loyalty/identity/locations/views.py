"""The addresses of locations."""

from loyalty.http.etags import conditional
from loyalty.http.idempotency import idempotent
from loyalty.http.pagination import page
from loyalty.http.schema import operation
from loyalty.http.shapes import query, read
from loyalty.http.views import ApiView, reply
from loyalty.identity.locations import docs, operations, serializers
from loyalty.identity.locations.selectors import find_location, visible_locations
from loyalty.identity.selectors import find_brand


class LocationsView(ApiView):
    """Where brands sell."""

    @operation("List locations", **docs.LIST)
    def get(self, request):
        """By their codes, those that are switched off too."""
        asked = query(request, serializers.LocationFilters)
        brand = find_brand(self.principal, asked.brand_id).id if asked.brand_id else None
        found = visible_locations(self.principal, brand)
        found = found if asked.is_active is None else found.filter(is_active=asked.is_active)
        return reply(page(request, found, key=("code", "id"), render=serializers.location_answer))

    @operation("Enter a location", **docs.CREATE)
    @idempotent
    def post(self, request):
        """A shop, a hotel, a station: where vouchers are redeemed and cards stamped."""
        asked = serializers.asked(read(request, serializers.NewLocation))
        brand = find_brand(self.principal, asked.pop("brand_id"))
        self.principal.require("locations.add", brand.id)
        location = operations.create_location(brand, **asked, actor=self.principal.actor)
        return reply(serializers.location_answer(location), 201, {"Location": f"/api/locations/{location.id}"})


class LocationView(ApiView):
    """One location."""

    @operation("Show a location", **docs.SHOW)
    def get(self, request, location):
        """By id or code."""
        return conditional(request, serializers.location_answer(find_location(self.principal, location)))

    @operation("Change a location", **docs.CHANGE)
    def patch(self, request, location):
        """Its name, and whether it is open; its code stays. A location is switched off instead of deleted."""
        found = find_location(self.principal, location)
        self.principal.require("locations.change", found.brand_id)
        changes = serializers.asked(read(request, serializers.LocationPatch))
        return reply(
            serializers.location_answer(operations.change_location(found, changes, actor=self.principal.actor))
        )
