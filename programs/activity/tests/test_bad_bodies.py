"""Bodies that are not what they should be: each is refused, none moves a point, none is a 500."""

import json

import pytest

from programs.activity.tests.tills import available, deposit, pointers, purchase

pytestmark = pytest.mark.django_db

# As JSON text, for some of them no client library would send.
AMOUNTS = [
    "-1", "0", "1.5", "NaN", "Infinity", "-Infinity", "1e3", "1e400", "1E400", "100000000000000000000", "true", "null",
    '"7"', '"\u0667"', '"1_0"', '""', '" 5"', "[5]", "{}", "9" * 5000, "5.0",
]  # fmt: skip
MONEY = [
    "100", "1.5", '"-1.00"', '"1,00"', '"1e2"', '"01.00"', '".50"', '"1."', '"\u0661\u0660"', '" 1.00"', '"1.00 "',
    '"1_0"', '"NaN"', '"Infinity"', '""', "null", "true", "[]", "{}", '"' + "9" * 400 + '"', '"1.00001"',
]  # fmt: skip
assert len(AMOUNTS) == len(MONEY) == 21


def send(api, address, text):
    return api.generic("POST", address, text, content_type="application/json")


@pytest.mark.parametrize("text", AMOUNTS)
@pytest.mark.parametrize(("address", "field"), [("deposit", "amount"), ("redeem", "points"), ("holds", "points")])
def test_points_are_whole_json_numbers(api, ana_beans, address, field, text):
    deposit(api, 1000)
    body = f'{{"program_id": "BEANS", "{field}": {text}, "idempotency_key": "k"}}'

    assert send(api, f"/api/members/ana/{address}", body).status_code == 400
    assert available(api) == 1000


@pytest.mark.parametrize("text", MONEY)
def test_money_is_a_decimal_string(api, ana_beans, text):
    body = json.dumps(purchase()).replace('"100.00"', text)

    response = send(api, "/api/members/ana/earn", body)

    assert response.status_code == 400, response.content
    assert available(api) == 0


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"currency": "euro"}, "/currency"),
        ({"currency": "eur"}, "/currency"),
        ({"reference": ""}, "/reference"),
        ({"reference": "x" * 201}, "/reference"),
        ({"reference": 7}, "/reference"),
        ({"occurred_at": "2026-10-01"}, "/occurred_at"),
        ({"occurred_at": "2026-10-01T12:00:00"}, "/occurred_at"),
        ({"occurred_at": 1_760_000_000}, "/occurred_at"),
        ({"items": {}}, "/items"),
        ({"items": [{"sku": "A", "quantity": 0, "amount": "1.00"}]}, "/items/0/quantity"),
        ({"items": [{"sku": "A", "quantity": 1, "amount": "1.00", "price": 5}]}, "/items/0/price"),
        ({"items": [{"sku": "A", "quantity": 1}]}, "/items/0/amount"),
        ({"tenders": [{"type": "", "amount": "1.00"}]}, "/tenders/0/type"),
        ({"metadata": []}, "/metadata"),
        ({"idempotency_key": ""}, "/idempotency_key"),
        ({"idempotency_key": "x" * 256}, "/idempotency_key"),
        ({"idempotency_key": "a\tb"}, "/idempotency_key"),
        ({"points": 5}, "/points"),
        ({"member_id": "ana"}, "/member_id"),
        ({"program_id": None}, "/program_id"),
        ({"source": "x\u0000y"}, "/source"),
    ],
)
def test_each_mistake_is_named(api, ana_beans, change, pointer):
    assert pointers(api.post("/api/members/ana/earn", purchase() | change)) == [pointer]
    assert available(api) == 0


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("", 400),
        ("{", 400),
        ("[]", 400),
        ("null", 400),
        ("[" * 20_000, 400),
        ('{"a":' * 20_000, 400),
        ('{"amount": "1.00", "amount": "2.00"}', 400),
        (" " * 1_100_000, 413),
        ('{"program_id": "BEANS", "x": "' + "x" * 1_100_000 + '"}', 413),
    ],
)
def test_a_body_that_cannot_be_read_is_refused(api, ana_beans, text, status):
    assert send(api, "/api/members/ana/earn", text).status_code == status


def test_all_mistakes_are_named_at_once(api, ana_beans):
    response = api.post("/api/members/ana/earn", {"amount": 5, "currency": "x", "extra": 1})

    assert set(pointers(response)) == {"/program_id", "/amount", "/currency", "/reference", "/extra"}


def test_one_bad_purchase_of_a_batch_does_not_spoil_the_rest(api, ana_beans):
    bodies = ["x", None, [], purchase("1.00", member_id="ana"), purchase("1.5", member_id="ana", idempotency_key="\n")]

    response = api.post("/api/transactions/accrue/batch", {"transactions": bodies})

    assert [one["status"] for one in response.json()["results"]] == [400, 400, 400, 201, 400]
