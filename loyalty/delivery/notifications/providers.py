"""Who carries text and push messages: one interface, found by the name in a brand's settings. Their addresses are the
service's own configuration, never a brand's."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

import httpx

from loyalty.delivery.notifications.models import Channel, NotificationSettings

SECONDS_MAX = 10
ANSWER_BYTES_MAX = 64 * 1024


@dataclass(frozen=True, slots=True)
class Message:
    """What is carried; `id` names it to the provider where that takes a name."""

    id: UUID
    subject: str
    body: str


class NotCarried(Exception):
    """The message was not carried, and never will be; `reason` says why in a word."""

    def __init__(self, reason: str):
        self.reason = reason
        super().__init__(reason)


class TryLater(NotCarried):
    """It was not carried for the moment; `seconds` is what the provider asks to wait at least."""

    def __init__(self, reason: str, *, seconds: int = 0):
        self.seconds = seconds
        super().__init__(reason)


class Unsubscribed(NotCarried):
    """The receiver told the provider that they want none."""


class AddressGone(NotCarried):
    """The address leads to nobody any more."""


class Provider(Protocol):
    """Carries messages of one brand. Used by one thread; closed when done."""

    def send(self, to: str, message: Message) -> str:
        """Hands the message over and answers the provider's id of it. Refusals: TryLater, Unsubscribed, AddressGone,
        NotCarried."""

    def close(self) -> None:
        """Ends its connections."""


_MAKERS: dict[tuple[str, str], Callable[[NotificationSettings], Provider]] = {}


def carries(channel: str, name: str) -> Callable:
    """Registers what makes the provider of that name from a brand's settings."""

    def remember(maker):
        _MAKERS[channel, name] = maker
        return maker

    return remember


def names_of(channel: str) -> list[str]:
    """The providers there are for the channel."""
    return sorted(name for of, name in _MAKERS if of == channel)


def provider_of(settings: NotificationSettings, channel: str) -> Provider | None:
    """The brand's provider for the channel; None where it has none. Refusals: NotCarried (it is not set up well)."""
    name = settings.sms_provider if channel == Channel.SMS else settings.push_provider
    maker = _MAKERS.get((channel, name))
    return maker(settings) if maker else None


def http_client(base_url: str, **more) -> httpx.Client:
    """A client as all providers use it: no redirects, no proxies of the environment, little time."""
    return httpx.Client(
        base_url=base_url,
        timeout=httpx.Timeout(SECONDS_MAX, connect=5),
        follow_redirects=False,
        trust_env=False,
        **more,
    )


def ask(client: httpx.Client, path: str, **content) -> tuple[int, dict, httpx.Headers]:
    """Posts and answers status, the JSON object (empty where the body is none) and headers. Refusals: TryLater."""
    try:
        with client.stream("POST", path, **content) as response:
            body = b""
            for chunk in response.iter_bytes():
                body += chunk
                if len(body) > ANSWER_BYTES_MAX:
                    raise TryLater("answer-too-long")
            return response.status_code, _object(response, body), response.headers
    except httpx.HTTPError as fault:
        raise TryLater("timeout" if isinstance(fault, httpx.TimeoutException) else "unreachable") from fault


def wait_of(headers: httpx.Headers) -> int:
    """The seconds that `Retry-After` asks for, at most a day."""
    said = headers.get("retry-after", "")
    return min(int(said), 86_400) if said.isdecimal() and len(said) < 9 else 0


def _object(response: httpx.Response, body: bytes) -> dict:
    try:
        found = httpx.Response(response.status_code, content=body).json()
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
