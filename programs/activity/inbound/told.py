"""The types of events that taking in events writes."""

from loyalty.events.catalogue import declare

declare(
    "inbound.failed",
    title="An event of another system failed",
    description="What another system told could not be carried out, and waits in the list of failures for somebody.",
    aggregate="inbound event",
    data={"type": "text", "act": "text", "reason": "text", "tries": "integer"},
)
ABOUT = {"type": "text", "reason": "text", "actor": "text"}
declare(
    "inbound.corrected",
    title="An event of another system was corrected",
    description="Somebody put another content in the place of what another system told.",
    aggregate="inbound event",
    data=ABOUT,
)
declare(
    "inbound.discarded",
    title="An event of another system was discarded",
    description="Somebody laid aside what another system told: nothing comes of it.",
    aggregate="inbound event",
    data=ABOUT,
)
for done, what in (("created", "was entered"), ("changed", "was changed"), ("rotated", "has a new secret")):
    declare(
        f"event_source.{done}",
        title=f"A source of events {what}",
        description=f"A system that sends events {what}.",
        aggregate="event source",
        data={"actor": "text", "name": "text", "kind": "text"},
    )
for done, what in (("created", "was said"), ("changed", "was changed"), ("deleted", "was taken away")):
    declare(
        f"event_mapping.{done}",
        title=f"What a type of event means {what}",
        description=f"What events of another system mean to the brand {what}.",
        aggregate="event mapping",
        data={"actor": "text", "type": "text", "act": "text"},
    )
