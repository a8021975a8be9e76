"""NATS JetStream by nats-py. A topic is a stream whose subjects are `topic.<type>`, made when there is none for it; a
group is a durable pull consumer. The client knows only coroutines, so it lives in a thread with a loop of its own."""

import asyncio
import re
import threading
from collections.abc import Coroutine, Iterator, Sequence
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from urllib.parse import parse_qs, unquote, urlsplit

import nats
from nats.js.api import AckPolicy, ConsumerConfig, StreamConfig
from nats.js.errors import NotFoundError

from loyalty.delivery.brokers.connecting import CONFIRM_SECONDS_MAX, GROUP, IDLE_SECONDS
from loyalty.delivery.brokers.errors import BrokerGone
from loyalty.delivery.brokers.messages import Message, Received, in_rounds

BATCH = 100
# So long a stream knows the ids of messages: a relay that was killed publishes its last ones again within it.
DOUBLES_SECONDS = 600
# So long what a consumer that was killed had in hand is nobody's; who lives asks for more time as often as needed.
ACK_WAIT_SECONDS = 10
ASKED_WITHIN = 3
ID = "Nats-Msg-Id"


def connect(url: str, *, ack_wait_seconds: int = ACK_WAIT_SECONDS) -> "Nats":
    """Connects once; what a consumer has in hand is given to another `ack_wait_seconds` after it was last heard of.
    `?creds=FILE` in the address names a file with credentials."""
    return Nats(url, ack_wait_seconds)


class Nats:
    """A connection, and the streams and consumers that it has seen."""

    def __init__(self, url: str, ack_wait_seconds: int):
        self._ack_wait_seconds = ack_wait_seconds
        self._streams: dict[str, tuple[str, str]] = {}
        self._held: list = []
        self._holding: Future | None = None
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="nats", daemon=True)
        self._thread.start()
        try:
            self._client = self._do(_connected(url))
        except BaseException:
            self._end()
            raise
        self._jetstream = self._client.jetstream(timeout=CONFIRM_SECONDS_MAX)

    def publish(self, messages: Sequence[Message], *, topic: str) -> None:
        self._do(self._publish(messages, topic), CONFIRM_SECONDS_MAX * len(messages))

    def subscribe(self, topic: str, *, group: str = "") -> None:
        self._do(self._subscribe(topic, group))

    def consume(self, topic: str, *, group: str = "", stop: threading.Event) -> Iterator[Received | None]:
        pulled = self._do(self._subscribe(topic, group))
        self._holding = self._holding or asyncio.run_coroutine_threadsafe(self._hold(), self._loop)
        while not stop.is_set():
            fetched = self._do(self._fetch(pulled))
            self._held += fetched
            if not fetched:
                yield None
            for one in fetched:
                if stop.is_set():
                    return
                yield Received(_message(one), partial(self._ack, one))

    def rest(self, seconds: float) -> None:
        self._do(self._alive(seconds))

    def close(self) -> None:
        with suppress(BrokerGone):
            self._do(self._leave())
        self._end()

    async def _publish(self, messages: Sequence[Message], topic: str) -> None:
        await self._stream(topic)
        for part in in_rounds(messages):
            await asyncio.gather(
                *(
                    self._jetstream.publish(
                        f"{topic}.{message.type or 'event'}",
                        message.body,
                        headers=dict(message.headers) | ({ID: message.id} if message.id else {}),
                    )
                    for message in part
                )
            )

    async def _stream(self, topic: str) -> tuple[str, str]:
        """The stream that keeps the topic, and which of its subjects are the topic's."""
        if topic not in self._streams:
            self._streams[topic] = await self._find_stream(topic)
        return self._streams[topic]

    async def _find_stream(self, topic: str) -> tuple[str, str]:
        for subject in (topic, f"{topic}.>"):
            with suppress(NotFoundError):
                return await self._jetstream.find_stream_name_by_subject(subject), subject
        name = _plain(topic)
        await self._jetstream.add_stream(
            StreamConfig(name=name, subjects=[f"{topic}.>"], duplicate_window=DOUBLES_SECONDS)
        )
        return name, f"{topic}.>"

    async def _subscribe(self, topic: str, group: str):
        stream, subject = await self._stream(topic)
        config = ConsumerConfig(ack_policy=AckPolicy.EXPLICIT, ack_wait=self._ack_wait_seconds)
        return await self._jetstream.pull_subscribe(
            subject, durable=_plain(group or GROUP), stream=stream, config=config
        )

    async def _fetch(self, pulled) -> list:
        with suppress(nats.errors.TimeoutError):
            return await pulled.fetch(BATCH, timeout=IDLE_SECONDS)
        await self._alive(0)
        return []

    async def _alive(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
        if not self._client.is_connected:
            raise nats.errors.ConnectionClosedError

    async def _hold(self) -> None:
        """Asks for more time for what is in hand, for as long as the connection lives."""
        while self._client.is_connected:
            await asyncio.sleep(self._ack_wait_seconds / ASKED_WITHIN)
            for one in list(self._held):
                with suppress(nats.errors.Error):
                    await one.in_progress()

    async def _leave(self) -> None:
        """Gives back what is in hand, so that nobody waits for it, and ends when the server has heard of all."""
        if self._holding:
            self._holding.cancel()
        for one in self._held:
            await one.nak()
        if self._client.is_connected:
            await self._client.flush(timeout=5)
        await self._client.close()

    def _ack(self, one) -> None:
        self._do(one.ack())
        self._held.remove(one)

    def _do(self, work: Coroutine, seconds: int = 60):
        """Has the loop do it, and waits for it."""
        if self._loop.is_closed():
            work.close()
            raise BrokerGone("the connection was closed")
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result(seconds)
        except (nats.errors.Error, OSError, asyncio.CancelledError) as error:
            future.cancel()
            raise BrokerGone(str(error) or type(error).__name__) from error

    def _end(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


def _plain(text: str) -> str:
    """As names of streams and consumers have to be."""
    return re.sub(r"[^A-Za-z0-9_-]", "_", text)


async def _connected(url: str):
    parts = urlsplit(url)
    options = {"user_credentials": unquote(creds[0])} if (creds := parse_qs(parts.query).get("creds")) else {}
    return await nats.connect(
        parts._replace(query="").geturl(),
        allow_reconnect=False,
        max_reconnect_attempts=1,
        reconnect_time_wait=0,
        connect_timeout=5,
        ping_interval=10,
        error_cb=_quiet,
        **options,
    )


async def _quiet(error: Exception) -> None:
    """What goes wrong is raised where it is waited for."""


def _message(one) -> Message:
    headers = {name.lower(): value for name, value in (one.headers or {}).items()}
    return Message(id=headers.pop(ID.lower(), ""), body=one.data, headers=headers, type=one.subject)
