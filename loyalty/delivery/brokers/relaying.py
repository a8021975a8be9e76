"""Telling a broker of the log: each event as a CloudEvent, those of an aggregate in order, at least once. The reader
"relay:<name>" knows how far it is, and moves on when the broker has confirmed."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.db import DatabaseError, connection, transaction

from loyalty.delivery.brokers.connecting import Broker, hidden, opened, while_connected
from loyalty.delivery.brokers.errors import BrokerGone
from loyalty.delivery.brokers.messages import message_of
from loyalty.delivery.webhooks import patterns
from loyalty.events.models import Event, EventReader
from loyalty.events.reading import BATCH, events_after, settled_id
from loyalty.sql import drop_dead_connection

TOPIC = "loyalty.events"
POLL_SECONDS = 0.1
TRIES_MAX = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Relay:
    """What goes where: `types` are as for webhooks (points.earned, voucher.*, *), without `brand_id` of all brands.
    `from_start`: a relay of a new name begins with the oldest event there is, and not with this moment."""

    name: str = "default"
    topic: str = TOPIC
    brand_id: UUID | None = None
    types: Sequence[str] = ("*",)
    is_binary: bool = False
    from_start: bool = False

    @property
    def reader(self) -> str:
        return f"relay:{self.name}"

    def takes(self, event: Event) -> bool:
        """Events of no brand stay in the house, and what happens to a webhook's endpoint is told to that alone."""
        if event.brand_id is None or event.type.startswith(patterns.OWN):
            return False
        return self.brand_id in (None, event.brand_id) and any(patterns.fits(one, event.type) for one in self.types)


def relay_round(broker: Broker, relay: Relay, *, limit: int = BATCH) -> tuple[int, int]:
    """Reads up to `limit` events and publishes those that are to go; answers how many of both. Repeating it goes on
    after them. Killed between publishing and writing down how far it is, it publishes them again."""
    with _next_events(relay, limit) as events:
        source = f"{settings.SITE_URL}/api/events"
        messages = [message_of(one, source=source, is_binary=relay.is_binary) for one in events if relay.takes(one)]
        if messages:
            broker.publish(messages, topic=relay.topic)
        return len(events), len(messages)


def relay_events(
    url: str,
    relay: Relay,
    *,
    stop: threading.Event,
    group: str = "",
    until_empty: bool = False,
    progress: Callable[[int], None] = lambda told: None,
) -> int:
    """Publishes the log to the broker at `url` until `stop` is set, or with `until_empty` until all is told; answers
    how many events it told. Where `group` is named, the broker keeps them for it. Connects again when broker or
    database go; with `until_empty` the third failure in a row is raised."""
    told = 0

    def keep_telling(broker: Broker) -> None:
        nonlocal told
        if group:
            broker.subscribe(relay.topic, group=group)
        while not stop.is_set():
            drop_dead_connection()
            read, count = relay_round(broker, relay)
            told += count
            progress(told)
            if not read:
                if until_empty:
                    return
                broker.rest(POLL_SECONDS)

    while_connected(
        lambda: opened(url),
        keep_telling,
        stop,
        errors=(BrokerGone, DatabaseError),
        tries_max=TRIES_MAX if until_empty else None,
        told=lambda error: hidden(error, url),
    )
    return told


@contextmanager
def _next_events(relay: Relay, limit: int) -> Iterator[Sequence[Event]]:
    """The events after the relay's place, which moves on when the block ends well; none while another relays under the
    same name. The lock is not of the row: who holds that has a transaction id, and while it waits for a broker nobody's
    log would settle past a number that was given up."""
    upto = settled_id()
    EventReader.objects.get_or_create(name=relay.reader, defaults={"position": 0 if relay.from_start else upto})
    with transaction.atomic():
        if not _is_alone(relay.reader):
            yield []
            return
        reader = EventReader.objects.get(name=relay.reader)
        events = events_after(reader.position, limit=limit, upto=upto)
        yield events
        if events:
            reader.position = events[-1].id
            reader.save()


def _is_alone(reader: str) -> bool:
    """Until the transaction ends, nobody else is."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [reader])
        return cursor.fetchone()[0]
