"""The events of this room. That messages are sent is not told: it would be told of what is told."""

from loyalty.events.catalogue import declare

UNSUBSCRIBED, SUBSCRIBED = "notification.unsubscribed", "notification.subscribed"
DATA = {"actor": "text", "channel": "text", "kind": "text", "source": "text"}

declare(
    UNSUBSCRIBED,
    title="Messages are not wanted",
    description="A member wants no more of a brand's messages by a channel: of one kind, or of all (`kind` empty).",
    aggregate="member",
    data=DATA,
)
declare(
    SUBSCRIBED,
    title="Messages are wanted again",
    description="A member who wanted none of them wants a brand's messages by a channel again.",
    aggregate="member",
    data=DATA,
)
