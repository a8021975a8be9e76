"""The description of all events. `asyncapi-3.0.0.schema.json.gz` is AsyncAPI's own schema of such documents (of the
package @asyncapi/specs 6.11.1, Apache License 2.0)."""

import gzip
import json
from pathlib import Path

import pytest
from jsonschema import Draft7Validator, Draft202012Validator, FormatChecker

from loyalty.events import catalogue

SCHEMA = Path(__file__).with_name("asyncapi-3.0.0.schema.json.gz")


@pytest.fixture
def document(client):
    return client.get("/api/asyncapi").json()


def resolved(document: dict, ref: str):
    for part in ref.removeprefix("#/").split("/"):
        document = document[part]
    return document


def refs(value) -> list[str]:
    if isinstance(value, dict):
        return [value["$ref"]] if "$ref" in value else [ref for each in value.values() for ref in refs(each)]
    return [ref for each in value for ref in refs(each)] if isinstance(value, list) else []


def test_the_document_is_as_asyncapi_asks(document):
    schema = json.loads(gzip.decompress(SCHEMA.read_bytes()))

    assert [mistake.message for mistake in Draft7Validator(schema).iter_errors(document)] == []


def test_every_reference_leads_somewhere(document):
    found = refs(document)

    assert len(found) > 100
    assert all(resolved(document, ref) for ref in found)


def test_there_is_a_message_for_every_type_and_version_and_both_channels_carry_it(document):
    names = {told.name for told in catalogue.declared()}

    assert set(document["components"]["messages"]) == names
    assert set(document["channels"]["webhooks"]["messages"]) == names
    assert set(document["channels"]["log"]["messages"]) == {name for name in names if not name.startswith("webhook.")}


def test_examples_are_as_their_messages_say(document):
    checker = FormatChecker()
    for message in document["components"]["messages"].values():
        schema = message["payload"] | {"components": document["components"]}
        validator = Draft202012Validator(schema, format_checker=checker)

        found = [
            mistake.message for example in message["examples"] for mistake in validator.iter_errors(example["payload"])
        ]

        assert found == [], message["name"]


def test_personal_fields_say_so(document):
    assert document["components"]["schemas"]["points.earned.v1.data"]["properties"]["reference"]["x-personal"] is True


def test_who_has_the_document_is_told_that_it_is_as_it_was(client):
    first = client.get("/api/asyncapi")

    second = client.get("/api/asyncapi", HTTP_IF_NONE_MATCH=first.headers["ETag"])

    assert (first.status_code, second.status_code, second.content) == (200, 304, b"")


def test_nobody_needs_a_login_for_it_and_it_asks_the_database_nothing(client, django_assert_num_queries, db):
    with django_assert_num_queries(0):
        assert client.get("/api/asyncapi").status_code == 200
