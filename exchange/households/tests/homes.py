"""How the tests of households speak to the API."""

from datetime import timedelta

from exchange.gifts.tests.giving_points import fresh
from exchange.households.models import HouseholdMember
from loyalty import clock


def begin(client, **more):
    return client.post("/api/households", {"program_id": "BEANS"} | more)


def do(client, household: str, verb: str, **body):
    return client.post(f"/api/households/{household}/{verb}", body)


def spend(client, household: str, points: int, *, key: str = "", **more):
    body = {"points": points, "idempotency_key": key or fresh()} | more
    return client.post(f"/api/households/{household}/redeem", body)


def shown(client, household: str) -> dict:
    return client.get(f"/api/households/{household}").json()


def standing(client, household: str) -> dict[str, str]:
    """The state of everybody's part, by member."""
    return {part["member_id"]: part["status"] for part in shown(client, household)["members"]}


def wait(household: str, hours: int = 25) -> None:
    """Everybody joined that long ago."""
    HouseholdMember.objects.filter(household=household).update(joined_at=clock.now() - timedelta(hours=hours))
