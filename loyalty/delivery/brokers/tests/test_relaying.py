"""The log is published from where it was left: filtered, at least once, and never lost."""

import os
import re
import signal
import subprocess
import sys
import time
from contextlib import contextmanager

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection, transaction

from loyalty.delivery.brokers.connecting import opened
from loyalty.delivery.brokers.errors import BrokerGone
from loyalty.delivery.brokers.messages import Message
from loyalty.delivery.brokers.relaying import Relay, relay_events, relay_round
from loyalty.delivery.brokers.taking import consume_events
from loyalty.delivery.brokers.tests.hearing import by_aggregate, hear, hear_by, ids, running
from loyalty.events.models import EventReader
from loyalty.sql import ROOT
from loyalty.testing.brokers import free_port
from loyalty.testing.log import settle_log

pytestmark = [pytest.mark.xdist_group("brokers"), pytest.mark.slow]

RELAY = [sys.executable, str(ROOT / "manage.py"), "relay_events", "--from-start"]
HAS_TO_WAIT = "select exists (select from pg_locks l join pg_stat_activity a using (pid) where not l.granted \
and a.datname = current_database() and a.query like '%%loyalty_eventreader%%')"


@pytest.fixture
def kept(nats_broker, topic):
    """A broker that keeps the topic."""
    with opened(nats_broker.url) as broker:
        broker.subscribe(topic)
        yield broker


def relay_all(relay: Relay, broker) -> int:
    told = 0
    while (counts := relay_round(broker, relay))[0]:
        told += counts[1]
    return told


def told_ids(events) -> list[str]:
    return [str(event.event_id) for event in events]


def test_a_relay_begins_with_what_comes_after_it_and_goes_on_where_it_was(db, things, kept, topic):
    things()
    settle_log()
    relay = Relay(name="crm", topic=topic)
    assert relay_all(relay, kept) == 0

    written = things()
    settle_log()
    assert relay_all(relay, kept) == 20
    assert relay_all(relay, kept) == 0
    assert ids(hear_by(kept, topic)) == told_ids(written)
    assert EventReader.objects.get(name="relay:crm").position == written[-1].id


def test_only_what_is_asked_for_goes_and_what_is_of_no_brand_stays(db, things, bistro, kept, topic):
    wanted = things(things=1, count=1)
    things(things=1, count=1, brand=bistro)
    things(things=1, count=1, type="voucher.issued")
    things(things=1, count=1, brand=None)
    things(things=1, count=1, type="webhook.disabled")
    settle_log()

    relay = Relay(topic=topic, brand_id=wanted[0].brand_id, types=("member.*",), from_start=True)
    assert relay_all(relay, kept) == 1
    assert ids(hear_by(kept, topic)) == told_ids(wanted)
    assert relay_all(Relay(name="all", topic=topic, from_start=True), kept) == 3


def test_a_broker_that_is_gone_leaves_the_place_as_it_was(db, things, nats_broker, topic):
    things()
    settle_log()
    gone = opened(nats_broker.url)
    broker = gone.__enter__()
    gone.__exit__(None, None, None)

    with pytest.raises(BrokerGone):
        relay_round(broker, Relay(topic=topic, from_start=True))
    assert not EventReader.objects.filter(position__gt=0).exists()


def test_rabbitmq_refuses_what_no_queue_takes_and_nothing_is_lost(db, things, rabbit_server, topic):
    written = things()
    settle_log()
    relay = Relay(topic=topic, from_start=True)
    with opened(rabbit_server.url) as broker, pytest.raises(BrokerGone, match="no queue is bound"):
        relay_round(broker, relay)

    with opened(rabbit_server.url) as broker:
        broker.subscribe(topic, group="crm")
        assert relay_all(relay, broker) == 20
        assert ids(hear_by(broker, topic, group="crm")) == told_ids(written)


def test_the_command_filters_and_says_what_it_did(db, things, nats_broker, kept, topic, capsys):
    things(things=1, count=3)
    settle_log()

    call_command(
        "relay_events", to=nats_broker.url, topic=topic, brand="cafe", type=["member.*"], binary=True, from_start=True,
        until_empty=True,
    )  # fmt: skip

    assert capsys.readouterr().out == "told the broker of 3 events\n"
    assert [one.headers["ce-type"] for one in hear_by(kept, topic)] == ["member.updated"] * 3


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"to": "rabbit"}, "an address without a scheme is none of"),
        ({"to": "nats://127.0.0.1", "brand": "nobody"}, "there is no brand 'nobody'"),
        ({"to": "nats://127.0.0.1", "type": ["member.*", "vocher.*"]}, "There is no event 'vocher.*'. Did you mean"),
    ],
)
def test_the_command_refuses_what_cannot_be(db, asked, said):
    with pytest.raises(CommandError, match=said):
        call_command("relay_events", **asked)


