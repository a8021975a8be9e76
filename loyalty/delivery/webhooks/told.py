"""The events that endpoints themselves give rise to. They are in the log, and are sent to no endpoint but a test."""

from loyalty.events.catalogue import declare_each

OF = {"endpoint_id": "uuid"}
BY = OF | {"actor": "text"}

declare_each(
    "webhook endpoint",
    {
        "webhook.added": ("Webhook added", "The brand is told of events at one more address.", BY),
        "webhook.changed": (
            "Webhook changed",
            "Its address, or what it asks for, is another.",
            BY | {"fields": "texts"},
        ),
        "webhook.paused": ("Webhook paused", "Nothing is sent until it is enabled.", BY),
        "webhook.enabled": ("Webhook enabled", "It goes on where it stopped.", BY),
        "webhook.removed": ("Webhook removed", "Nothing is sent to it any more.", BY),
        "webhook.secret_rotated": (
            "Webhook secret rotated",
            "Another secret signs; for so many hours the one before does too.",
            BY | {"keep_hours": "integer"},
        ),
        "webhook.replayed": (
            "Webhook replayed",
            "The events of a time are sent to it once more.",
            BY | {"events": "integer", "since": "moment", "until": "moment"},
        ),
        "webhook.disabled": (
            "Webhook disabled",
            "It answered 410 Gone, or took nothing for five days: nothing more is sent until it is enabled.",
            OF | {"reason": "text"},
        ),
        "webhook.test": ("Webhook test", "Somebody asked for a test: it is sent to that endpoint alone.", BY),
    },
)
