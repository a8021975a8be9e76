"""A message broker in place of the job queue, where EXCHANGE_BROKER_URL names one. The table of exchanges is the
outbox: who relays tells the broker which exchanges wait, and whoever listens settles their lanes.

A message names a lane and some of the exchanges in it. It is only a hint, and settling needs no more: one that comes
twice finds nothing to do. Rows are marked before the broker has confirmed, so that nobody who settles finds them
locked; they are unmarked when it does not, and told again when they still wait a minute later."""

import logging
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from uuid import UUID

from amqp.exceptions import AMQPError
from django.conf import settings
from django.db import DatabaseError, connection
from kombu import Connection, Consumer, Exchange, Message, Producer, Queue
from kombu.exceptions import KombuError

from exchange.settling.jobs import drain
from exchange.settling.settling import Settled
from loyalty import clock
from loyalty.delivery.brokers.connecting import while_connected
from loyalty.sql import drop_dead_connection

log = logging.getLogger(__name__)

TOLD_AT_ONCE = 1_000
TOLD_AGAIN_AFTER = timedelta(seconds=60)
POLL_MS = 50
WAIT_SECONDS_MAX = 30
HEARTBEAT_SECONDS = 20
GONE = (OSError, KombuError, AMQPError, DatabaseError)

QUEUE = Queue(
    "loyalty.exchanges", Exchange("loyalty", type="direct", durable=True), routing_key="exchanges", durable=True
)

TELL = """
update exchange_exchange x set told_at = %(now)s where x.id in (
  select y.id from exchange_exchange y
  where y.status in ('pending', 'processing') and not y.is_dead
    and (y.next_attempt_at is null or y.next_attempt_at <= %(now)s)
    and (y.told_at is null or y.told_at < %(again)s)
  order by y.id limit %(limit)s for update skip locked)
returning x.lane, x.id
"""
UNTELL = "update exchange_exchange set told_at = null where id = any(%s) and status in ('pending', 'processing')"


@contextmanager
def broker(url: str = "") -> Iterator[Connection]:
    """A connection to the broker, with the queue declared and each message confirmed by it."""
    options = {"confirm_publish": True}
    with Connection(
        url or settings.EXCHANGE_BROKER_URL, heartbeat=HEARTBEAT_SECONDS, transport_options=options
    ) as opened:
        opened.ensure_connection(max_retries=3, timeout=WAIT_SECONDS_MAX)
        with opened.channel() as channel:
            QUEUE(channel).declare()
        yield opened


def tell(opened: Connection, *, limit: int = TOLD_AT_ONCE) -> int:
    """Tells the broker of up to `limit` exchanges that are due and that it does not know of, or has known of for a
    minute; answers how many. Repeating it tells of those that are new since. When the broker does not confirm, they
    are told the next time, and its error is raised."""
    by_lane: dict[int, list[UUID]] = defaultdict(list)
    now = clock.now()
    with connection.cursor() as cursor:
        cursor.execute(TELL, {"now": now, "again": now - TOLD_AGAIN_AFTER, "limit": limit})
        for lane, exchange_id in cursor.fetchall():
            by_lane[lane].append(exchange_id)
    # An update answers its rows in any order.
    messages = [{"lane": lane, "exchanges": [str(one) for one in sorted(by_lane[lane])]} for lane in sorted(by_lane)]
    try:
        with opened.channel() as channel:
            producer = Producer(channel, QUEUE.exchange, routing_key=QUEUE.routing_key, serializer="json")
            for body in messages:
                producer.publish(body, delivery_mode="persistent", mandatory=True, timeout=WAIT_SECONDS_MAX)
    except BaseException:
        with connection.cursor() as cursor:
            cursor.execute(UNTELL, [[one for ids in by_lane.values() for one in ids]])
        raise
    return sum(len(ids) for ids in by_lane.values())


def relay(stop: threading.Event, *, progress: Callable[[int], None] = lambda told: None) -> int:
    """Tells the broker until `stop` is set, and connects again when it goes; answers of how many."""
    told = 0

    def keep_telling(opened: Connection) -> None:
        nonlocal told
        while not stop.is_set():
            drop_dead_connection()
            count = tell(opened)
            told += count
            progress(told)
            opened.heartbeat_check()
            if not count:
                stop.wait(POLL_MS / 1000)

    while_connected(broker, keep_telling, stop, errors=GONE)
    return told


def listen(stop: threading.Event, *, progress: Callable[[int], None] = lambda settled: None) -> Settled:
    """Settles the lanes that the broker tells of until `stop` is set; a message is confirmed when its lane is done, so
    another listener gets it if this one dies. Connects again when the broker goes."""
    done = Settled()

    def heard(body: dict, message: Message) -> None:
        nonlocal done
        drop_dead_connection()
        try:
            done += drain(int(body["lane"]))
        except DatabaseError as error:
            log.warning("a lane could not be settled, the message goes back: %s", error)
            stop.wait(1)
            message.requeue()
            return
        message.ack()
        progress(done.total)

    def keep_listening(opened: Connection) -> None:
        with Consumer(opened.channel(), queues=[QUEUE], callbacks=[heard], prefetch_count=1, accept=["json"]):
            while not stop.is_set():
                try:
                    opened.drain_events(timeout=1)
                except TimeoutError:
                    opened.heartbeat_check()

    while_connected(broker, keep_listening, stop, errors=GONE)
    return done
