"""Lanes are woken, once for any number of exchanges, and settled by the worker."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from procrastinate.contrib.django.models import ProcrastinateJob

from exchange.requests import waking
from exchange.requests.models import Exchange
from exchange.settling import jobs
from exchange.settling.settling import Settled, put_off
from exchange.settling.tests.waiting import make_pair
from loyalty import clock
from loyalty.testing.working import work


def queued() -> list[tuple]:
    return list(ProcrastinateJob.objects.order_by("id").values_list("task_name", "queue_name", "args", "status"))


@pytest.mark.django_db
def test_a_lane_that_is_asked_for_often_is_woken_once(pair):
    with CaptureQueriesContext(connection) as queries:
        waking.asked(3)
        first = len([one for one in queries if "SAVEPOINT" not in one["sql"]])
        waking.asked(3)
    waking.asked(4)

    assert queued() == [
        ("exchange.settle_lane", "exchange", {"lane": 3}, "todo"),
        ("exchange.settle_lane", "exchange", {"lane": 4}, "todo"),
    ]
    assert (first, len([one for one in queries if "SAVEPOINT" not in one["sql"]])) == (2, 3)


@pytest.mark.django_db
def test_where_a_broker_tells_nobody_is_woken_but_for_what_it_left(pair, settings):
    settings.EXCHANGE_BROKER_URL = "amqp://nobody"
    pair.ask(pair.members[0], lane=2)
    waking.asked(2)
    jobs.wake_lanes(0)
    assert queued() == []

    with clock.at(clock.now() + timedelta(seconds=31)):
        jobs.wake_lanes(0)
    assert [args for _, _, args, _ in queued()] == [{"lane": 2}]


@pytest.mark.django_db
def test_lanes_are_found_in_which_something_is_due(pair):
    ana, ben, cleo = pair.members
    pair.ask(ana, lane=1)
    put_off(pair.ask(ben, lane=2).id, RuntimeError("not now"))
    dead = pair.ask(cleo, lane=3)
    for _ in range(6):
        put_off(dead.id, RuntimeError("never"))

    assert jobs.lanes_with_work() == [1]
    with clock.at(clock.now() + timedelta(seconds=2)):
        assert jobs.lanes_with_work() == [1, 2]


@pytest.mark.django_db
def test_a_lane_is_drained_and_leaves_what_is_too_much_to_another_job(pair, monkeypatch):
    pair.ask_all([pair.members[0]] * 5, 1, lane=1)
    monkeypatch.setattr(jobs, "BATCHES_MAX", 3)

    assert jobs.drain(1) == Settled(completed=3)
    assert [args for _, _, args, _ in queued()] == [{"lane": 1}]
    assert jobs.drain(1) == Settled(completed=2)


@pytest.mark.django_db(transaction=True)
def test_the_worker_settles_what_it_is_woken_for(cafe, bistro):
    pair = make_pair(cafe, bistro, members=20)
    for exchange in pair.ask_all(pair.members):
        waking.asked(exchange.lane)
    work()

    assert set(Exchange.objects.values_list("status", flat=True)) == {"completed"}
