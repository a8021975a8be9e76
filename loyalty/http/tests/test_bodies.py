"""What is let in: strict JSON, and every mistake named with its pointer."""

import gc
import json
import time

import pytest

from loyalty.http import parsers, shapes
from loyalty.http.tests.addresses import Purchase

EARN = "/api/members/ana/earn"
WHOLE = "invalid-type"


def send(client, raw: bytes | str, content_type="application/json"):
    return client.generic("POST", EARN, raw, content_type=content_type)


def mistakes_of(response) -> list[tuple[str, str]]:
    assert response["Content-Type"] == "application/problem+json"
    return [(one["pointer"], one["code"]) for one in response.json().get("errors", [])]


@pytest.mark.parametrize(
    ("points", "code"),
    [
        ("-1", "out-of-range"),
        ("0", "out-of-range"),
        ("1.5", WHOLE),
        ("1.0", WHOLE),
        ("1e3", WHOLE),
        ("true", WHOLE),
        ("null", WHOLE),
        ('"7"', WHOLE),
        ('"\u0667"', WHOLE),
        ('"1_0"', WHOLE),
        ("[1]", WHOLE),
        ("{}", WHOLE),
        ("100000000000000000000", "out-of-range"),
        ("1000000000000001", "out-of-range"),
        ("-9223372036854775809", "out-of-range"),
    ],
)
def test_points_are_whole_json_numbers_within_bounds(till, points, code):
    response = send(till, f'{{"points": {points}}}')

    assert response.status_code == 400
    assert mistakes_of(response) == [("/points", code)]


@pytest.mark.parametrize(
    "raw",
    [
        b'{"points": NaN}',
        b'{"points": Infinity}',
        b'{"points": -Infinity}',
        b'{"points": 1e400}',
        b'{"points": ' + b"9" * 5000 + b"}",
        '{"points": \u0667}'.encode(),
        b'{"points": 1_0}',
        b'{"points": 01}',
        b'{"points": +1}',
        b'{"points": 0x10}',
        b'{"points": 1,}',
        b"{'points': 1}",
        b'{"points": 1} {}',
        b'{"points": 1',
        b"points=1",
        b'\xef\xbb\xbf{"points": 1}',
        b'{"reference": "\xff"}',
        '{"points": 1}'.encode("utf-16"),
        b"[" * 20_000,
        b'{"a":' * 20_000,
        b'{"points": 1, "metadata": ' + b'{"a":' * 32 + b"1" + b"}" * 33,
        b'{"points": 1, "metadata": {"a": ' + b"[" * 900 + b"]" * 900 + b"}}",
    ],
)
def test_what_is_not_json_or_is_nested_too_deep_is_malformed(till, raw):
    response = send(till, raw)

    assert response.status_code == 400
    assert response.json()["code"] == "malformed-json"


def test_thirty_two_levels_are_deep_enough_for_anybody(till):
    assert send(till, b'{"points": 1, "metadata": ' + b'{"a":' * 30 + b"1" + b"}" * 31).status_code == 201


@pytest.mark.parametrize("raw", [b"[]", b'"x"', b"1", b"null", b"true"])
def test_the_body_is_an_object(till, raw):
    response = send(till, raw)

    assert (response.status_code, mistakes_of(response)) == (400, [("", WHOLE)])


def test_fields_given_twice_are_refused_at_any_depth(till):
    response = send(
        till,
        b'{"points": 1, "points": 2, "items": [{"sku": "a", "sku": "b"}], "metadata": {"a": {"b/c": 1, "b/c": 1}}}',
    )

    assert response.status_code == 400
    assert mistakes_of(response) == [
        ("/points", "given-twice"),
        ("/items/0/sku", "given-twice"),
        ("/metadata/a/b~1c", "given-twice"),
    ]


@pytest.mark.parametrize("text", ["\\u0000", "a\\u0000b", "\\ud800", "\\udc00x"])
def test_characters_that_cannot_be_kept_are_refused(till, text):
    response = send(till, f'{{"points": 1, "reference": "{text}", "metadata": {{"{text}": 1, "a": ["{text}"]}}}}')

    assert response.status_code == 400
    assert mistakes_of(response) == [
        ("/reference", "forbidden-character"),
        ("/metadata", "forbidden-character"),
        ("/metadata/a/0", "forbidden-character"),
    ]


