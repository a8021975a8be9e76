"""Events as other systems tell them, for tests."""

from itertools import count

from loyalty import clock
from programs.activity.inbound.envelope import Told

_numbers = count(1)


def told(type: str, *, subject: str = "ana", data=None, **more) -> Told:
    """An event of the shop, under a number of its own unless told otherwise."""
    said = {"source": "/shop", "id": f"event-{next(_numbers)}", "time": clock.now(), "subject": subject}
    return Told(type=type, data=data, **said | more)


def paid(reference: str, amount: str = "12.50", **more) -> Told:
    data = {"reference": reference, "amount": amount, "currency": "EUR"} | more.pop("data", {})
    return told("order.paid", data=data, **more)


def returned(reference: str, amount: str | None = None, **more) -> Told:
    data = {"order_reference": reference} | ({"amount": amount} if amount else {}) | more.pop("data", {})
    return told("order.returned", data=data, subject=more.pop("subject", ""), **more)


def registered(subject: str, **data) -> Told:
    return told("guest.registered", subject=subject, data=data)
