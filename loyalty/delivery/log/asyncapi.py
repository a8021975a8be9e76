"""The AsyncAPI 3.0 document: every declared type of event, the webhooks that carry them, and the log."""

from functools import cache
from urllib.parse import urlsplit

from django.conf import settings

from loyalty.delivery.log.docs import EXAMPLE
from loyalty.events import catalogue
from loyalty.events.catalogue import Told

UUID = {"type": "string", "format": "uuid"}
MOMENT = {"type": "string", "format": "date-time"}
NULLABLE = {"type": ["string", "null"], "format": "uuid"}
ENVELOPE = {
    "id": UUID | {"description": "The same whenever and wherever the event is told: drop what you have seen."},
    "type": {"type": "string"},
    "version": {"type": "integer", "description": "Of the type's schema."},
    "timestamp": MOMENT | {"description": "When it happened."},
    "recorded_at": MOMENT | {"description": "When it was written down."},
    "brand_id": NULLABLE,
    "aggregate_id": UUID | {"description": "What it happened to; within it events are in order."},
    "sequence": {"type": "integer", "minimum": 1, "description": "1, 2, 3, ... within the aggregate, without a gap."},
    "member_id": NULLABLE,
    "program_id": NULLABLE,
    "data": {"type": "object"},
}
HEADERS = {
    "type": "object",
    "description": "Of webhooks, as Standard Webhooks has them.",
    "properties": {
        "webhook-id": UUID | {"description": "The event's id, the same at every try."},
        "webhook-timestamp": {"type": "string", "description": "Seconds since 1970, of this try."},
        "webhook-signature": {
            "type": "string",
            "description": "v1,<base64 of HMAC-SHA256 over id.timestamp.body>; two of them, parted by a space, while a "
            "secret is changed.",
        },
    },
}
ABOUT = """Everything that happens is one event, written in the transaction of the change itself. It is told by
webhooks, at least once and in order for each aggregate, and kept in the log, which is read by cursor. Fields of `data`
may be added within a version; what else changes makes a new one. A field may be left out, and those marked `x-personal`
are taken away when a person is erased."""
EXAMPLES = {
    "uuid": "019a9f30-0000-7000-8000-000000000005",
    "date-time": "2026-10-01T12:00:00Z",
    "date": "2026-10-01",
    "string": "text",
    "integer": 1,
    "boolean": True,
    "object": {},
}


@cache
def document() -> dict:
    """Made once in a process: types of events do not change while it runs."""
    told = catalogue.declared()
    own = {one.name: {"$ref": f"#/components/messages/{one.name}"} for one in told}
    # What is told of an endpoint goes to it alone; it is no part of the log.
    logged = {name: ref for name, ref in own.items() if not name.startswith("webhook.")}
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Loyalty events",
            "version": "1.0.0",
            "description": ABOUT,
            "tags": [{"name": room} for room in sorted({one.type.partition(".")[0] for one in told})],
            "externalDocs": {"url": f"{settings.SITE_URL}/api/docs", "description": "The addresses of the API."},
        },
        "defaultContentType": "application/json",
        "servers": {"service": _server()},
        "channels": {"webhooks": _webhooks(own), "log": _log(logged)},
        "operations": {
            "sendWebhook": _sends("webhooks", own, "Tells an endpoint of a brand", "An event, signed."),
            "answerLog": _sends("log", logged, "Answers who reads the log", "A page of events, the oldest first."),
        },
        "components": {
            "securitySchemes": {
                "serverKey": {
                    "type": "httpApiKey",
                    "name": "Authorization",
                    "in": "header",
                    "description": "`Api-Key lk_...`, with the scope `read`.",
                },
                "login": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
            },
            "schemas": {
                "envelope": {"type": "object", "properties": ENVELOPE, "required": sorted(ENVELOPE)},
                **{f"{one.name}.data": one.schema for one in told},
            },
            "messages": {one.name: _message(one) for one in told},
        },
    }


def _server() -> dict:
    site = urlsplit(settings.SITE_URL)
    ways = [{"$ref": "#/components/securitySchemes/serverKey"}, {"$ref": "#/components/securitySchemes/login"}]
    return {
        "host": site.netloc or "localhost",
        "protocol": site.scheme or "https",
        "pathname": "/api",
        "description": "Where the log is read.",
        "security": ways,
    }


def _webhooks(messages: dict) -> dict:
    return {
        "address": None,
        "title": "Webhooks",
        "description": "An address that a brand gave at `/api/webhooks`: each event is sent until it answers 2xx.",
        "messages": messages,
        "bindings": {"http": {}},
    }


def _log(messages: dict) -> dict:
    return {
        "address": "/events",
        "title": "The log",
        "description": "`GET /api/events`: follow `next` to the end, and ask it again for what came since.",
        "servers": [{"$ref": "#/servers/service"}],
        "messages": messages,
        "bindings": {"http": {}},
    }


def _sends(channel: str, messages: dict, title: str, summary: str) -> dict:
    return {
        "action": "send",
        "channel": {"$ref": f"#/channels/{channel}"},
        "title": title,
        "summary": summary,
        "messages": [{"$ref": f"#/channels/{channel}/messages/{name}"} for name in messages],
    }


def _message(told: Told) -> dict:
    fields = {
        "type": {"const": told.type},
        "version": {"const": told.version},
        "data": {"$ref": f"#/components/schemas/{told.name}.data"},
    }
    return {
        "name": told.name,
        "title": told.title,
        "summary": told.description,
        "description": f"{told.description} Happens to: {told.aggregate}.",
        "contentType": "application/json",
        "tags": [{"name": told.type.partition(".")[0]}],
        "headers": HEADERS,
        "payload": {"allOf": [{"$ref": "#/components/schemas/envelope"}, {"type": "object", "properties": fields}]},
        "examples": [{"name": told.name, "payload": example(told)}],
    }


def example(told: Told) -> dict:
    """An event of the type as it could be."""
    data = {name: _value(schema) for name, schema in told.data.items()}
    return EXAMPLE | {"type": told.type, "version": told.version, "data": data}


def _value(schema: dict):
    if "examples" in schema:
        return schema["examples"][0]
    if "enum" in schema:
        return schema["enum"][0]
    kind = schema.get("type", "string")
    kind = kind[0] if isinstance(kind, list) else kind
    if kind == "array":
        return [_value(schema.get("items", {}))]
    if kind == "object" and "properties" in schema:
        return {name: _value(inner) for name, inner in schema["properties"].items()}
    if kind == "object" and "additionalProperties" in schema:
        return {"one": _value(schema["additionalProperties"])}
    if "pattern" in schema:
        return "1.50"
    return EXAMPLES[schema.get("format", kind)]
