"""Kafka by confluent-kafka. A topic is a topic, a message's key chooses its partition, a group is a consumer group.
What a Java client would be given besides stands in the address: kafka://user:password@host:9092?security.protocol=SASL_SSL."""

import logging
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from urllib.parse import parse_qsl, unquote, urlsplit

from confluent_kafka import Consumer, KafkaError, KafkaException, Producer, TopicPartition

from loyalty.delivery.brokers.connecting import CONFIRM_SECONDS_MAX, GROUP, IDLE_SECONDS
from loyalty.delivery.brokers.errors import BrokerGone, BrokerUnusable
from loyalty.delivery.brokers.messages import Message, Received, from_binding, to_binding

log = logging.getLogger(__name__)

PREFIX = "ce_"
COMMIT_AFTER = 100
COMMIT_AFTER_SECONDS = 0.5


@contextmanager
def _gone() -> Iterator[None]:
    try:
        yield
    except KafkaException as error:
        raise BrokerGone(str(error)) from error


def connect(url: str, **options) -> "Kafka":
    """Connects once; `options` are librdkafka's."""
    parts = urlsplit(url)
    servers = parts.netloc.rpartition("@")[2]
    config = {"bootstrap.servers": servers, "reconnect.backoff.max.ms": 10_000}
    # Who reads a topic that is made later, or gets more partitions, would else learn of it after five minutes.
    config |= {"topic.metadata.refresh.interval.ms": 5_000}
    if parts.username:
        config |= {"security.protocol": "SASL_SSL", "sasl.mechanism": "PLAIN"}
        config |= {"sasl.username": unquote(parts.username), "sasl.password": unquote(parts.password or "")}
    return Kafka(config | dict(parse_qsl(parts.query)) | options)


class Kafka:
    """A producer, and a consumer where one is asked for."""

    def __init__(self, config: dict):
        self._config = config
        self._consumer: Consumer | None = None
        self._failed: list[KafkaError] = []
        self._done: dict[tuple[str, int], int] = {}
        self._since_commit = 0
        self._committed_at = time.monotonic()
        try:
            # The partitioner is the one of Java's clients, so a key is in one partition whoever publishes.
            self._producer = Producer(
                config
                | {
                    "enable.idempotence": True,
                    "acks": "all",
                    "partitioner": "murmur2_random",
                    "linger.ms": 5,
                    "delivery.timeout.ms": CONFIRM_SECONDS_MAX * 1000,
                }
            )
        except KafkaException as error:
            raise BrokerUnusable(str(error)) from error
        with _gone():
            self._producer.list_topics(timeout=5)

    def publish(self, messages: Sequence[Message], *, topic: str) -> None:
        with _gone():
            for message in messages:
                self._produce(message, topic)
            left = self._producer.flush(CONFIRM_SECONDS_MAX)
        if left or self._failed:
            raise BrokerGone(f"Kafka did not confirm: {self._failed[0] if self._failed else f'{left} are left'}")

    def subscribe(self, topic: str, *, group: str = "") -> None:
        """Kafka keeps what is published whoever reads."""

    def consume(self, topic: str, *, group: str = "", stop: threading.Event) -> Iterator[Received | None]:
        config = {
            "group.id": group or GROUP,
            "enable.auto.commit": False,
            "auto.offset.reset": "earliest",
            "enable.partition.eof": True,
            "allow.auto.create.topics": True,
        }
        ended: set[int] = set()
        with _gone():
            self._consumer = Consumer(self._config | config)
            # The places are known of no more when the partitions are gone to another.
            self._consumer.subscribe([topic], on_revoke=lambda consumer, partitions: (self._commit(), ended.clear()))
        while not stop.is_set():
            one = self._poll(IDLE_SECONDS)
            if one is None:
                if ended and len(ended) == len(self._consumer.assignment()):
                    self._commit()
                    yield None
            elif one.error() and one.error().code() == KafkaError._PARTITION_EOF:
                ended.add(one.partition())
            elif one.error():
                log.warning("Kafka tells of %s", one.error())
            else:
                ended.discard(one.partition())
                yield Received(_message(one), partial(self._ack, one))

    def rest(self, seconds: float) -> None:
        self._producer.poll(seconds)

    def close(self) -> None:
        self._producer.purge()
        self._producer.flush(1)
        if self._consumer:
            with _gone():
                try:
                    self._commit()
                finally:
                    self._consumer.close()

    def _produce(self, message: Message, topic: str) -> None:
        told = {
            "key": message.key or None,
            "headers": to_binding(message.headers, prefix=PREFIX),
            "on_delivery": self._confirm,
        }
        while True:
            try:
                self._producer.produce(topic, message.body, **told)
            except BufferError:
                self._producer.poll(0.1)
            else:
                return

    def _confirm(self, error: KafkaError | None, message) -> None:
        if error:
            self._failed.append(error)

    def _poll(self, seconds: float):
        if self._since_commit >= COMMIT_AFTER or time.monotonic() - self._committed_at > COMMIT_AFTER_SECONDS:
            self._commit()
        with _gone():
            return self._consumer.poll(seconds)

    def _ack(self, one) -> None:
        self._done[one.topic(), one.partition()] = one.offset() + 1
        self._since_commit += 1

    def _commit(self) -> None:
        """Tells Kafka how far each partition is done; without it another would begin before."""
        self._since_commit, self._committed_at = 0, time.monotonic()
        if self._done:
            places = [TopicPartition(*place, offset) for place, offset in self._done.items()]
            self._done.clear()
            with _gone():
                self._consumer.commit(offsets=places, asynchronous=False)


def _message(one) -> Message:
    headers = from_binding(dict(one.headers() or []), prefixes=(PREFIX,))
    key = one.key()
    return Message(key=key.decode(errors="replace") if key else "", body=one.value() or b"", headers=headers)
