"""How far behind settling is: told, and refused beyond a limit."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from exchange.requests.models import Exchange
from exchange.requests.waking import refusal
from exchange.settling import pressure
from exchange.settling.pressure import Pressure
from exchange.settling.settling import put_off
from loyalty import clock

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def asked_anew():
    pressure.forget()
    yield
    pressure.forget()


def test_nothing_waits(pair):
    assert pressure.pressure() == Pressure(0, 0, 0)
    assert refusal() is None


def test_it_counts_what_waits_since_when_and_what_is_dead(pair):
    ana, ben, cleo = pair.members
    first, second, dead = (pair.ask(one) for one in (ana, ben, cleo))
    put_off(second.id, RuntimeError("not now"))
    for _ in range(6):
        put_off(dead.id, RuntimeError("never"))

    with clock.at(first.created_at + timedelta(seconds=90)):
        assert pressure.read() == Pressure(2, 90, 1)


def test_it_is_asked_once_a_second(pair):
    with CaptureQueriesContext(connection) as queries:
        for _ in range(5):
            pressure.pressure()

    assert len(queries) == 1


def test_too_many_that_wait_refuse_the_next(pair, settings):
    settings.EXCHANGE_PENDING_MAX = 2
    pair.ask(pair.members[0])
    assert refusal() is None

    pair.ask(pair.members[1])
    pressure.forget()
    refused = refusal()
    assert (refused.code, refused.status, refused.facts) == ("exchange-backlog", 503, {"retry_after": 10})


def test_one_that_waits_too_long_refuses_the_next(pair, settings):
    settings.EXCHANGE_LAG_SECONDS_MAX = 60
    exchange = pair.ask(pair.members[0])

    with clock.at(exchange.created_at + timedelta(seconds=61)):
        assert refusal().code == "exchange-backlog"


def test_dead_ones_refuse_nobody(pair, settings):
    settings.EXCHANGE_PENDING_MAX = 1
    exchange = pair.ask(pair.members[0])
    for _ in range(6):
        put_off(exchange.id, RuntimeError("never"))

    assert refusal() is None


def test_the_figures_stand_among_the_metrics(pair, client):
    exchange = pair.ask(pair.members[0])
    # By a clock that stands still: a process's first page may take longer than a second.
    with clock.at(exchange.created_at + timedelta(seconds=90)):
        page = client.get("/metrics").content.decode()

    assert "loyalty_exchanges_waiting 1.0\n" in page
    assert "loyalty_exchanges_lag_seconds 90.0\n" in page
    assert "loyalty_exchanges_dead 0.0\n" in page
    assert Exchange.objects.count() == 1
