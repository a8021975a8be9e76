"""Where a brand sells: its locations, and who is bound to one of them."""

from loyalty.identity.locations.naming import OtherLocation, bound_location, location_named

__all__ = ["OtherLocation", "bound_location", "location_named"]
