"""The addresses of the log. Its list shares one with the door where other systems tell what happened there."""

from collections.abc import Callable
from uuid import UUID

from loyalty.delivery.log import docs
from loyalty.delivery.log.asyncapi import document
from loyalty.delivery.log.selectors import Asked, cursor_of, find_events, position_of, types_named
from loyalty.delivery.log.serializers import EventFilters
from loyalty.events.envelopes import envelope
from loyalty.http.etags import conditional
from loyalty.http.pagination import PAGE_SIZE
from loyalty.http.schema import operation
from loyalty.http.shapes import query
from loyalty.http.views import ApiView, reply
from loyalty.identity.selectors import find_member


class LogView(ApiView):
    """The log of what happened, for audit and replay."""

    program_id: Callable[[str], UUID]
    """The program that a caller names; who knows programs says which it is."""

    @operation("Read the log of events", **docs.LOG)
    def get(self, request):
        """Everything that happened at the brand, the oldest first, in an order that stays: nothing appears later before
        an event that was told. Follow `next` to the end, and ask it again for what came since; it never ends. `after`
        may also be the id of the last event that was understood."""
        asked = query(request, EventFilters)
        found = find_events(self._asked(asked), after=self._after(asked), limit=asked.page_size or PAGE_SIZE)
        return reply({"next": self._next(request, found.position), "results": [envelope(one) for one in found.events]})

    def _asked(self, asked: EventFilters) -> Asked:
        """Refusals: Invalid, NotFound, AmbiguousMember."""
        return Asked(
            brands=self.principal.brands_where("events.view"),
            types=types_named(asked.type),
            member_id=find_member(self.principal, asked.member_id).id if asked.member_id else None,
            program_id=self.program_id(asked.program_id) if asked.program_id else None,
            aggregate_id=asked.aggregate_id,
            since=asked.since,
            until=asked.until,
        )

    def _after(self, asked: EventFilters) -> int:
        return position_of(asked.after, brands=self.principal.brands_where("events.view")) if asked.after else 0

    def _next(self, request, position: int) -> str:
        parameters = request.GET.copy()
        parameters["after"] = cursor_of(position)
        return request.build_absolute_uri(f"{request.path}?{parameters.urlencode()}")


class AsyncApiView(ApiView):
    """The description of all events."""

    public = True

    @operation("Describe the events", tags="Events", id="asyncapi", etag=True, answers={200: {"type": "object"}})
    def get(self, request):
        """An AsyncAPI 3.0 document: every type of event in every version with the schema of its data, the webhooks that
        carry them, and the log."""
        return conditional(request, document())
