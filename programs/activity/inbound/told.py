"""The types of events that taking in events writes."""

from loyalty.events.catalogue import declare

declare(
    "inbound.failed",
    title="An event of another system failed",
    description="What another system told could not be carried out, and waits in the list of failures for somebody.",
    aggregate="inbound event",
    data={"type": "text", "act": "text", "reason": "text", "tries": "integer"},
)
