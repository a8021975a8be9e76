"""Events that come by a real broker count once, whoever dies with them in hand."""

import os
import signal
import subprocess
import sys
import time
from uuid import uuid4

import msgspec
import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from ledger.selectors import balances
from loyalty.delivery.brokers.connecting import opened
from loyalty.delivery.brokers.messages import Message
from loyalty.sql import ROOT
from programs.activity.inbound.models import EventSource, InboundEvent

pytestmark = [pytest.mark.xdist_group("brokers"), pytest.mark.slow]

ORDERS = 10
STRUCTURED = {"content-type": "application/cloudevents+json"}
HAS_IT_IN_HAND = """
select exists (select from pg_locks l join pg_stat_activity a using (pid)
               where not l.granted and a.datname = current_database())
"""


@pytest.fixture
def shop(cafe, beans):
    return EventSource.objects.create(brand=cafe, name="The shop", program=beans)


@pytest.fixture
def topic():
    return f"orders.{uuid4().hex}"


def order(number: int, *, is_binary: bool = False) -> Message:
    data = {"reference": f"order-{number}", "amount": "2.00", "currency": "EUR"}
    attributes = {"specversion": "1.0", "id": str(number), "source": "/shop", "type": "order.paid", "subject": "ana"}
    headers = STRUCTURED
    if is_binary:
        headers = {"content-type": "application/json"} | {f"ce-{name}": one for name, one in attributes.items()}
    body = msgspec.json.encode(data if is_binary else attributes | {"data": data})
    return Message(id=str(uuid4()), key="ana", body=body, headers=headers, type="order.paid")


def publish(url: str, topic: str, messages: list[Message]) -> None:
    with opened(url) as broker:
        broker.subscribe(topic)
        broker.subscribe(f"dead.{topic}")
        broker.publish(messages, topic=topic)


def points(membership) -> int:
    return balances([membership.account_id])[membership.account_id].posted


@pytest.mark.django_db
@pytest.mark.parametrize("broker", ["rabbitmq", "nats", "kafka"])
def test_orders_of_either_mode_earn_once_and_what_is_no_event_is_put_aside(
    shop, ana_beans, broker, topic, request, capsys
):
    if broker == "kafka":
        url = request.getfixturevalue("kafka_url")
    else:
        url = request.getfixturevalue("rabbit_server" if broker == "rabbitmq" else "nats_broker").url
    nonsense = Message(key="ana", body=b"{nonsense", headers=STRUCTURED, type="order.paid")
    publish(url, topic, [order(1), nonsense, order(2, is_binary=True), order(1), order(2, is_binary=True)])

    call_command("consume_events", url=url, source=shop.id, topic=topic, until_empty=True)

    assert capsys.readouterr().out == "took 5 messages: 1 dead, 4 done\n"
    assert points(ana_beans) == 4
    assert [(one.sender, one.status) for one in InboundEvent.objects.all()] == [(shop, "done")] * 2


@pytest.mark.django_db
def test_nothing_is_taken_from_a_source_that_is_off(shop, topic):
    EventSource.objects.update(is_active=False)

    with pytest.raises(CommandError, match="switched off"):
        call_command("consume_events", url="nats://127.0.0.1:1", source=shop.id, topic=topic)


def until(question: str, *, seconds: int = 40) -> None:
    end = time.monotonic() + seconds
    with connection.cursor() as cursor:
        while not cursor.execute(question).fetchone()[0]:
            assert time.monotonic() < end, "it does not come about"
            time.sleep(0.05)
            # Who is connected is looked at once in a transaction, unless one asks for it anew.
            cursor.execute("select pg_stat_clear_snapshot()")


@pytest.mark.django_db(transaction=True)
def test_orders_in_the_hand_of_a_consumer_that_is_killed_are_not_lost(
    shop, ana_beans, rabbit_server, topic, database_url, capsys
):
    publish(rabbit_server.url, topic, [order(n) for n in range(ORDERS)])
    asked = ["--from", rabbit_server.url, "--source", str(shop.id), "--topic", topic]

    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("select from ledger_balance where account_id = %s for update", [ana_beans.account_id])
        killed = subprocess.Popen(
            [sys.executable, str(ROOT / "manage.py"), "consume_events", *asked],
            cwd=ROOT, env=os.environ | {"DATABASE_URL": database_url},
        )  # fmt: skip
        try:
            until(HAS_IT_IN_HAND)
        finally:
            killed.send_signal(signal.SIGKILL)
            killed.wait()
    call_command("consume_events", *asked, "--until-empty")

    assert capsys.readouterr().out == f"took {ORDERS} messages: {ORDERS} done\n"
    assert points(ana_beans) == 2 * ORDERS
