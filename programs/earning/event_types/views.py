"""The addresses of a brand's own kinds of event."""

from loyalty.http.idempotency import idempotent
from loyalty.http.pagination import page
from loyalty.http.schema import operation
from loyalty.http.shapes import query, read
from loyalty.http.views import ApiView, reply
from loyalty.identity.selectors import find_brand
from programs.earning.event_types import operations
from programs.earning.segments import docs, serializers
from programs.earning.segments.selectors import find_event_type, visible_event_types


class EventTypesView(ApiView):
    """The kinds of event of a brand."""

    @operation("List kinds of event", **docs.LIST_EVENT_TYPES)
    def get(self, request):
        """By their names."""
        asked = query(request, serializers.OfBrand)
        brand = find_brand(self.principal, asked.brand_id).id if asked.brand_id else None
        found = visible_event_types(self.principal, brand)
        return reply(page(request, found, key=("name", "id"), render=serializers.event_type_answer))

    @operation("Make a kind of event", **docs.CREATE_EVENT_TYPE)
    @idempotent
    def post(self, request):
        """Something that a member does and that the brand's systems tell of, with its fields and their kinds. Rules can
        be about it: their trigger is `event:<name>`, their facts `event.<field>`."""
        asked = serializers.asked(read(request, serializers.NewEventType))
        brand = find_brand(self.principal, asked.pop("brand_id"))
        self.principal.require("event_types.add", brand.id)
        made = operations.create_event_type(brand, **asked, actor=self.principal.actor)
        return reply(serializers.event_type_answer(made), 201, {"Location": f"/api/event-types/{made.id}"})


class EventTypeView(ApiView):
    """One kind of event."""

    @operation("Show a kind of event", **docs.SHOW_EVENT_TYPE)
    def get(self, request, event_type):
        """With its fields."""
        return reply(serializers.event_type_answer(find_event_type(self.principal, event_type, "event_types.view")))

    @operation("Change a kind of event", **docs.CHANGE_EVENT_TYPE)
    def patch(self, request, event_type):
        """Its label and fields. Refused where rules in force could not go on with these fields."""
        found = find_event_type(self.principal, event_type, "event_types.change")
        changes = serializers.asked(read(request, serializers.EventTypePatch))
        changed = operations.change_event_type(found, changes, actor=self.principal.actor)
        return reply(serializers.event_type_answer(changed))

    @operation("Take a kind of event away", **docs.DELETE_EVENT_TYPE)
    def delete(self, request, event_type):
        """What was told of it stays. Refused while rules in force are about it."""
        found = find_event_type(self.principal, event_type, "event_types.remove")
        operations.delete_event_type(found, actor=self.principal.actor)
        return reply(status=204)
