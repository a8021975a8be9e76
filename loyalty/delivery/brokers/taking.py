"""Taking what a broker holds: each message is handed to the taker that a room above has registered, and acknowledged
when that has committed. What cannot be taken is put aside under the topic `dead.<topic>` and holds up nobody."""

import logging
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from itertools import count
from typing import Protocol
from uuid import UUID

from django.db import DatabaseError, InterfaceError, OperationalError, connection

from loyalty.delivery.brokers.connecting import WAIT_SECONDS_MAX, Broker, hidden, opened, while_connected
from loyalty.delivery.brokers.errors import BrokerGone, SenderClosed
from loyalty.delivery.brokers.messages import Message, Received, dead_topic
from loyalty.errors import LoyaltyError
from loyalty.sql import drop_dead_connection

log = logging.getLogger(__name__)

TOPIC = "loyalty.inbound"
# How often a message is tried that the taker fails at in a way that it did not foresee, and a broker that goes.
TRIES_MAX = 3
PAUSE_SECONDS = 0.25
DOUBLED_MAX = 10
DEAD = "dead"
REASON = "loyalty-reason"


class Taker(Protocol):
    def __call__(self, source_id: UUID, headers: Mapping[str, str], body: bytes) -> str:
        """Takes the message of that sender in and commits; answers in a word what came of it. Taking the same message
        again changes nothing. A LoyaltyError refuses it for good, SenderClosed says that nothing is taken from this
        sender; after any other error it is asked again."""


_registered: dict[str, Callable] = {}


def register_taker(taker: Taker, *, check: Callable[[UUID], None] = lambda source_id: None) -> None:
    """Names who takes messages in; `check` raises a LoyaltyError where there is no such sender."""
    _registered.update(taker=taker, check=check)


def consume_events(
    url: str,
    source_id: UUID,
    *,
    stop: threading.Event,
    topic: str = TOPIC,
    group: str = "",
    until_empty: bool = False,
    limit: int | None = None,
    progress: Callable[[int], None] = lambda taken: None,
) -> Counter[str]:
    """Takes in what the topic at `url` holds for the group until `stop` is set, it is empty or `limit` messages are
    taken; answers how often each outcome came, `dead` for those put aside. What was in hand unacknowledged when this
    was killed comes again, and is counted once. Connects again when the broker goes; with `until_empty` the third
    failure in a row is raised. Refuses what the taker's check refuses, and SenderClosed."""
    _registered["check"](source_id)
    outcomes: Counter[str] = Counter()

    def keep_taking(broker: Broker) -> None:
        if outcomes.total() == limit:
            return
        for received in broker.consume(topic, group=group, stop=stop):
            if received is None:
                if until_empty:
                    return
                continue
            outcome = take(broker, received, source_id=source_id, topic=topic, stop=stop)
            if outcome is None:
                return
            received.ack()
            outcomes[outcome] += 1
            progress(outcomes.total())
            if outcomes.total() == limit:
                return

    while_connected(
        lambda: opened(url),
        keep_taking,
        stop,
        errors=(BrokerGone,),
        tries_max=TRIES_MAX if until_empty else None,
        told=lambda error: hidden(error, url),
    )
    return outcomes


def take(broker: Broker, received: Received, *, source_id: UUID, topic: str, stop: threading.Event) -> str | None:
    """Hands the message to the taker until that has taken or refused it, or has failed three times while the database
    was well: then it is put aside. None: stopped before, and the message is still the broker's."""
    message, failures = received.message, 0
    for tries in count():
        if stop.is_set():
            return None
        try:
            drop_dead_connection()
            return _registered["taker"](source_id, message.headers, message.body)
        except SenderClosed:
            raise
        except LoyaltyError as refusal:
            return _put_aside(broker, message, topic, refusal.code, refusal)
        except Exception as error:
            is_away = isinstance(error, OperationalError | InterfaceError) and not _database_answers()
            failures += not is_away
            log.warning("message %s was not taken: %s", message.id or message.type, type(error).__name__, exc_info=True)
            if failures == TRIES_MAX:
                return _put_aside(broker, message, topic, "not-taken", error)
            # A power of more than a thousand tries is beyond what can be multiplied.
            broker.rest(min(PAUSE_SECONDS * 2 ** min(tries, DOUBLED_MAX), WAIT_SECONDS_MAX))


def _put_aside(broker: Broker, message: Message, topic: str, code: str, error: Exception) -> str:
    aside = dead_topic(topic)
    told = Message(
        id=message.id,
        key=message.key,
        body=message.body,
        headers={**message.headers, REASON: code},
        type=message.type,
    )
    broker.subscribe(aside)
    broker.publish([told], topic=aside)
    log.warning("message %s was put aside under %s: %s", message.id or message.type, aside, code)
    return DEAD


def _database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("select 1")
    except DatabaseError:
        drop_dead_connection()
        return False
    return True
