"""The sender as a process: what hangs holds up nobody, what is stopped ends in order, and what is killed loses
nothing."""

import asyncio
import os
import signal
import subprocess
import sys
import time
import uuid

import pytest
from django.db import connection

from loyalty.delivery.webhooks.models import WebhookDelivery
from loyalty.delivery.webhooks.sending import Sender
from loyalty.delivery.webhooks.tests.receiving import Answered
from loyalty.sql import ROOT

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

SECONDS_MAX = 60


@pytest.fixture
def start(database_url):
    """A function that starts a sender, as a process that is ended with the test."""
    started = []

    def begin(*more: str) -> subprocess.Popen:
        command = [sys.executable, str(ROOT / "manage.py"), "deliver_webhooks", *more]
        env = os.environ | {"DATABASE_URL": database_url, "WEBHOOKS_ALLOW_LOOPBACK": "on", "LOG_LEVEL": "WARNING"}
        process = subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        started.append(process)
        return process

    yield begin
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()


def until(is_so, seconds: int = SECONDS_MAX) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, "it did not come to it in time"
        time.sleep(0.05)


def open_deliveries() -> int:
    return WebhookDelivery.objects.filter(status__in=["waiting", "sending"]).count()


def send_for(seconds: float, **options):
    """A sender in this process, for so long or until it ends by itself."""

    async def run():
        stop, sender = asyncio.Event(), Sender(**options)
        asyncio.get_running_loop().call_later(seconds, stop.set)
        return await sender.run(stop)

    return asyncio.run(run())


def test_a_sender_sends_until_nothing_is_left(endpoint, receiver, earned):
    aggregates = [uuid.uuid4() for _ in range(5)]
    for _ in range(4):
        for aggregate in aggregates:
            earned(2, aggregate=aggregate)

    tally = send_for(30, until_empty=True)

    assert (tally.recorded.delivered, open_deliveries()) == (40, 0)
    for aggregate in aggregates:
        got = [one.sequence for one in receiver.got if one.event["aggregate_id"] == str(aggregate)]
        assert got == list(range(1, 9))


def test_an_endpoint_that_hangs_holds_up_nobody_else(endpoint_at, receiver, earned):
    endpoint_at(receiver.url("/quick"))
    endpoint_at(receiver.url("/hangs"))
    for _ in range(60):
        earned()
    taken: dict[str, float] = {}

    def answer(got):
        taken.setdefault(got.headers["webhook-id"], time.monotonic()) if got.path == "/quick" else None
        return Answered(after=30 if got.path == "/hangs" else 0)

    receiver.answer = answer
    began = time.monotonic()
    tally = None

    async def run():
        nonlocal tally
        stop, sender = asyncio.Event(), Sender()
        task = asyncio.create_task(sender.run(stop))
        while len(taken) < 60 and time.monotonic() - began < 20:
            await asyncio.sleep(0.02)
        seconds = time.monotonic() - began
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        return seconds

    seconds = asyncio.run(run())

    assert len(taken) == 60
    assert seconds < 8


def test_a_sender_that_is_told_to_stop_finishes_what_is_under_way_and_puts_the_rest_back(
    start, endpoint, receiver, earned
):
    for _ in range(30):
        earned()
    receiver.answer = lambda got: Answered(after=0.5)
    process = start()
    until(lambda: len(receiver.got) >= 8)

    process.send_signal(signal.SIGTERM)
    told, _ = process.communicate(timeout=30)

    assert process.returncode == 0
    assert f"delivered {len(receiver.got)} events" in told
    statuses = list(WebhookDelivery.objects.values_list("status", flat=True))
    assert (statuses.count("delivered"), statuses.count("sending")) == (len(receiver.got), 0)


def test_what_a_sender_that_was_killed_had_in_hand_is_sent_by_the_next(start, endpoint, receiver, earned):
    aggregates = [uuid.uuid4() for _ in range(10)]
    events = [event for aggregate in aggregates for event in earned(10, aggregate=aggregate)]
    receiver.answer = lambda got: Answered(after=0.1)
    for kills in range(3):
        process = start()
        until(lambda kills=kills: len(receiver.got) >= 10 * (kills + 1))
        process.kill()
        process.wait()
    in_hand = WebhookDelivery.objects.filter(status="sending").count()

    start()
    until(lambda: WebhookDelivery.objects.exists() and not open_deliveries())

    assert in_hand > 0
    assert {got.headers["webhook-id"] for got in receiver.got} == {str(event.event_id) for event in events}
    for aggregate in aggregates:
        firsts = list(
            dict.fromkeys(one.sequence for one in receiver.got if one.event["aggregate_id"] == str(aggregate))
        )
        assert firsts == list(range(1, 11))


def test_two_senders_share_the_work_and_send_nothing_twice(start, endpoint_at, receiver, earned):
    for number in range(4):
        endpoint_at(receiver.url(f"/{number}"))
    for _ in range(50):
        earned(2)

    start(), start()
    until(lambda: WebhookDelivery.objects.count() == 400 and not open_deliveries())

    assert len(receiver.got) == 400
    assert len({(got.path, got.headers["webhook-id"]) for got in receiver.got}) == 400


def test_a_sender_whose_database_connections_are_cut_again_and_again_loses_nothing_and_keeps_the_order(
    start, endpoint, receiver, earned
):
    aggregates = [uuid.uuid4() for _ in range(6)]
    events = [event for aggregate in aggregates for event in earned(20, aggregate=aggregate)]
    receiver.answer = lambda got: Answered(after=0.02)
    others = "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() \
and backend_type = 'client backend' and pid <> pg_backend_pid()"

    process = start()
    for number in range(4):
        until(lambda number=number: len(receiver.got) >= 10 * (number + 1))
        with connection.cursor() as cursor:
            cursor.execute(others)
    until(lambda: WebhookDelivery.objects.exists() and not open_deliveries())

    assert process.poll() is None
    assert {got.headers["webhook-id"] for got in receiver.got} == {str(event.event_id) for event in events}
    for aggregate in aggregates:
        came = [one.sequence for one in receiver.got if one.event["aggregate_id"] == str(aggregate)]
        assert list(dict.fromkeys(came)) == list(range(1, 21))
