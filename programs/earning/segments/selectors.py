"""Questions about a brand's segments and kinds of event: which of them somebody may see."""

from typing import TypeVar
from uuid import UUID

from django.db.models import Model, OuterRef, QuerySet, Subquery

from loyalty.errors import NotFound
from loyalty.identity.models import BrandMember
from loyalty.identity.principals import Principal
from loyalty.identity.selectors import as_uuid
from programs.earning.models import EventType, Segment, SegmentMember

Row = TypeVar("Row", bound=Model)


def visible_segments(principal: Principal, brand_id: UUID | None = None) -> QuerySet[Segment]:
    """The segments of the brands at which the principal sees them, or of one of these."""
    return _of_brands(Segment.objects.all(), principal.brands_where("segments.view"), brand_id)


def visible_event_types(principal: Principal, brand_id: UUID | None = None) -> QuerySet[EventType]:
    """The kinds of event of the brands at which the principal sees them, or of one of these."""
    return _of_brands(EventType.objects.all(), principal.brands_where("event_types.view"), brand_id)


def find_segment(principal: Principal, ref: str, permission: str) -> Segment:
    """The segment by its id, for whoever may do that at its brand. Refusals: NotFound, Forbidden, ScopeMissing."""
    return _found(Segment.objects.all(), principal, ref, permission, "There is no such segment.")


def members_of(segment: Segment) -> QuerySet[SegmentMember]:
    """Who is on the segment's list, each with the brand's own number for them as `external_id`."""
    known = BrandMember.objects.filter(brand=segment.brand_id, member=OuterRef("member"))
    return segment.members.annotate(external_id=Subquery(known.values("external_id")[:1]))


def find_event_type(principal: Principal, ref: str, permission: str) -> EventType:
    """The kind of event by its id, for whoever may do that at its brand. Refusals: NotFound, Forbidden,
    ScopeMissing."""
    return _found(EventType.objects.all(), principal, ref, permission, "There is no such kind of event.")


def _of_brands(rows: QuerySet, brands: list[UUID] | None, brand_id: UUID | None) -> QuerySet:
    rows = rows if brands is None else rows.filter(brand_id__in=brands)
    return rows.filter(brand_id=brand_id) if brand_id else rows


def _found(rows: QuerySet[Row], principal: Principal, ref: str, permission: str, missing: str) -> Row:
    uuid = as_uuid(ref)
    found = _of_brands(rows, principal.brand_ids, None).filter(pk=uuid).first() if uuid else None
    if found is None:
        raise NotFound(missing)
    principal.require(permission, found.brand_id)
    return found
