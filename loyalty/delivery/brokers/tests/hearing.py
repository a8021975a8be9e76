"""Listening to a broker as a receiver would: by the interface alone, outside the tables."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import msgspec

from loyalty.delivery.brokers.connecting import Broker, opened
from loyalty.delivery.brokers.messages import Message


def hear(url: str, topic: str, *, group: str = "", limit: int | None = None) -> list[Message]:
    """Takes all that the topic holds for the group, or `limit` messages."""
    with opened(url) as broker:
        return hear_by(broker, topic, group=group, limit=limit)


def hear_by(broker: Broker, topic: str, *, group: str = "", limit: int | None = None) -> list[Message]:
    found: list[Message] = []
    for received in broker.consume(topic, group=group, stop=threading.Event()):
        if received is None:
            break
        received.ack()
        found.append(received.message)
        if len(found) == limit:
            break
    return found


def by_aggregate(messages: list[Message]) -> dict[str, list[int]]:
    """The sequences that came, in their order, each where it came first."""
    told: dict[str, list[int]] = {}
    for message in messages:
        event = msgspec.json.decode(message.body)
        sequences = told.setdefault(event["partitionkey"], [])
        if int(event["sequence"]) not in sequences:
            sequences.append(int(event["sequence"]))
    return told


def ids(messages: list[Message]) -> list[str]:
    return [msgspec.json.decode(message.body)["id"] for message in messages]


@contextmanager
def running(work) -> Iterator[threading.Event]:
    """Has a thread do `work(stop)` meanwhile."""
    from django.db import connection

    stop = threading.Event()

    def run() -> None:
        try:
            work(stop)
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield stop
    finally:
        stop.set()
        thread.join(30)
    assert not thread.is_alive()
