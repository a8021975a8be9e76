"""The OpenAPI document says what is so."""

import re

import pytest
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.validation import validate_schema

from loyalty.http.tests import addresses

DOCUMENTED = ["earn", "brands", "events"]


@pytest.fixture
def document():
    GENERATOR_STATS.reset()
    patterns = [one for one in addresses.urlpatterns if any(name in str(one.pattern) for name in DOCUMENTED)]
    made = SchemaGenerator(patterns=patterns).get_schema(public=True)
    assert not GENERATOR_STATS, "the document was made with warnings"
    validate_schema(made)
    return made


def test_it_is_openapi_3_1_with_all_that_the_handlers_promise(document):
    earn = document["paths"]["/api/members/{member}/earn"]["post"]

    assert document["openapi"] == "3.1.0"
    assert (earn["operationId"], earn["summary"], earn["description"], earn["tags"]) == (
        "try_a_purchase",
        "Try a purchase",
        "Says what was understood.",
        ["Transactions"],
    )
    assert earn["security"] == [{"server": ["earn"]}, {"person": []}]
    assert earn["x-permission"] == "points.earn"
    assert [(one["name"], one["in"]) for one in earn["parameters"]] == [
        ("member", "path"),
        ("Idempotency-Key", "header"),
    ]
    assert sorted(earn["responses"]) == [
        *["201", "400", "401", "403", "404", "406", "409", "413", "415", "422", "429", "500", "503"]
    ]
    assert sorted(earn["responses"]["201"]["headers"]) == [
        *["Idempotent-Replayed", "Location", "RateLimit", "RateLimit-Policy"]
    ]


def test_shapes_are_components(document):
    purchase = document["components"]["schemas"]["Purchase"]

    assert purchase["required"] == ["points"]
    assert purchase["additionalProperties"] is False
    assert purchase["properties"]["points"]["maximum"] == 10**15
    assert "Item" in document["components"]["schemas"]
    page = document["components"]["schemas"]["BrandAnswerPage"]
    assert page["properties"]["results"]["items"] == {"$ref": "#/components/schemas/BrandAnswer"}
    assert sorted(page["required"]) == ["next", "previous", "results"]


def test_patterns_are_written_for_everybody(document):
    patterns = re.findall(r"'pattern': '([^']*)'", str(document))

    assert patterns
    assert not any("\\Z" in pattern for pattern in patterns)


def test_problems_have_their_codes_and_content_type(document):
    earn = document["paths"]["/api/members/{member}/earn"]["post"]
    name = earn["responses"]["409"]["$ref"].rpartition("/")[2]
    problem = document["components"]["responses"][name]["content"]["application/problem+json"]

    assert problem["schema"] == {"$ref": "#/components/schemas/Problem"}
    assert sorted(problem["examples"]) == ["conflict", "idempotency-key-in-flight"]


def test_query_parameters_and_versions_are_documented(document):
    events = document["paths"]["/api/events"]["get"]
    parameters = {one["name"]: one for one in events["parameters"]}

    assert sorted(parameters) == sorted(
        ["cursor", "page_size", "type", "after", "is_late", "sequence", "If-None-Match"]
    )
    assert parameters["after"]["schema"]["format"] == "date-time"
    assert parameters["is_late"]["schema"] == {"type": "boolean"}
    assert "304" in events["responses"]


def test_the_document_is_served_as_json_and_yaml(client, settings):
    settings.ROOT_URLCONF = "loyalty.urls"

    plain = client.get("/api/schema", HTTP_ACCEPT="*/*")
    asked = client.get("/api/schema?format=json", HTTP_ACCEPT="*/*")
    yaml = client.get("/api/schema", HTTP_ACCEPT="application/yaml")

    assert plain["Content-Type"] == asked["Content-Type"] == "application/json"
    assert plain.json()["openapi"] == "3.1.0"
    assert yaml.content.startswith(b"openapi: 3.1.0")


def test_the_page_needs_nothing_from_elsewhere(client, settings):
    settings.ROOT_URLCONF = "loyalty.urls"

    page = client.get("/api/docs", HTTP_ACCEPT="text/html")

    assert page.status_code == 200
    assert "/static/drf_spectacular_sidecar/" in page.content.decode()
    assert re.findall(r'(?:src|href)="(?:https?:)?//[^"]*"', page.content.decode()) == []
