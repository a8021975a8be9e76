"""Messages are handed over one by one: until stopped, up to a limit, and again when the database comes back."""

import threading
from collections import Counter
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import OperationalError

from loyalty.delivery.brokers import taking
from loyalty.delivery.brokers.connecting import opened
from loyalty.delivery.brokers.errors import SenderClosed
from loyalty.delivery.brokers.messages import Message, Received
from loyalty.delivery.brokers.taking import consume_events, register_taker
from loyalty.errors import NotFound

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("brokers"), pytest.mark.slow]


@pytest.fixture
def url(nats_broker, topic):
    """A broker with three messages."""
    with opened(nats_broker.url) as broker:
        broker.subscribe(topic)
        bodies = (b"one", b"two", b"three")
        broker.publish([Message(key="k", body=body, headers={"ce-id": "1"}) for body in bodies], topic=topic)
    return nats_broker.url


def consume(url: str, source_id, topic: str, **how) -> Counter:
    return consume_events(url, source_id, **{"stop": threading.Event(), "topic": topic, "until_empty": True} | how)


def test_the_taker_gets_who_sent_it_its_headers_and_its_body(url, topic, inbox):
    assert consume(url, inbox.source_id, topic, limit=1) == Counter(done=1)
    assert inbox.calls == [(inbox.source_id, {"ce-id": "1"}, b"one")]


def test_what_is_over_the_limit_is_left_for_the_next(url, topic, inbox):
    consume(url, inbox.source_id, topic, limit=2)

    assert consume(url, inbox.source_id, topic) == Counter(done=1)
    assert inbox.taken == [b"one", b"two", b"three"]


def test_a_sender_that_is_not_known_is_refused_before_anything_is_taken(url, topic, inbox):
    with pytest.raises(NotFound):
        consume(url, uuid4(), topic)
    assert inbox.calls == []


def test_a_sender_that_is_closed_meanwhile_ends_it_and_keeps_its_messages(url, topic, inbox):
    def closed(source_id, headers, body):
        raise SenderClosed

    before = taking._registered["taker"]
    register_taker(closed)
    with pytest.raises(SenderClosed):
        consume(url, inbox.source_id, topic)

    register_taker(before)
    assert consume(url, inbox.source_id, topic) == Counter(done=3)


def test_who_is_stopped_leaves_the_rest_where_it_is(url, topic, inbox):
    stop = threading.Event()
    consume(url, inbox.source_id, topic, stop=stop, progress=lambda taken: stop.set())

    assert inbox.taken == [b"one"]
    assert consume(url, inbox.source_id, topic) == Counter(done=2)


def test_a_database_that_is_away_is_waited_for_as_long_as_it_takes(url, topic, inbox, monkeypatch):
    away = [OperationalError("the server closed the connection")] * 5
    before = taking._registered["taker"]

    def failing(*message):
        if away:
            raise away.pop()
        return before(*message)

    register_taker(failing)
    monkeypatch.setattr(taking, "PAUSE_SECONDS", 0)
    monkeypatch.setattr(taking, "_database_answers", lambda: False)

    assert consume(url, inbox.source_id, topic) == Counter(done=3)


def test_a_database_that_is_away_for_days_is_waited_for(monkeypatch):
    """After a thousand tries too the pauses are half a minute."""
    pauses, stop = [], threading.Event()
    message = Message(key="k", body=b"one", headers={})

    class Resting:
        def rest(self, seconds: float) -> None:
            pauses.append(seconds)
            if len(pauses) == 1_500:
                stop.set()

    def failing(*message):
        raise OperationalError("the server closed the connection")

    monkeypatch.setattr(taking, "_registered", {"taker": failing})
    monkeypatch.setattr(taking, "_database_answers", lambda: False)
    monkeypatch.setattr(taking.log, "warning", lambda *told, **how: None)
    received = Received(message, lambda: None)

    assert taking.take(Resting(), received, source_id=uuid4(), topic="orders", stop=stop) is None
    assert (pauses[:3], max(pauses), len(pauses)) == ([0.25, 0.5, 1.0], 30, 1_500)


def test_who_is_stopped_while_the_taker_fails_gives_the_message_back(url, topic, inbox):
    stop = threading.Event()

    def failing(source_id, headers, body):
        stop.set()
        raise ValueError("the taker fails")

    before = taking._registered["taker"]
    register_taker(failing)
    assert consume(url, inbox.source_id, topic, stop=stop) == Counter()

    register_taker(before)
    assert consume(url, inbox.source_id, topic) == Counter(done=3)


@pytest.mark.parametrize(
    ("asked", "said"),
    [({"limit": 0}, "1 or more"), ({"url": "http://broker.example"}, "http is none of"), ({}, "an address without")],
)
def test_the_command_refuses_what_cannot_be(inbox, asked, said):
    with pytest.raises(CommandError, match=said):
        call_command("consume_events", source=inbox.source_id, **asked)


def test_the_command_says_what_came_of_it(url, topic, inbox, capsys):
    with opened(url) as broker:
        broker.publish([Message(key="k", body=b"refused", headers={})], topic=topic)
    call_command("consume_events", url=url, source=inbox.source_id, topic=topic, until_empty=True)

    told = capsys.readouterr()
    assert told.out == "took 4 messages: 1 dead, 3 done\n"
    assert told.err == f"1 could not be taken and lie under dead.{topic}\n"
