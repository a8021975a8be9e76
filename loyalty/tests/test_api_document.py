"""The OpenAPI document of the whole service: nothing that can be posted is without an example, and every example is
what the document itself says it must be."""

import pytest
from drf_spectacular.generators import SchemaGenerator
from jsonschema import Draft202012Validator

from loyalty import web

JSON = "application/json"


@pytest.fixture(scope="module")
def document():
    return SchemaGenerator(urlconf="loyalty.urls").get_schema(public=True)


def operations(document) -> dict[str, dict]:
    return {
        f"{method.upper()} {path}": operation
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }


def bodies(operation: dict) -> dict[str, dict]:
    """The content of the request and of each answer that has a body, by "request" or status."""
    told = {"request": operation.get("requestBody", {})} | operation["responses"]
    return {name: one["content"][JSON] for name, one in told.items() if JSON in one.get("content", {})}


def codes(document, name: str, status: str) -> set[str]:
    """The problem codes that an operation may answer with a status."""
    answer = operations(document)[name]["responses"].get(status, {})
    while "$ref" in answer:
        answer = document["components"]["responses"][answer["$ref"].rpartition("/")[2]]
    return set(answer["content"]["application/problem+json"]["examples"]) if answer else set()


def test_whatever_can_be_posted_has_examples_of_body_and_answers(document):
    posts = {name: one for name, one in operations(document).items() if name.startswith("POST ")}
    without = [
        f"{name} {body}" for name, one in posts.items() for body, told in bodies(one).items() if "examples" not in told
    ]

    assert len(posts) > 20
    assert without == []


def test_every_example_fits_its_schema(document):
    wrong = {}
    for name, operation in operations(document).items():
        for body, told in bodies(operation).items():
            judge = Draft202012Validator(told["schema"] | {"components": document["components"]})
            for example in told.get("examples", {}).values():
                mistakes = [error.message for error in judge.iter_errors(example["value"])]
                if mistakes:
                    wrong[f"{name} {body}"] = mistakes

    assert wrong == {}


@pytest.mark.parametrize(
    "name", ["GET /api/tiers", "POST /api/programs", "POST /api/members", "GET /api/members/{member}/balance"]
)
def test_who_names_a_program_or_brand_beside_the_path_is_told_that_it_may_be_unknown(document, name):
    assert codes(document, name, "404") == {"not-found"}


def test_what_needs_a_key_says_so_and_what_has_a_reference_does_not(document):
    needing = {name for name in operations(document) if "idempotency-key-required" in codes(document, name, "400")}

    assert needing == {
        "POST /api/exchanges",
        "POST /api/holds/{hold}/capture",
        "POST /api/holds/{hold}/release",
        "POST /api/households/{household}/redeem",
        "POST /api/members/{member}/deposit",
        "POST /api/members/{member}/gifts",
        "POST /api/members/{member}/holds",
        "POST /api/members/{member}/redeem",
        "POST /api/offers/{reward}/claim",
        "POST /api/qr/scan",
        "POST /api/stamp-cards/{stamp_card}/voucher",
        "POST /api/transactions/redeem",
        "POST /api/transactions/{transaction}/reverse",
        "POST /api/vouchers",
        "POST /api/vouchers/{voucher}/cancel",
        "POST /api/vouchers/{voucher}/redeem",
        "POST /api/vouchers/{voucher}/rollback",
    }


def test_whoever_must_be_known_is_told_what_is_wrong_with_their_credentials(document):
    closed = [name for name, one in operations(document).items() if one.get("security", [{}]) != [{}]]

    assert len(closed) > 30
    for name in closed:
        assert codes(document, name, "401") >= {"not-authenticated", "invalid-key", "invalid-token"}, name


def test_a_post_without_a_body_says_what_becomes_of_one_that_is_sent_all_the_same(document):
    name = "POST /api/programs/{program}/join"

    assert codes(document, name, "413") == {"body-too-large"}
    assert codes(document, name, "415") == {"unsupported-media-type"}


def test_the_web_server_takes_the_longest_query_parameter_that_the_document_allows(document):
    """A character of four bytes is twelve when it is escaped."""
    longest = max(
        len(f"{name}?{parameter['name']}=") + 12 * parameter["schema"].get("maxLength", 0)
        for name, operation in operations(document).items()
        for parameter in operation.get("parameters", ())
        if parameter["in"] == "query" and parameter["name"] != "cursor"
    )

    assert longest + len(" HTTP/1.1") < web.limit_request_line
