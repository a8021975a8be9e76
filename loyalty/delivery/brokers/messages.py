"""Messages as every broker has them, and how CloudEvents 1.0 travel in them.

Headers are written as the HTTP binding has them (`content-type`, `ce-id`, values percent-encoded) wherever this house
looks at them; a broker's module changes them to its own binding at its edge."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote, unquote

import msgspec

from loyalty.events.envelopes import cloudevent
from loyalty.events.models import Event

STRUCTURED = "application/cloudevents+json"
CONTENT_TYPE = "content-type"
ATTRIBUTE = "ce-"
# What the HTTP binding leaves as it is: what can be printed, but for the space, the quote and the percent sign.
PLAIN = "!#$&'()*+,-./:;<=>?@[\\]^_`{|}~"


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """`id` is what a broker that can knows doubles by; messages of one `key` stay in order; `type` is what brokers that
    route by name route by."""

    id: str = ""
    key: str = ""
    body: bytes
    headers: Mapping[str, str]
    type: str = ""


@dataclass(frozen=True, slots=True)
class Received:
    """A message in hand: another gets it unless it is acknowledged."""

    message: Message
    ack: Callable[[], None]


def message_of(event: Event, *, source: str, is_binary: bool = False) -> Message:
    """The event as a CloudEvent: whole in the body, or with `is_binary` its attributes in the headers."""
    told = dict(cloudevent(event, source=source))
    headers = {CONTENT_TYPE: f"{STRUCTURED}; charset=utf-8"}
    if is_binary:
        data = told.pop("data")
        headers = {CONTENT_TYPE: told.pop("datacontenttype")}
        headers |= {f"{ATTRIBUTE}{name}": quote(str(value), safe=PLAIN) for name, value in told.items()}
        told = data
    return Message(
        id=str(event.event_id),
        key=str(event.aggregate_id),
        body=msgspec.json.encode(told),
        headers=headers,
        type=event.type,
    )


def in_rounds(messages: Sequence[Message]) -> list[list[Message]]:
    """Parts that follow on each other, each with a key at most once. Who waits between them has confirmed the message
    before of any key, and may send the messages of one at once."""
    rounds: list[list[Message]] = []
    seen: dict[str, int] = {}
    for message in messages:
        number = seen[message.key] = seen.get(message.key, -1) + 1
        if number == len(rounds):
            rounds.append([])
        rounds[number].append(message)
    return rounds


def dead_topic(topic: str) -> str:
    """Where messages of the topic go that cannot be taken."""
    return "dead." + topic.rstrip(".*>#")


def to_binding(headers: Mapping[str, str], *, prefix: str) -> dict[str, str]:
    """Headers for a broker whose binding marks attributes by `prefix` and does not encode their values."""
    return {
        prefix + name.removeprefix(ATTRIBUTE) if name.startswith(ATTRIBUTE) else name: unquote(value)
        for name, value in headers.items()
    }


def from_binding(headers: Mapping[str, object], *, prefixes: tuple[str, ...]) -> dict[str, str]:
    """Headers from such a broker, in the form of this house."""
    found = {}
    for name, value in headers.items():
        text = value.decode(errors="replace") if isinstance(value, bytes) else str(value)
        prefix = next((prefix for prefix in prefixes if name.lower().startswith(prefix.lower())), None)
        if prefix is None:
            found[name.lower()] = text
        else:
            found[ATTRIBUTE + name[len(prefix) :].lower()] = quote(text, safe=PLAIN)
    return found