def test_the_command_gives_up_on_a_broker_that_is_not_there_and_keeps_its_password(db):
    with pytest.raises(CommandError) as caught:
        call_command("relay_events", to=f"amqp://loyalty:s3cret@127.0.0.1:{free_port()}//", until_empty=True)

    assert "s3cret" not in str(caught.value)


@contextmanager
def relaying(url: str, topic: str, address: str):
    """The command in a process of its own on the test's database."""
    process = subprocess.Popen(
        [*RELAY, "--to", url, "--topic", topic, "--group", "crm"],
        cwd=ROOT, env=os.environ | {"DATABASE_URL": address}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def until(question, *, seconds: int = 30) -> None:
    end = time.monotonic() + seconds
    while not question():
        assert time.monotonic() < end, "it does not come about"
        time.sleep(0.05)


def asked(sql: str):
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone()[0]


@pytest.mark.django_db(transaction=True)
def test_a_relay_killed_between_publishing_and_writing_it_down_repeats_and_loses_nothing(
    things, rabbit_server, topic, database_url
):
    written = things()
    settle_log()
    EventReader.objects.create(name="relay:default", position=0)

    with relaying(rabbit_server.url, topic, database_url) as killed, transaction.atomic():
        EventReader.objects.select_for_update().get()
        until(lambda: asked(HAS_TO_WAIT))
        killed.send_signal(signal.SIGKILL)
        killed.wait()
    assert EventReader.objects.get().position == 0

    with relaying(rabbit_server.url, topic, database_url) as another:
        until(lambda: EventReader.objects.get().position == written[-1].id)
        another.send_signal(signal.SIGTERM)
        output, errors = another.communicate(timeout=20)

    assert (another.returncode, output) == (0, "told the broker of 20 events\n"), errors
    heard = hear(rabbit_server.url, topic, group="crm")
    assert ids(heard) == told_ids(written) * 2
    assert by_aggregate(heard) == {str(event.aggregate_id): [1, 2, 3, 4, 5] for event in written}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("server", ["nats_broker", "rabbit_server"])
def test_a_broker_that_is_started_again_gets_all_of_the_log(things, server, topic, request, caplog):
    server = request.getfixturevalue(server)
    if not server.command:
        pytest.skip("this broker is not ours to restart")
    relay = Relay(topic=topic, from_start=True)
    written = things()
    settle_log()
    with running(lambda stop: relay_events(server.url, relay, stop=stop, group="crm")):
        until(lambda: EventReader.objects.filter(position=written[-1].id).exists())
        server.stop()
        written += things()
        server.start()
        written += things()
        until(lambda: EventReader.objects.filter(position=written[-1].id).exists(), seconds=60)

    heard = hear(server.url, topic, group="crm")
    assert set(ids(heard)) == set(told_ids(written))
    assert by_aggregate(heard) == {str(event.aggregate_id): [1, 2, 3, 4, 5] for event in written}
    assert re.search(r"beginning again in \d+ s", caplog.text)


@pytest.mark.django_db(transaction=True)
def test_kafka_gets_all_of_the_log_and_gives_it_while_its_brokers_go_and_come(things, kafka_brokers, topic, inbox):
    relay, url = Relay(topic=topic, from_start=True), kafka_brokers.url
    written = things()
    settle_log()
    with (
        running(lambda stop: relay_events(url, relay, stop=stop)),
        running(lambda stop: consume_events(url, inbox.source_id, stop=stop, topic=topic, group="crm")),
    ):
        until(lambda: len(inbox.taken) == len(written))
        try:
            kafka_brokers.stop()
            written += things()
            time.sleep(3)
        finally:
            kafka_brokers.start()
        written += things()
        until(lambda: len(inbox.taken) >= len(written), seconds=60)

    heard = [Message(body=body, headers={}) for body in inbox.taken]
    assert sorted(ids(heard)) == sorted(told_ids(written))
    assert by_aggregate(heard) == {str(event.aggregate_id): [1, 2, 3, 4, 5] for event in written}


@pytest.mark.django_db(transaction=True)
def test_of_two_relays_of_one_name_one_waits(things, kept, topic, nats_broker):
    things()
    settle_log()
    relay = Relay(topic=topic, from_start=True)
    seen = []

    class Slow:
        """While it publishes, another tries to."""

        def publish(self, messages, *, topic):
            with running(lambda stop: seen.append(relay_round(kept, relay))):
                pass
            kept.publish(messages, topic=topic)

    assert relay_round(Slow(), relay) == (20, 20)
    assert seen == [(0, 0)]
    assert len(hear_by(kept, topic)) == 20
