"""What is refused about locations, each refusal with its code and HTTP status."""

from loyalty.errors import Conflict


class LocationCodeTaken(Conflict):
    """The brand has a location with this code already."""

    code = "location-code-taken"


class AmbiguousLocation(Conflict):
    """More than one of your brands has a location of this code; name it by id."""

    code = "ambiguous-location"