def test_fields_whose_names_cannot_be_spelled_are_refused(till):
    response = send(till, '{"points": 1, "\\ud800": 1, "\\ud800": 2}')

    assert (response.status_code, mistakes_of(response)) == (400, [("/?", "given-twice")])


def test_other_characters_are_kept(till):
    assert send(till, '{"points": 1, "reference": "caf\\u00e9 \\ud83d\\ude00 \\\\u0000 \u0667"}').status_code == 201


def test_every_mistake_is_told_at_once(till):
    body = {
        "amount": 5,
        "currency": "eur",
        "refrence": "a",
        "occurred_at": "2026-10-01T12:00:00",
        "items": [
            {"sku": "a", "quantity": 0, "amount": "1.00"},
            {"sku": "b" * 201, "amount": "1,00", "colour/s": 1},
            7,
        ],
        "metadata": [],
    }

    response = till.post(EARN, body)

    assert response.status_code == 400
    assert sorted(mistakes_of(response)) == [
        ("/amount", "invalid-type"),
        ("/currency", "invalid-format"),
        ("/items/0/quantity", "out-of-range"),
        ("/items/1/amount", "invalid-format"),
        ("/items/1/colour~1s", "unknown-field"),
        ("/items/1/quantity", "required"),
        ("/items/1/sku", "invalid-length"),
        ("/items/2", "invalid-type"),
        ("/metadata", "invalid-type"),
        ("/occurred_at", "offset-required"),
        ("/points", "required"),
        ("/refrence", "unknown-field"),
    ]
    hints = {one["pointer"]: one["detail"] for one in response.json()["errors"]}
    assert hints["/refrence"] == "There is no such field. Did you mean reference?"


def test_a_list_has_a_bound(till):
    item = {"sku": "a", "quantity": 1, "amount": "1.00"}

    assert mistakes_of(till.post(EARN, {"points": 1, "items": [item] * 6})) == [("/items", "invalid-length")]


@pytest.mark.parametrize(
    "amount", ["1.2.3", "-1", "+1", "1e3", "007", ".5", "5.", "1 ", " 1", "1\n", "\u0667", "1_0", "", "1" * 13]
)
def test_money_is_a_plain_decimal_string(till, amount):
    assert mistakes_of(till.post(EARN, {"points": 1, "amount": amount})) == [("/amount", "invalid-format")]


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [
        ("152.00", "USD", 15200),
        ("152", "USD", 15200),
        ("0.5", "EUR", 50),
        ("152", "JPY", 152),
        ("1.234", "KWD", 1234),
        ("999999999999.99", "EUR", 99999999999999),
        ("0", "EUR", 0),
    ],
)
def test_money_is_counted_in_the_minor_units_of_its_currency(till, amount, currency, minor):
    response = till.post(EARN, {"points": 1, "amount": amount, "currency": currency})

    assert response.json()["amount_minor"] == minor
    assert shapes.to_minor(shapes.from_minor(minor, currency), currency) == minor


@pytest.mark.parametrize(("amount", "currency"), [("1.001", "EUR"), ("1.5", "JPY"), ("1.2345", "KWD")])
def test_more_decimals_than_the_currency_has_are_refused(till, amount, currency):
    response = till.post(EARN, {"points": 1, "amount": amount, "currency": currency})

    assert (response.status_code, mistakes_of(response)) == (400, [("/amount", "too-many-decimals")])


@pytest.mark.parametrize(
    ("minor", "currency", "money"), [(5, "EUR", "0.05"), (-1250, "EUR", "-12.50"), (7, "JPY", "7"), (7, "BHD", "0.007")]
)
def test_money_goes_out_with_all_its_decimals(minor, currency, money):
    assert shapes.from_minor(minor, currency) == money


