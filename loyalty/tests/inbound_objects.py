"""What a brand has of other systems' events, for the registry of calls, which takes its IDS and BODIES."""

from programs.activity.inbound.models import EventMapping, EventSource, InboundEvent


def _sources(house) -> list:
    return [house.objects(EventSource).get().pk]


def _document(house) -> dict:
    """Another content of the house's event: one that means nothing to anybody."""
    event = house.objects(InboundEvent).get()
    said = {"id": event.event_key, "source": event.source, "type": f"{house.code}.unknown"}
    return {"specversion": "1.0", **said, "subject": house.external_id}


IDS = {
    "event_source": _sources,
    "source_id": _sources,
    "sender_id": _sources,
    "mapping": lambda house: [house.objects(EventMapping).get().pk],
    "inbound": lambda house: [house.objects(InboundEvent).get().pk],
}
BODIES = {
    "events_add": lambda house: {
        "type": f"{house.code}.review",
        "subject": house.external_id,
        "programid": house.program.code,
        "data": {},
    },
    "correct_an_event_that_was_taken_in": lambda house: {"event": _document(house)},
    "map_a_type_of_event": {"source_id": None},
    "try_a_mapping_of_events": {"source_id": None},
}
