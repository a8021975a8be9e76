"""The events that endpoints themselves give rise to."""

from loyalty.events.catalogue import declare

declare(
    "webhook.disabled",
    title="Webhook disabled",
    description="An endpoint answered 410 Gone, or took nothing for five days: nothing more is sent to it until it is "
    "enabled. It is in the log for the brand and is sent to no endpoint.",
    aggregate="webhook endpoint",
    data={"endpoint_id": "uuid", "reason": "text"},
)
declare(
    "webhook.test",
    title="Webhook test",
    description="Somebody asked for a test: it is sent to that endpoint alone, signed as every event is.",
    aggregate="webhook endpoint",
    data={"endpoint_id": "uuid"},
)
