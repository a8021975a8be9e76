"""The brokers as the tests of this room use them: one topic for each test, and a log to publish."""

from types import SimpleNamespace
from uuid import uuid4

import pytest
from django.db import transaction

from loyalty.delivery.brokers import taking
from loyalty.delivery.brokers.errors import Unreadable
from loyalty.errors import NotFound
from loyalty.events.log import record
from loyalty.ids import uuid7


@pytest.fixture(params=["rabbitmq", "nats", "kafka"])
def broker_url(request):
    """Each of the brokers in turn."""
    if request.param == "kafka":
        return request.getfixturevalue("kafka_url")
    return request.getfixturevalue("rabbit_server" if request.param == "rabbitmq" else "nats_broker").url


@pytest.fixture
def topic():
    return f"test.{uuid4().hex}"


@pytest.fixture
def things(cafe):
    """Writes `count` events of each of `things`, by turns; answers those written."""

    def write(*, things: int = 4, count: int = 5, brand=cafe, type: str = "member.updated") -> list:
        ids = [uuid7() for _ in range(things)]
        with transaction.atomic():
            return [record(type, brand_id=brand and brand.id, aggregate_id=one) for _ in range(count) for one in ids]

    return write


@pytest.fixture
def inbox(monkeypatch):
    """A taker that counts each body once; "refused" it refuses, and at "flaky" it fails twice."""
    taken, calls, source_id = [], [], uuid4()

    def check(asked):
        if asked != source_id:
            raise NotFound

    def take(asked, headers, body):
        calls.append((asked, dict(headers), body))
        if body == b"refused":
            raise Unreadable
        if body == b"broken" or (body == b"flaky" and sum(call[2] == body for call in calls) < 3):
            raise ValueError("the taker fails")
        if body in taken:
            return "repeated"
        taken.append(body)
        return "done"

    monkeypatch.setattr(taking, "_registered", {})
    taking.register_taker(take, check=check)
    return SimpleNamespace(source_id=source_id, taken=taken, calls=calls)
