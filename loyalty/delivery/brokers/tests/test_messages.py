"""Events as messages, and how CloudEvents travel in them."""

import json

import pytest

from loyalty.delivery.brokers.messages import (
    Message,
    dead_topic,
    from_binding,
    in_rounds,
    message_of,
    to_binding,
)
from loyalty.events.envelopes import cloudevent

SOURCE = "https://loyalty.example/api/events"


@pytest.fixture
def event(things):
    return things(things=1, count=1)[0]


def test_an_event_is_a_cloudevent_in_the_body(event):
    message = message_of(event, source=SOURCE)

    assert json.loads(message.body) == cloudevent(event, source=SOURCE)
    assert (message.id, message.key) == (str(event.event_id), str(event.aggregate_id))
    assert message.headers == {"content-type": "application/cloudevents+json; charset=utf-8"}


def test_in_binary_mode_its_attributes_are_headers_and_the_body_is_its_data(event):
    message = message_of(event, source=SOURCE, is_binary=True)

    told = cloudevent(event, source=SOURCE)
    assert json.loads(message.body) == told["data"]
    assert message.headers == {
        "content-type": "application/json",
        "ce-specversion": "1.0",
        "ce-id": told["id"],
        "ce-source": SOURCE,
        "ce-type": told["type"],
        "ce-subject": told["subject"],
        "ce-time": told["time"],
        "ce-partitionkey": told["partitionkey"],
        "ce-sequence": told["sequence"],
    }


def test_headers_take_the_form_of_a_binding_and_come_back_from_it():
    headers = {"content-type": "application/json", "ce-id": "1", "ce-subject": "Euro%20%E2%82%AC"}

    kafka = to_binding(headers, prefix="ce_")
    amqp = to_binding(headers, prefix="cloudEvents:")

    assert kafka == {"content-type": "application/json", "ce_id": "1", "ce_subject": "Euro €"}
    assert amqp == {"content-type": "application/json", "cloudEvents:id": "1", "cloudEvents:subject": "Euro €"}
    assert from_binding(kafka, prefixes=("ce_",)) == headers
    assert from_binding(amqp, prefixes=("cloudEvents:", "cloudEvents_")) == headers
    assert from_binding({"cloudEvents_id": b"1"}, prefixes=("cloudEvents:", "cloudEvents_")) == {"ce-id": "1"}


def test_rounds_hold_a_key_once_and_keep_its_order():
    messages = [Message(key=key, id=str(n), body=b"", headers={}) for n, key in enumerate("aabacb")]

    rounds = [[one.id for one in part] for part in in_rounds(messages)]

    assert rounds == [["0", "2", "4"], ["1", "5"], ["3"]]


def test_what_is_put_aside_lies_outside_the_topic():
    assert dead_topic("orders.>") == "dead.orders"
    assert dead_topic("loyalty.inbound") == "dead.loyalty.inbound"
