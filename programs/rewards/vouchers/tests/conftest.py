"""What the tests of vouchers stand on: vouchers of the cafe, locations, and its till as a principal."""

import pytest
from django.db import transaction

from loyalty.identity.keys import create_server_key
from loyalty.identity.models import Location
from loyalty.identity.principals import Principal
from loyalty.roles import SCOPES
from programs.rewards.models import Voucher
from programs.rewards.vouchers.issue import issue_voucher


@pytest.fixture
def till(cafe) -> Principal:
    """A server key of the cafe with every scope, as the operations see it."""
    key, _ = create_server_key(cafe, name="till", scopes=SCOPES, rate="")
    return Principal(kind="key", id=key.id, actor=f"key:{key.id}", brands={cafe.id: "key"}, scopes=frozenset(SCOPES))


@pytest.fixture
def canal(cafe) -> Location:
    return Location.objects.create(brand=cafe, code="canal", name="At the canal")


@pytest.fixture
def square(cafe) -> Location:
    return Location.objects.create(brand=cafe, code="square", name="On the square")


@pytest.fixture
def issued(beans):
    """A function that issues a voucher of BEANS; `terms` are added to those of a free product."""

    def issue(kind: str = "unique", *, terms: dict | None = None, **fields) -> Voucher:
        said = {"kind": "product", "name": "Coffee", "reward_code": "coffee", "currency": "EUR"} | (terms or {})
        with transaction.atomic():
            return issue_voucher(program=beans, actor="test", kind=kind, terms=said, **fields)

    return issue


@pytest.fixture
def amount_off(issued):
    """A function that issues a voucher for so many minor units off an order."""
    return lambda minor, **fields: issued(
        terms={"kind": "discount", "discount_kind": "amount", "value_minor": minor}, **fields
    )
