"""The addresses of the systems that send events, and of what their events mean."""

from datetime import timedelta
from uuid import UUID

from loyalty.errors import NotFound
from loyalty.http.idempotency import idempotent
from loyalty.http.pagination import page
from loyalty.http.schema import operation
from loyalty.http.shapes import query, read
from loyalty.http.views import ApiView, reply
from loyalty.identity.models import Brand
from loyalty.identity.selectors import find_brand
from programs.activity.inbound import docs, mappings, mending, selectors, serializers, sources
from programs.activity.inbound.cloudevents import structured
from programs.activity.inbound.models import EventMapping
from programs.activity.inbound.trying import try_mapping
from programs.membership.selectors import find_program


class EventSourcesView(ApiView):
    """The systems that send events."""

    @operation("List sources of events", **docs.LIST_SOURCES)
    def get(self, request):
        """By their names, without their secrets."""
        found = selectors.visible_sources(self.principal, _brand_asked(self, request))
        return reply(page(request, found, key=("name", "id"), render=serializers.source_answer))

    @operation("Enter a source of events", **docs.CREATE_SOURCE)
    def post(self, request):
        """Shows the secret with which it signs, this once. It sends its events to `send_to`."""
        body = read(request, serializers.NewSource)
        program = _program(self, body.program_id)
        brand = _brand(self, body.brand_id, program)
        self.principal.require("event_sources.add", brand.id)
        made, secret = sources.create_source(
            brand, name=body.name, kind=body.kind, program=program,
            location_id=body.location_id, address=body.address, secret=body.secret or "", actor=self.principal.actor,
        )  # fmt: skip
        answer = serializers.source_answer(made, secret)
        return reply(answer, 201, {"Location": f"/api/event-sources/{made.id}"})


class EventSourceView(ApiView):
    """One system that sends events."""

    @operation("Show a source of events", **docs.SHOW_SOURCE)
    def get(self, request, event_source):
        """Without its secret."""
        return reply(serializers.source_answer(selectors.find_source(self.principal, event_source)))

    @operation("Change a source of events", **docs.CHANGE_SOURCE)
    def patch(self, request, event_source):
        """Switched off, nothing that it sends is taken."""
        found = selectors.find_source(self.principal, event_source, "event_sources.change")
        changes = _with_program(self, serializers.asked(read(request, serializers.SourcePatch)), found.brand_id)
        changed = sources.change_source(found, changes, actor=self.principal.actor)
        return reply(serializers.source_answer(changed))


class SourceRotationView(ApiView):
    """A source's new secret."""

    @operation("Change a source's secret", **docs.ROTATE_SOURCE)
    def post(self, request, event_source):
        """Shows the new one, this once; the one before is taken for a while too, while the sender changes over."""
        found = selectors.find_source(self.principal, event_source, "event_sources.rotate")
        body = read(request, serializers.SourceRotation)
        keep = timedelta(seconds=body.keep_seconds)
        rotated, secret = sources.rotate_secret(found, secret=body.secret or "", keep=keep, actor=self.principal.actor)
        return reply(serializers.source_answer(rotated, secret))


class EventMappingsView(ApiView):
    """What events of other systems mean."""

    @operation("List mappings of events", **docs.LIST_MAPPINGS)
    def get(self, request):
        """By type. Types without one mean what they usually mean."""
        found = selectors.visible_mappings(self.principal, _brand_asked(self, request))
        return reply(page(request, found, key=("type", "id"), render=serializers.mapping_answer))

    @operation("Map a type of event", **docs.CREATE_MAPPING)
    @idempotent
    def post(self, request):
        """Says what events of a type mean from now on. `ignored` is how many came before, to be taken up."""
        mapping = _unsaved(self, read(request, serializers.NewMapping))
        self.principal.require("event_mappings.add", mapping.brand_id)
        fields = ("type", "act", "source", "program", "event_type", "parts", "facts", "is_active")
        given = {name: getattr(mapping, name) for name in fields}
        made = mappings.create_mapping(mapping.brand, **given, actor=self.principal.actor)
        return reply(_whole(made), 201, {"Location": f"/api/event-mappings/{made.id}"})


