"""Brokers by their addresses, and connecting again."""

import sys
import threading
from contextlib import contextmanager

import pytest

from loyalty.delivery.brokers.connecting import hidden, open_broker, while_connected
from loyalty.delivery.brokers.errors import BrokerGone, BrokerUnusable
from loyalty.testing.brokers import free_port

SECRET = "amqp://loyalty:p%40ss@127.0.0.1:{port}//"


@pytest.mark.parametrize("url", ["", "rabbit", "http://broker.example", "redis://broker.example"])
def test_an_address_of_no_broker_is_refused(url):
    with pytest.raises(BrokerUnusable, match="is none of amqp, amqps, nats, tls, kafka"):
        open_broker(url)


@pytest.mark.parametrize(
    ("scheme", "module", "package"), [("nats", "nats", "nats-py"), ("kafka", "confluent_kafka", "confluent-kafka")]
)
def test_a_client_that_is_not_installed_is_named(monkeypatch, scheme, module, package):
    monkeypatch.setitem(sys.modules, module, None)
    monkeypatch.delitem(sys.modules, f"loyalty.delivery.brokers.{scheme}", raising=False)

    with pytest.raises(BrokerUnusable, match=f"pip install {package}"):
        open_broker(f"{scheme}://127.0.0.1")


@pytest.mark.parametrize("scheme", ["amqp", "nats", "kafka"])
def test_a_broker_that_is_not_there_is_gone_and_its_password_is_not_told(scheme):
    pytest.importorskip({"amqp": "kombu", "nats": "nats", "kafka": "confluent_kafka"}[scheme])
    url = f"{scheme}://loyalty:p%40ssw0rd@127.0.0.1:{free_port()}"

    with pytest.raises(BrokerGone) as caught:
        open_broker(url)

    assert "ssw0rd" not in hidden(caught.value, url)


def test_a_password_is_hidden_in_any_text():
    url = "amqp://loyalty:p%40ss@broker.example//"

    assert hidden(f"{url} refused p@ss", url) == "amqp://loyalty:***@broker.example// refused ***"


def fails(*, times: int, used: list):
    """A connection that goes so many times, and then is used."""
    left = [BrokerGone(str(n)) for n in range(times)]

    @contextmanager
    def connect():
        if left:
            raise left.pop(0)
        yield used

    return connect


class Stop(threading.Event):
    """Waits for nothing, and remembers for how long it should have."""

    def __init__(self):
        super().__init__()
        self.waits = []

    def wait(self, timeout=None):
        self.waits.append(timeout)
        return super().is_set()


def test_it_connects_again_after_pauses_that_grow():
    stop, used = Stop(), []

    while_connected(fails(times=7, used=used), lambda one: one.append("used"), stop, errors=(BrokerGone,))

    assert stop.waits == [1, 2, 4, 8, 16, 30, 30]
    assert used == ["used"]


def test_with_so_many_tries_the_last_failure_is_raised():
    stop = Stop()
    with pytest.raises(BrokerGone, match="2"):
        while_connected(fails(times=7, used=[]), print, stop, errors=(BrokerGone,), tries_max=3)

    assert stop.waits == [1, 2]
