"""The pair of the tests of this room: MILES of the cafe become NIGHTS of the bistro, at 2.5 nights a mile."""

from types import SimpleNamespace

import pytest

from exchange.rates.tests.pairs import open_pair, program
from loyalty.identity.models import BrandMember
from programs.membership.operations import enrol


@pytest.fixture
def miles(cafe):
    return program(cafe, "MILES")


@pytest.fixture
def nights(bistro):
    return program(bistro, "NIGHTS")


@pytest.fixture
def pair(miles, nights):
    """The agreement of the pair."""
    return open_pair(miles, nights, rate="2.5")


@pytest.fixture
def swap(api, pair, ana, bistro):
    """Ana has 1,000 miles and takes part in both programs; what can be asked for her by the cafe's till."""
    BrandMember.objects.create(brand=bistro, member=ana, external_id="ana-at-bistro")
    memberships = {each.code: enrol(each, ana) for each in (pair.from_program, pair.to_program)}
    body = {"program_id": "MILES", "amount": 1000}
    assert api.post("/api/members/ana/deposit", body, HTTP_IDEMPOTENCY_KEY="first").status_code == 201

    def sides(**said):
        return {"member_id": "ana", "from_program_id": "MILES", "to_program_id": "NIGHTS", "from_amount": 100} | said

    def exchange(key="k", client=api, **said):
        return client.post("/api/exchanges", sides(idempotency_key=key, **said))

    def quote(client=api, **said):
        return client.post("/api/exchanges/quote", sides(**said))

    def balance(code="MILES"):
        found = api.get("/api/members/ana/balances") if code == "MILES" else None
        rows = found.json() if found else []
        row = next(row for row in rows if row["program_code"] == code)
        return row["available"], row["held"]

    return SimpleNamespace(exchange=exchange, quote=quote, balance=balance, memberships=memberships, sides=sides)