class MappingTrialView(ApiView):
    """A mapping tried with an event."""

    @operation("Try a mapping of events", **docs.TRY_MAPPING)
    def post(self, request):
        """What would come of the event by this mapping, whether it is there or not: nothing of it stays."""
        body = read(request, serializers.MappingTrial)
        mapping = _unsaved(self, body)
        self.principal.require("event_mappings.add", mapping.brand_id)
        return reply(serializers.trial_answer(try_mapping(mapping, structured(body.event, "/event"))))


class EventMappingView(ApiView):
    """What one type of event means."""

    @operation("Show a mapping of events", **docs.SHOW_MAPPING)
    def get(self, request, mapping):
        """With how many events were ignored that it could be taken for."""
        return reply(_whole(selectors.find_mapping(self.principal, mapping)))

    @operation("Change a mapping of events", **docs.CHANGE_MAPPING)
    def patch(self, request, mapping):
        """For events that come from now on, and those that are tried again."""
        found = selectors.find_mapping(self.principal, mapping, "event_mappings.change")
        changes = _with_program(self, serializers.asked(read(request, serializers.MappingPatch)), found.brand_id)
        return reply(_whole(mappings.change_mapping(found, changes, actor=self.principal.actor)))

    @operation("Take a mapping of events away", **docs.DELETE_MAPPING)
    def delete(self, request, mapping):
        """The type means what it usually means from now on, or nothing."""
        found = selectors.find_mapping(self.principal, mapping, "event_mappings.remove")
        mappings.delete_mapping(found, actor=self.principal.actor)
        return reply(status=204)


class TakeUpView(ApiView):
    """What was ignored before a mapping was there."""

    @operation("Take up events that were ignored", **docs.TAKE_UP)
    def post(self, request, mapping):
        """Tries the oldest 500 events of the mapping's type; ask again for more."""
        read(request, serializers.ActOnEvent)
        found = selectors.find_mapping(self.principal, mapping, "inbound_events.retry")
        return reply(serializers.TakenUpAnswer(tried=mending.take_up(self.principal, found)))


def _brand_asked(view: ApiView, request):
    asked = query(request, serializers.OfBrand)
    return find_brand(view.principal, asked.brand_id).id if asked.brand_id else None


def _program(view: ApiView, ref: str | None):
    return find_program(view.principal, ref) if ref else None


def _with_program(view: ApiView, changes: dict, brand_id: UUID) -> dict:
    """Refusals: NotFound (the program; another brand's is none)."""
    if "program_id" in changes:
        changes["program"] = _of_brand(_program(view, changes.pop("program_id")), brand_id, "/program_id")
    return changes


def _brand(view: ApiView, ref: str | None, *named) -> Brand:
    """The brand that is named, or else that of the first of the named things. Refusals: as `find_brand`."""
    owner = next((one.brand_id for one in named if one), None)
    return find_brand(view.principal, ref if ref is not None else owner)


def _of_brand(named, brand_id: UUID, pointer: str):
    """What was named, if it is the brand's. Refusals: NotFound."""
    if named is not None and named.brand_id != brand_id:
        raise NotFound("There is no such thing, or it is not yours to see.", pointer=pointer)
    return named


def _unsaved(view: ApiView, body: serializers.NewMapping) -> EventMapping:
    """The mapping in a body, not checked yet. Refusals: NotFound (brand, source, program)."""
    source = selectors.find_source(view.principal, str(body.source_id)) if body.source_id else None
    program = _program(view, body.program_id)
    brand = _brand(view, body.brand_id, source, program)
    return EventMapping(
        brand=brand,
        source=_of_brand(source, brand.id, "/source_id"),
        type=body.type,
        act=body.act,
        program=_of_brand(program, brand.id, "/program_id"),
        event_type=body.event_type,
        parts=body.parts,
        facts=body.facts,
        is_active=body.is_active,
    )


def _whole(mapping: EventMapping) -> serializers.MappingAnswer:
    return serializers.mapping_answer(mapping, mending.ignored_of(mapping).count())
