"""Each broker by the one interface, against real servers: what is published arrives as it was, in order for each key,
and again when a consumer dies; what cannot be taken is put aside."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter

import pytest
from django.core.management import call_command

from loyalty.delivery.brokers.connecting import opened
from loyalty.delivery.brokers.messages import Message
from loyalty.delivery.brokers.taking import consume_events
from loyalty.delivery.brokers.tests.hearing import by_aggregate, hear, hear_by, ids
from loyalty.sql import ROOT
from loyalty.testing.log import settle_log

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("brokers"), pytest.mark.slow]

# Takes one message, says so, and holds it until it is killed.
HOLDER = """
import sys, threading, time, django
django.setup()
from loyalty.delivery.brokers.connecting import opened
with opened(sys.argv[1]) as broker:
    for received in broker.consume(sys.argv[2], group="till", stop=threading.Event()):
        if received is not None:
            print("holds", flush=True)
            time.sleep(60)
"""


def message(number: int, **parts) -> Message:
    given = {"id": f"m{number}", "key": f"k{number % 2}", "body": b"%d" % number, "type": "order.paid"}
    return Message(**given | {"headers": {"content-type": "application/json"}} | parts)


def test_the_whole_log_arrives_in_the_order_of_each_aggregate(things, broker_url, topic, capsys):
    events = things(things=40, count=25)
    settle_log()
    with opened(broker_url) as broker:
        broker.subscribe(topic, group="crm")

    call_command("relay_events", to=broker_url, topic=topic, from_start=True, until_empty=True)
    heard = hear(broker_url, topic, group="crm")

    assert capsys.readouterr().out == "told the broker of 1,000 events\n"
    assert sorted(ids(heard)) == sorted(str(event.event_id) for event in events)
    assert by_aggregate(heard) == {str(event.aggregate_id): list(range(1, 26)) for event in events}


def test_a_message_comes_as_it_was_sent_and_again_when_its_consumer_is_killed(broker_url, topic):
    attributes = {
        "content-type": "application/json",
        "ce-id": "7",
        "ce-subject": "Caf%C3%A9%20%22a%22%25",
        "ce-type": "x",
    }
    sent = [message(0, headers=attributes), *(message(n, key="k0") for n in range(1, 4))]
    # RabbitMQ sees that the connection of a consumer is gone; the others wait for so long when it falls silent.
    options = {"ack_wait_seconds": 1} if broker_url.startswith("nats") else {}
    if broker_url.startswith("kafka"):
        broker_url += "&session.timeout.ms=4500&heartbeat.interval.ms=500"
    with opened(broker_url, **options) as broker:
        broker.subscribe(topic, group="till")
        broker.publish(sent, topic=topic)

    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, broker_url, topic], cwd=ROOT, env=os.environ, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout.readline() == "holds\n"
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    time.sleep(1.2 if options else 0)
    heard = hear(broker_url, topic, group="till", limit=4)

    assert {one.body: dict(one.headers) for one in heard} == {one.body: dict(one.headers) for one in sent}


def test_what_is_sent_twice_counts_once_and_what_cannot_be_taken_holds_up_nobody(inbox, broker_url, topic):
    bodies = [b"one", b"refused", b"one", b"flaky", b"broken", b"two"]
    with opened(broker_url) as broker:
        broker.subscribe(topic)
        broker.subscribe(f"dead.{topic}", group=f"aside-{topic}")
        broker.publish([message(n, body=body, key="k") for n, body in enumerate(bodies)], topic=topic)

    stop = threading.Event()
    outcomes = consume_events(broker_url, inbox.source_id, stop=stop, topic=topic, until_empty=True)

    assert outcomes == Counter(done=3, repeated=1, dead=2)
    assert inbox.taken == [b"one", b"flaky", b"two"]
    aside = hear(broker_url, f"dead.{topic}", group=f"aside-{topic}")
    assert [(one.body, one.headers["loyalty-reason"]) for one in aside] == [
        (b"refused", "unreadable-message"),
        (b"broken", "not-taken"),
    ]


def test_what_is_held_for_long_by_who_lives_comes_to_nobody_else(nats_broker, topic):
    """NATS gives a message to another when it was not acknowledged in time; who works on it asks for more time."""
    with opened(nats_broker.url, ack_wait_seconds=1) as holder, opened(nats_broker.url) as another:
        holder.subscribe(topic, group="till")
        holder.publish([message(n) for n in range(3)], topic=topic)
        taking_in = holder.consume(topic, group="till", stop=threading.Event())
        held = next(taking_in)
        time.sleep(2.5)

        assert hear_by(another, topic, group="till") == []
        held.ack()
        assert next(taking_in).message.body == b"1"