@pytest.mark.parametrize(
    ("given", "understood"),
    [
        ("2026-10-01T14:00:00+02:00", "2026-10-01T12:00:00Z"),
        ("2026-10-01T12:00:00.123456Z", "2026-10-01T12:00:00.123456Z"),
        ("2026-01-01T00:00:00-11:00", "2026-01-01T11:00:00Z"),
    ],
)
def test_moments_come_with_an_offset_and_go_out_in_utc(till, given, understood):
    assert till.post(EARN, {"points": 1, "occurred_at": given}).json()["occurred_at"] == understood


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ("2026-10-01T12:00:00", "offset-required"),
        ("2026-10-01", "invalid-format"),
        ("yesterday", "invalid-format"),
        ("2026-02-30T00:00:00Z", "invalid-format"),
        ("1899-12-31T00:00:00Z", "out-of-range"),
        ("0001-01-01T00:00:00+14:00", "out-of-range"),
        ("9999-12-31T23:59:59-12:00", "out-of-range"),
        (1790000000, "invalid-type"),
    ],
)
def test_moments_are_rfc_3339_and_of_our_time(till, given, code):
    response = till.post(EARN, {"points": 1, "occurred_at": given})

    assert (response.status_code, mistakes_of(response)) == (400, [("/occurred_at", code)])


def test_a_moment_out_of_bounds_is_told_beside_other_mistakes(till):
    response = till.post(EARN, {"points": 0, "occurred_at": "1800-01-01T00:00:00Z"})

    assert mistakes_of(response) == [("/points", "out-of-range"), ("/occurred_at", "out-of-range")]


def test_five_megabytes_are_too_large(till):
    response = send(till, b'{"points": 1, "reference": "' + b"a" * 5_000_000 + b'"}')

    assert (response.status_code, response.json()["code"]) == (413, "body-too-large")
    assert response["Content-Type"] == "application/problem+json"


def test_more_than_django_itself_would_read_is_too_large_as_well(till):
    response = send(till, b'"' + b"a" * 9_000_000 + b'"')

    assert (response.status_code, response.json()["code"]) == (413, "body-too-large")


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "", "application/jsonp"])
def test_the_body_says_that_it_is_json(till, content_type):
    response = send(till, b'{"points": 1}', content_type)

    assert (response.status_code, response.json()["code"]) == (415, "unsupported-media-type")


@pytest.mark.parametrize(
    "content_type", ["application/json; charset=utf-8", "Application/JSON", "application/cloudevents+json"]
)
def test_json_by_other_names_is_taken(till, content_type):
    assert send(till, b'{"points": 1}', content_type).status_code == 201


def test_no_body_is_an_empty_object(till):
    response = till.generic("POST", EARN)

    assert mistakes_of(response) == [("/points", "required")]


def test_query_parameters_are_typed_and_unknown_ones_refused(till):
    fine = till.get("/api/events?type=a&type=b&after=2026-10-01T12:00:00+02:00&is_late=true&sequence=3&page_size=10")
    wrong = till.get("/api/events?typ=a&after=now&is_late=yes&sequence=1.0&page_size=201&cursor=a&cursor=b")

    assert fine.status_code == 200
    assert wrong.status_code == 400
    assert till.get("/api/events?type=%00").status_code == 400
    assert sorted(mistakes_of(till.get("/api/events?typ=a&after=now&is_late=yes&sequence=1.0&page_size=201"))) == [
        ("/after", "invalid-format"),
        ("/is_late", "invalid-type"),
        ("/page_size", "out-of-range"),
        ("/sequence", "invalid-type"),
        ("/typ", "unknown-field"),
    ]


@pytest.mark.parametrize("number", ["1_0", "\u0667", "1e3", " 1", "9" * 5000, "0x1", ""])
def test_whole_numbers_in_a_query_are_plain(till, number):
    assert till.get("/api/events", {"page_size": number}).status_code == 400


def test_a_batch_of_a_thousand_is_read_in_milliseconds():
    item = {"sku": "a", "quantity": 1, "amount": "100.00"}
    one = {"points": 5, "amount": "152.00", "occurred_at": "2026-10-01T12:00:00+02:00", "items": [item] * 4}
    raw = json.dumps([one] * 1000).encode()

    gc.collect()
    begun = time.process_time()
    made = shapes.check(parsers.parse(raw), list[Purchase])
    spent = time.process_time() - begun

    assert (len(made), len(raw) > 250_000) == (1000, True)
    assert spent < 0.2, "it takes about 6 ms; a hundred times that is a bug, not a busy machine"
