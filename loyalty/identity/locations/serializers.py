"""Shapes of locations, in and out. No queries."""

from typing import Annotated

import msgspec
from msgspec import Meta

from loyalty.http.shapes import UNSET, UUID, Answer, Filters, Moment, Shape, UnsetType
from loyalty.identity.locations.operations import NAME_MAX
from loyalty.identity.models import Location

BrandRef = Annotated[str, Meta(min_length=1, max_length=120, description="The brand's id or code.")]
Code = Annotated[
    str,
    Meta(
        pattern=r"^[A-Za-z0-9_-]{1,80}\Z",
        description="As tills send it; unique in the brand, and never changed.",
        examples=["amsterdam-1"],
    ),
]
Name = Annotated[str, Meta(min_length=1, max_length=NAME_MAX, examples=["Amsterdam Central"])]
IsActive = Annotated[bool, Meta(description="Off: nothing is redeemed or stamped there.")]


class NewLocation(Shape):
    """A location to enter. `brand_id` (or code) is for people who work for more than one brand."""

    brand_id: BrandRef | None = None
    code: Code
    name: Name
    is_active: IsActive = True


class LocationPatch(Shape):
    """What changes; what is not given stays."""

    name: Name | UnsetType = UNSET
    is_active: IsActive | UnsetType = UNSET


class LocationFilters(Filters):
    """Which locations."""

    brand_id: BrandRef | None = None
    is_active: bool | None = None


class LocationAnswer(Answer):
    """A place where a brand sells."""

    id: UUID
    brand_id: UUID
    code: str
    name: str
    is_active: bool
    created_at: Moment


def asked(shape: Shape) -> dict:
    """The fields that were given."""
    return {name: value for name, value in msgspec.structs.asdict(shape).items() if value is not UNSET}


def location_answer(location: Location) -> LocationAnswer:
    """The location."""
    return LocationAnswer(**{name: getattr(location, name) for name in LocationAnswer.__struct_fields__})
