"""The addresses of segments."""

from loyalty.http.etags import conditional
from loyalty.http.idempotency import idempotent
from loyalty.http.pagination import page
from loyalty.http.schema import operation
from loyalty.http.shapes import query, read
from loyalty.http.views import ApiView, reply
from loyalty.identity.selectors import find_brand
from programs.earning.errors import SegmentNotList
from programs.earning.models import Segment
from programs.earning.segments import docs, operations, serializers
from programs.earning.segments.selectors import find_segment, members_of, visible_segments


class SegmentsView(ApiView):
    """The segments of a brand."""

    @operation("List segments", **docs.LIST_SEGMENTS)
    def get(self, request):
        """By their keys."""
        asked = query(request, serializers.OfBrand)
        brand = find_brand(self.principal, asked.brand_id).id if asked.brand_id else None
        segments = visible_segments(self.principal, brand)
        return reply(page(request, segments, key=("key", "id"), render=serializers.segment_answer))

    @operation("Make a segment", **docs.CREATE_SEGMENT)
    @idempotent
    def post(self, request):
        """A `dynamic` one is of whoever fulfils its conditions at that moment; a `list` is of those who are entered."""
        asked = serializers.asked(read(request, serializers.NewSegment))
        brand = find_brand(self.principal, asked.pop("brand_id"))
        self.principal.require("segments.add", brand.id)
        segment = operations.create_segment(brand, **asked, actor=self.principal.actor)
        return reply(serializers.segment_answer(segment), 201, {"Location": f"/api/segments/{segment.id}"})


class SegmentView(ApiView):
    """One segment."""

    @operation("Show a segment", **docs.SHOW_SEGMENT)
    def get(self, request, segment):
        """With how many are on its list."""
        found = find_segment(self.principal, segment, "segments.view")
        return conditional(request, serializers.segment_answer(found, found.members.count()))

    @operation("Change a segment", **docs.CHANGE_SEGMENT)
    def patch(self, request, segment):
        """New conditions hold at once in all rules that ask for the segment; refused where rules in force could not go
        on with them."""
        found = find_segment(self.principal, segment, "segments.change")
        changes = serializers.asked(read(request, serializers.SegmentPatch))
        changed = operations.change_segment(found, changes, actor=self.principal.actor)
        return reply(serializers.segment_answer(changed))

    @operation("Take a segment away", **docs.DELETE_SEGMENT)
    def delete(self, request, segment):
        """With its list. Refused while rules in force ask for it."""
        found = find_segment(self.principal, segment, "segments.remove")
        operations.delete_segment(found, actor=self.principal.actor)
        return reply(status=204)


class SegmentMembersView(ApiView):
    """The list of a segment."""

    @operation("List the members of a segment", **docs.LIST_MEMBERS)
    def get(self, request, segment):
        """Those entered last first. Of a dynamic segment there is no list."""
        query(request, serializers.Filters)
        found = find_segment(self.principal, segment, "segments.view")
        if found.kind != Segment.Kind.LIST:
            raise SegmentNotList()
        return reply(page(request, members_of(found), key=("-id",), render=serializers.listed_answer))

    @operation("Enter members in a segment", **docs.MEMBERS)
    def post(self, request, segment):
        """By id or by the brand's own number for them, all or none; who is on the list already stays on it. Answers how
        many were not."""
        found = find_segment(self.principal, segment, "segments.change")
        members = read(request, serializers.Members).members
        changed = operations.add_members(found, members, actor=self.principal.actor)
        return reply(serializers.MembersAnswer(changed=changed))

    @operation("Strike members off a segment", **docs.MEMBERS)
    def delete(self, request, segment):
        """All or none; answers how many were on the list."""
        found = find_segment(self.principal, segment, "segments.change")
        members = read(request, serializers.Members).members
        changed = operations.remove_members(found, members, actor=self.principal.actor)
        return reply(serializers.MembersAnswer(changed=changed))
