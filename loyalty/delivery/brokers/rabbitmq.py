"""RabbitMQ by kombu. A topic is a durable exchange of that name; a group is a durable queue bound to all of it (without
a group: the queue named like the topic). What exists is used as it is, whatever its kind. A message that no queue takes
counts as not arrived."""

import threading
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial

from amqp.exceptions import AMQPError, NotFound
from kombu import Connection, Consumer, Queue
from kombu.exceptions import KombuError

from loyalty.delivery.brokers.connecting import CONFIRM_SECONDS_MAX, IDLE_SECONDS
from loyalty.delivery.brokers.errors import BrokerGone
from loyalty.delivery.brokers.messages import CONTENT_TYPE, Message, Received, from_binding, in_rounds, to_binding

HEARTBEAT_SECONDS = 20
PERSISTENT = 2
# The AMQP binding's prefix, and the one that it took on beside.
PREFIX = "cloudEvents:"
PREFIXES = (PREFIX, "cloudEvents_")


@contextmanager
def _gone() -> Iterator[None]:
    try:
        yield
    except (OSError, KombuError, AMQPError) as error:
        raise BrokerGone(str(error) or type(error).__name__) from error


def connect(url: str, *, prefetch: int = 100) -> "RabbitMQ":
    """Connects once; `prefetch` is how many messages are in hand at once."""
    with _gone():
        connection = Connection(url, heartbeat=HEARTBEAT_SECONDS, connect_timeout=5)
        try:
            connection.ensure_connection(max_retries=1, interval_start=0)
        except BaseException:
            connection.release()
            raise
    return RabbitMQ(connection, prefetch)


class RabbitMQ:
    """A connection with a channel to publish on, made on first need."""

    def __init__(self, connection: Connection, prefetch: int):
        self._connection = connection
        self._prefetch = prefetch
        self._channel = None
        self._topics: set[str] = set()
        self._unconfirmed: set[int] = set()
        self._last_tag = 0
        self._refused: list[str] = []

    def publish(self, messages: Sequence[Message], *, topic: str) -> None:
        with _gone():
            if topic not in self._topics:
                self._make("exchange", topic)
                self._topics.add(topic)
            for part in in_rounds(messages):
                self._publish(part, topic)

    def subscribe(self, topic: str, *, group: str = "") -> None:
        name = group or topic
        with _gone():
            self._make("exchange", topic)
            self._make("queue", name)
            with self._connection.channel() as channel:
                channel.queue_bind(name, topic, routing_key="#")

    def consume(self, topic: str, *, group: str = "", stop: threading.Event) -> Iterator[Received | None]:
        self.subscribe(topic, group=group)
        held: deque = deque()
        queue = Queue(group or topic, no_declare=True)
        with _gone():
            channel = self._connection.channel()
            consumer = Consumer(
                channel, queues=[queue], on_message=held.append, prefetch_count=self._prefetch, auto_declare=False
            )
            consumer.consume()
        while not stop.is_set():
            if held:
                one = held.popleft()
                yield Received(_message(one), partial(self._ack, one))
            elif not self._drain(IDLE_SECONDS):
                yield None

    def rest(self, seconds: float) -> None:
        self._drain(seconds)

    def close(self) -> None:
        with _gone():
            self._connection.release()

    def _make(self, kind: str, name: str) -> None:
        """Asking after what does not exist costs the channel, so each question has its own."""
        try:
            with self._connection.channel() as channel:
                if kind == "exchange":
                    channel.exchange_declare(name, "topic", passive=True)
                else:
                    channel.queue_declare(name, passive=True)
        except NotFound:
            with self._connection.channel() as channel:
                if kind == "exchange":
                    channel.exchange_declare(name, "topic", durable=True, auto_delete=False)
                else:
                    channel.queue_declare(name, durable=True, auto_delete=False)

    def _publish(self, messages: Sequence[Message], topic: str) -> None:
        channel = self._channel or self._open_channel()
        for message in messages:
            headers = dict(message.headers)
            content_type = headers.pop(CONTENT_TYPE, None)
            told = channel.prepare_message(
                message.body,
                content_type=content_type,
                headers=to_binding(headers, prefix=PREFIX),
                properties={"delivery_mode": PERSISTENT, "message_id": message.id},
            )
            self._last_tag += 1
            self._unconfirmed.add(self._last_tag)
            channel.basic_publish(told, topic, message.type or topic, mandatory=True)
        while self._unconfirmed:
            self._connection.drain_events(timeout=CONFIRM_SECONDS_MAX)
        if self._refused:
            raise BrokerGone(f"RabbitMQ did not take a message of {self._refused[0]}")

    def _open_channel(self):
        self._channel = self._connection.channel()
        self._channel.confirm_select()
        self._channel.events["basic_ack"].add(self._confirm)
        self._channel.events["basic_nack"].add(self._refuse)
        self._channel.events["basic_return"].add(self._return)
        return self._channel

    def _confirm(self, tag: int, multiple: bool) -> set[int]:
        confirmed = {one for one in self._unconfirmed if one <= tag} if multiple else {tag}
        self._unconfirmed -= confirmed
        return confirmed

    def _refuse(self, tag: int, multiple: bool) -> None:
        self._confirm(tag, multiple)
        self._refused.append("its queue")

    def _return(self, error, exchange: str, routing_key: str, message) -> None:
        self._refused.append(f"{routing_key}: no queue is bound to its exchange {exchange} for it")

    def _ack(self, one) -> None:
        with _gone():
            one.ack()

    def _drain(self, seconds: float) -> bool:
        """Takes what comes within so many seconds; False: nothing did."""
        with _gone():
            try:
                self._connection.drain_events(timeout=seconds)
            except TimeoutError:
                self._connection.heartbeat_check()
                return False
        return True


def _message(one) -> Message:
    headers = from_binding(one.headers or {}, prefixes=PREFIXES)
    if one.content_type:
        headers[CONTENT_TYPE] = one.content_type
    body = one.body if isinstance(one.body, bytes) else str(one.body).encode()
    return Message(
        id=one.properties.get("message_id") or "",
        body=body,
        headers=headers,
        type=one.delivery_info.get("routing_key") or "",
    )
