"""Brokers by their addresses: one interface, and connecting again when one goes. Each broker's client is imported when
its address is met, so those that nobody uses need not be installed."""

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, closing
from importlib import import_module
from typing import Protocol, TypeVar
from urllib.parse import unquote, urlsplit

from loyalty.delivery.brokers.errors import BrokerUnusable
from loyalty.delivery.brokers.messages import Message, Received

log = logging.getLogger(__name__)

WAIT_SECONDS_MAX = 30
# What waits for a broker has ended by then, so that a process that is told to stop does.
CONFIRM_SECONDS_MAX = 20
IDLE_SECONDS = 0.5
GROUP = "loyalty"

MODULES = {"amqp": "rabbitmq", "amqps": "rabbitmq", "nats": "nats", "tls": "nats", "kafka": "kafka"}
PACKAGES = {"rabbitmq": "kombu", "nats": "nats-py", "kafka": "confluent-kafka"}

Connected = TypeVar("Connected")


class Broker(Protocol):
    """A connection to a broker. All of it may raise BrokerGone."""

    def publish(self, messages: Sequence[Message], *, topic: str) -> None:
        """Publishes them, those of one key in order, and returns when the broker has confirmed all. When it raises,
        any of them may have arrived; publishing all of them again leaves nothing out and out of order."""

    def subscribe(self, topic: str, *, group: str = "") -> None:
        """Has the broker keep what comes to the topic from now on for this group. Repeating it changes nothing."""

    def consume(self, topic: str, *, group: str = "", stop: threading.Event) -> Iterator[Received | None]:
        """What the topic holds for the group, until `stop` is set; None whenever there is nothing right now."""

    def rest(self, seconds: float) -> None:
        """Waits, and keeps the connection alive meanwhile."""

    def close(self) -> None:
        """What is in hand and not acknowledged is given to another."""


def open_broker(url: str, **options) -> Broker:
    """Connects to the broker of this address: amqp(s)://, nats://, tls:// (NATS) or kafka://. Raises BrokerUnusable
    where no time helps and BrokerGone where it may."""
    scheme = urlsplit(url).scheme
    if scheme not in MODULES:
        raise BrokerUnusable(f"{scheme or 'an address without a scheme'} is none of {', '.join(MODULES)}")
    name = MODULES[scheme]
    try:
        module = import_module(f"loyalty.delivery.brokers.{name}")
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("loyalty"):
            raise
        raise BrokerUnusable(
            f"{scheme}:// needs a package that is not installed: pip install {PACKAGES[name]}"
        ) from error
    return module.connect(url, **options)


def hidden(text: object, url: str) -> str:
    """The text without the address's password."""
    secret = urlsplit(url).password or ""
    hidden = str(text)
    for form in {secret, unquote(secret)} - {""}:
        hidden = hidden.replace(form, "***")
    return hidden


def opened(url: str, **options) -> AbstractContextManager[Broker]:
    """The broker, closed in the end."""
    return closing(open_broker(url, **options))


def while_connected(
    connect: Callable[[], AbstractContextManager[Connected]],
    use: Callable[[Connected], None],
    stop: threading.Event,
    *,
    errors: tuple[type[Exception], ...],
    tries_max: int | None = None,
    told: Callable[[Exception], str] = str,
) -> None:
    """Connects and uses it, and again whenever that ends in one of `errors`, after pauses that grow to half a minute,
    until `use` returns or `stop` is set. With `tries_max` the error is raised that comes so many times in a row."""
    failures = 0

    def use_it(connected: Connected) -> None:
        nonlocal failures
        failures = 0
        use(connected)

    while not stop.is_set():
        try:
            with connect() as connected:
                use_it(connected)
            return
        except errors as error:
            failures += 1
            if failures == tries_max:
                raise
            pause_seconds = min(2 ** (failures - 1), WAIT_SECONDS_MAX)
            log.warning("beginning again in %s s: %s", pause_seconds, told(error))
            stop.wait(pause_seconds)
