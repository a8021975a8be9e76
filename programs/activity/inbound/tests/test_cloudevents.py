"""CloudEvents 1.0 as they come over HTTP: in all three modes, and every mistake at its place."""

import json
from base64 import b64encode
from datetime import UTC, datetime

import pytest

from loyalty.errors import Invalid
from loyalty.http.refusals import MalformedJson, UnsupportedMediaType
from programs.activity.inbound.cloudevents import BATCH_MAX, decoded, read_events
from programs.activity.inbound.envelope import Told

EVENT = {"specversion": "1.0", "id": "1", "source": "/shop", "type": "order.paid"}
STRUCTURED = {"content-type": "application/cloudevents+json; charset=utf-8"}
BATCH = {"content-type": "application/cloudevents-batch+json"}
BINARY = {
    "content-type": "application/json", "ce-specversion": "1.0", "ce-id": "1", "ce-source": "/shop",
    "ce-type": "order.paid",
}  # fmt: skip


def read(headers: dict, value) -> Told:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    (told,) = read_events(headers, raw)
    return told


def mistakes(headers: dict, value) -> list[tuple]:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    with pytest.raises(Invalid) as refused:
        read_events(headers, raw)
    return [(one.get("header") or one["pointer"], one["code"]) for one in refused.value.errors]


def test_a_structured_event_keeps_all_its_attributes():
    more = {"subject": "ana", "time": "2026-10-01T14:00:00+02:00", "programid": "BEANS", "data": {"amount": "1.00"}}

    told = read(
        STRUCTURED, EVENT | more | {"dataschema": "https://shop.example/order", "tenant": "north", "retries": 2}
    )

    assert told == Told(
        source="/shop", id="1", type="order.paid", time=datetime(2026, 10, 1, 12, tzinfo=UTC), subject="ana",
        program="BEANS", data={"amount": "1.00"},
        extensions={"dataschema": "https://shop.example/order", "tenant": "north", "retries": 2},
    )  # fmt: skip
    assert Told.of(told.document()) == told


def test_plain_json_is_taken_for_a_structured_event():
    assert read({"content-type": "application/json"}, EVENT) == read(STRUCTURED, EVENT)


def test_a_binary_event_has_its_attributes_in_headers_and_its_data_in_the_body():
    headers = BINARY | {"ce-subject": "Ana%20%C3%89", "ce-time": "2026-10-01T12:00:00Z", "ce-tenant": "north"}

    told = read(headers, {"amount": "1.00"})

    assert (told.subject, told.data, told.extensions["tenant"]) == ("Ana É", {"amount": "1.00"}, "north")
    assert told.time == datetime(2026, 10, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("content_type", "body", "data"),
    [
        ("application/vnd.shop+json", b"[1]", [1]),
        ("text/plain; charset=iso-8859-1", "caf\u00e9".encode("latin-1"), "caf\u00e9"),
        ("application/octet-stream", b"\x00\xff", b64encode(b"\x00\xff").decode()),
    ],
)
def test_the_data_of_a_binary_event_is_read_by_its_type(content_type, body, data):
    assert read(BINARY | {"content-type": content_type}, body).data == data


def test_a_binary_event_may_have_no_data():
    headers = {name: value for name, value in BINARY.items() if name != "content-type"}

    assert read(headers, b"").data is None


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("plain", "plain"), ("Euro%20%E2%82%AC", "Euro €"), ("100%25", "100%"), ("50% off", "50% off"),
        ('"quoted \\"so\\" %C3%A9"', 'quoted "so" é'), ("%2541", "%41"),
    ],
)  # fmt: skip
def test_headers_are_decoded_once(text, meant):
    assert decoded(text) == meant


def test_a_batch_is_many_events():
    found = read_events(BATCH, json.dumps([EVENT, EVENT | {"id": "2"}]).encode())

    assert [told.id for told in found] == ["1", "2"]
    assert read_events(BATCH, b"[]") == ()


def test_base64_is_data_too():
    packed = b64encode(b'{"amount": "1.00"}').decode()

    assert read(STRUCTURED, EVENT | {"data_base64": packed, "datacontenttype": "application/json"}).data == {
        "amount": "1.00"
    }
    assert read(STRUCTURED, EVENT | {"data_base64": packed}).data == packed


@pytest.mark.parametrize(
    ("headers", "value", "told"),
    [
        (STRUCTURED, {}, [(f"/{name}", "required") for name in ("specversion", "id", "source", "type")]),
        (STRUCTURED, EVENT | {"specversion": "0.3"}, [("/specversion", "unknown-version")]),
        (STRUCTURED, EVENT | {"id": ""}, [("/id", "invalid-length")]),
        (STRUCTURED, EVENT | {"time": "yesterday"}, [("/time", "invalid-format")]),
        (STRUCTURED, EVENT | {"subject": "a\nb"}, [("/subject", "forbidden-character")]),
        (STRUCTURED, EVENT | {"My-Name": "x"}, [("/My-Name", "unknown-field")]),
        (STRUCTURED, EVENT | {"tenant": {"a": 1}}, [("/tenant", "invalid-type")]),
        (STRUCTURED, EVENT | {"tenant": "x" * 1001}, [("/tenant", "invalid-type")]),
        (STRUCTURED, EVENT | {f"e{n}": "x" for n in range(51)}, [("", "too-many-entries")]),
        (STRUCTURED, EVENT | {"data": 1, "data_base64": "AA=="}, [("/data_base64", "one-of")]),
        (STRUCTURED, EVENT | {"data_base64": "?"}, [("/data_base64", "invalid-format")]),
        (STRUCTURED, [], [("", "invalid-type")]),
        (BATCH, [EVENT, {**EVENT, "id": 7}, 3], [("/1/id", "invalid-type"), ("/2", "invalid-type")]),
        (BATCH, [EVENT] * (BATCH_MAX + 1), [("", "invalid-type")]),
        (BATCH, EVENT, [("", "invalid-type")]),
        (BINARY | {"ce-type": ""}, b"1", [("ce-type", "invalid-length")]),
        (BINARY | {"ce-time": "now"}, b"1", [("ce-time", "invalid-format")]),
        (BINARY | {"ce-subject": "%FF"}, b"1", [("ce-subject", "invalid-format")]),
        (BINARY | {"ce-data": "1"}, b"1", [("ce-data", "unknown-field")]),
    ],
)  # fmt: skip
def test_mistakes_name_the_attribute(headers, value, told):
    assert mistakes(headers, value) == told


def test_what_is_no_event_is_refused_as_such():
    with pytest.raises(UnsupportedMediaType):
        read_events({"content-type": "text/xml"}, b"<a/>")
    with pytest.raises(MalformedJson):
        read_events(STRUCTURED, b"{")
    with pytest.raises(MalformedJson):
        read_events(BINARY, b"{")
