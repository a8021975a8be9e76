"""A broker in place of the job queue: it is told of what waits, and who listens settles it. Against a real RabbitMQ."""

import threading
import time
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection

from exchange.requests.models import Exchange
from exchange.settling import relay
from exchange.settling.settling import Settled, put_off
from exchange.settling.tests.waiting import make_pair
from loyalty import clock

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("brokers"), pytest.mark.slow]


@pytest.fixture
def broker_url(rabbit_server):
    return rabbit_server.url


@pytest.fixture
def broker(broker_url, settings):
    """The broker, with nothing in its queue."""
    settings.EXCHANGE_BROKER_URL = broker_url
    with relay.broker() as opened:
        with opened.channel() as channel:
            relay.QUEUE(channel).purge()
        yield opened


@pytest.fixture
def pair(cafe, bistro):
    return make_pair(cafe, bistro, members=20)


def waiting(opened) -> list[dict]:
    """Takes the messages that lie in the queue."""
    found = []
    with opened.channel() as channel:
        queue = relay.QUEUE(channel)
        while message := queue.get():
            found.append(message.payload)
            message.ack()
    return found


def listen_until_settled(total: int) -> Settled:
    """Listens in a thread until so many exchanges have ended."""
    stop, told = threading.Event(), []

    def run() -> None:
        try:
            told.append(relay.listen(stop))
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    until = time.monotonic() + 30
    while Exchange.objects.filter(status="completed").count() < total and time.monotonic() < until:
        time.sleep(0.05)
    stop.set()
    thread.join()
    return told[0]


def test_what_waits_is_told_once_and_settled_by_who_listens(pair, broker):
    pair.ask_all(pair.members)

    assert relay.tell(broker) == 20
    assert relay.tell(broker) == 0
    assert listen_until_settled(20) == Settled(completed=20)
    assert waiting(broker) == []


def test_a_message_names_a_lane_and_what_waits_in_it(pair, broker):
    made = pair.ask_all(pair.members[:3], lane=5)
    relay.tell(broker)

    assert waiting(broker) == [{"lane": 5, "exchanges": [str(one.id) for one in made]}]


def test_what_got_lost_in_the_broker_is_told_again_and_what_is_told_twice_is_settled_once(pair, broker):
    pair.ask_all(pair.members[:4], lane=5)
    relay.tell(broker)
    waiting(broker)

    with clock.at(clock.now() + timedelta(seconds=61)):
        assert relay.tell(broker) == 4
    with clock.at(clock.now() + timedelta(seconds=130)):
        assert relay.tell(broker) == 4
    assert listen_until_settled(4) == Settled(completed=4)


def test_what_is_put_off_is_told_again_when_its_time_has_come(pair, broker):
    exchange = pair.ask(pair.members[0])
    relay.tell(broker)
    put_off(exchange.id, RuntimeError("not now"))

    assert relay.tell(broker) == 0
    with clock.at(clock.now() + timedelta(seconds=2)):
        assert relay.tell(broker) == 1


def test_a_listener_that_dies_leaves_its_message_to_the_next(pair, broker, broker_url):
    pair.ask_all(pair.members[:4], lane=5)
    relay.tell(broker)
    with relay.broker(broker_url) as other:
        channel = other.channel()
        assert relay.QUEUE(channel).get() is not None
        other.close()

    assert listen_until_settled(4) == Settled(completed=4)


def test_a_broker_that_does_not_confirm_leaves_them_untold(pair, broker):
    pair.ask(pair.members[0])
    broker.close()
    dead = relay.Connection("amqp://guest:guest@127.0.0.1:1//")
    with pytest.raises(OSError):
        relay.tell(dead)

    assert Exchange.objects.get().told_at is None


def test_the_command_tells_of_all_that_waits(pair, broker, capsys):
    pair.ask_all(pair.members)
    call_command("relay_exchanges", "--once")

    assert capsys.readouterr().out == "told the broker of 20 exchanges\n"
    assert listen_until_settled(20).completed == 20


def test_without_a_broker_the_command_says_so(settings):
    settings.EXCHANGE_BROKER_URL = ""
    with pytest.raises(CommandError, match="names no broker"):
        call_command("relay_exchanges")
