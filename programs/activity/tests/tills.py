"""How the tests of this room speak to the API: a till's requests in one line."""

from itertools import count

_numbers = count(1)


def fresh(word: str = "key") -> str:
    """A key or reference that nobody has used."""
    return f"{word}-{next(_numbers)}"


def purchase(amount: str = "100.00", **more) -> dict:
    """The body of a purchase in BEANS."""
    body = {"program_id": "BEANS", "amount": amount, "currency": "EUR", "reference": fresh("receipt")}
    return body | more


def earn(api, amount: str = "100.00", *, member: str = "ana", **more) -> dict:
    """A purchase that is accepted."""
    response = api.post(f"/api/members/{member}/earn", purchase(amount, **more))
    assert response.status_code == 201, response.content
    return response.json()


def redeem(api, points: int, *, member: str = "ana", **more) -> dict:
    """A redemption that is accepted."""
    body = {"program_id": "BEANS", "points": points, "idempotency_key": fresh()} | more
    response = api.post(f"/api/members/{member}/redeem", body)
    assert response.status_code == 201, response.content
    return response.json()


def deposit(api, points: int, *, member: str = "ana", **more) -> dict:
    """A deposit that is accepted."""
    body = {"program_id": "BEANS", "amount": points, "idempotency_key": fresh()} | more
    response = api.post(f"/api/members/{member}/deposit", body)
    assert response.status_code == 201, response.content
    return response.json()


def give_back(api, transaction_id: str, **more) -> dict:
    """A return that is accepted."""
    body = {"reference": fresh("return")} | more
    response = api.post(f"/api/transactions/{transaction_id}/return", body)
    assert response.status_code == 201, response.content
    return response.json()


def balance(api, member: str = "ana") -> dict:
    """The member's only balance."""
    return api.get(f"/api/members/{member}/balance").json()


def available(api, member: str = "ana") -> int:
    return balance(api, member)["available"]


def refusal(response) -> tuple[int, str]:
    """The status and code of a problem document."""
    assert response["Content-Type"] == "application/problem+json", response.content
    return response.status_code, response.json()["code"]


def pointers(response) -> list[str]:
    """Where a body is wrong."""
    assert response.status_code == 400, response.content
    return [error["pointer"] for error in response.json()["errors"]]
