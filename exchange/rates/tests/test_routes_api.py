"""What a hundred points become in other programs, over the API."""

import pytest

from exchange.rates.tests.pairs import open_pair, program
from loyalty.identity.models import Brand


@pytest.fixture
def plates(bistro):
    return program(bistro, "PLATES")


@pytest.fixture
def pints(db):
    return program(Brand.objects.create(code="pub", name="Pub"), "PINTS")


@pytest.fixture
def pairs(beans, plates, pints):
    """BEANS to PLATES to PINTS, and PINTS to BEANS."""
    open_pair(beans, plates, rate="2.5", fee_percent="1")
    open_pair(plates, pints, rate="0.333333333")
    open_pair(pints, beans, rate="1")


def ways(client, more="from_program_id=BEANS&amount=100") -> list[tuple]:
    found = client.get(f"/api/rates/routes?{more}").json()["results"]
    return [([step["to_program_code"] for step in one["steps"]], one["to_amount"]) for one in found]


def test_each_step_is_told_exactly(operator_client, pairs, beans, plates, pints):
    answer = operator_client.get("/api/rates/routes?from_program_id=BEANS&amount=100").json()

    assert (answer["from_program_id"], answer["from_program_code"], answer["amount"]) == (str(beans.id), "BEANS", 100)
    first, second = answer["results"][1]["steps"]
    assert first | {"rate_id": ""} == {
        "from_program_id": str(beans.id), "from_program_code": "BEANS", "to_program_id": str(plates.id),
        "to_program_code": "PLATES", "rate_id": "", "rate": "2.5", "from_amount": 100, "fee": 1, "to_amount": 247,
        "residue": "0.5", "left": 0,
    }  # fmt: skip
    assert (second["from_amount"], second["to_amount"], second["residue"]) == (247, 82, "0.333333251")
    assert answer["results"][1]["to_program_id"] == str(pints.id)


def test_only_pairs_that_one_sees_are_gone_over(api, bistro_api, operator_client, ana_client, ana_beans, pairs):
    to_plates, to_pints = (["PLATES"], 247), (["PLATES", "PINTS"], 82)

    assert ways(operator_client) == ways(bistro_api) == [to_plates, to_pints]
    assert ways(api) == ways(ana_client) == [to_plates]
    assert ways(api, "from_program_id=PINTS&amount=100") == [(["BEANS"], 100), (["BEANS", "PLATES"], 247)][::-1]


def test_one_program_can_be_asked_for(operator_client, pairs, pints):
    assert ways(operator_client, f"from_program_id=BEANS&amount=100&to_program_id={pints.id}") == [
        (["PLATES", "PINTS"], 82)
    ]
    assert ways(operator_client, "from_program_id=BEANS&amount=100&to_program_id=NOWHERE") == []


def test_too_few_points_lead_nowhere(operator_client, pairs):
    assert ways(operator_client, "from_program_id=BEANS&amount=1") == []


def test_from_where_nobody_sees_nothing_is_asked(api, pairs, bistro):
    program(bistro, "FORKS")

    for name in ("NOWHERE", "FORKS"):
        answer = api.get(f"/api/rates/routes?from_program_id={name}&amount=100")
        assert (answer.status_code, answer.json()["code"]) == (404, "not-found")


@pytest.mark.parametrize("asked", ["amount=100", "from_program_id=BEANS", "from_program_id=BEANS&amount=0"])
def test_what_is_asked_for_must_be_said(api, pairs, asked):
    assert api.get(f"/api/rates/routes?{asked}").status_code == 400
