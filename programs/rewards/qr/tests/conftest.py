"""What is shown and scanned in the tests of codes: a voucher of Ana's, a coffee card, and the till that scans."""

from itertools import count

import pytest
from django.db import transaction

from loyalty.identity.models import Location
from programs.rewards.models import Reward, Voucher
from programs.rewards.stamps.cards import create_card
from programs.rewards.vouchers.issue import issue_voucher


@pytest.fixture
def canal(cafe) -> Location:
    return Location.objects.create(brand=cafe, code="canal", name="At the canal")


@pytest.fixture
def issued(beans):
    """A function that issues a voucher of BEANS for a coffee."""

    def issue(member=None, **fields) -> Voucher:
        terms = {"kind": "product", "name": "Coffee", "currency": "EUR"} | fields.pop("terms", {})
        given = {"kind": "personal" if member else "unique", "member": member, "terms": terms, "actor": "test"}
        with transaction.atomic():
            return issue_voucher(program=fields.pop("program", beans), **{**given, **fields})

    return issue


@pytest.fixture
def voucher(issued, ana, ana_beans) -> Voucher:
    """Ana's, for one coffee."""
    return issued(ana)


@pytest.fixture
def card(beans):
    """Four stamps for a free coffee."""
    kind = {"kind": "free_item", "status": "active"}
    coffee = Reward.objects.create(program=beans, code="free-coffee", name="Free coffee", **kind)
    return create_card(beans, code="coffee", name="Coffee card", reward=coffee, stamps_needed=4, actor="test")


@pytest.fixture
def show():
    """A function that lets a client make a code; gives the answer's body."""

    def make(client, purpose, **asked) -> dict:
        answer = client.post("/api/qr", {"purpose": purpose, **asked})
        assert answer.status_code == 201, answer.content
        return answer.json()

    return make


@pytest.fixture
def scan():
    """A function that lets a client scan a code, with a key of its own unless one is given."""
    numbers = count(1)

    def read(client, token, *, key: str = "", **asked):
        name = key or f"scan-{next(numbers)}"
        return client.post("/api/qr/scan", {"token": token, **asked}, HTTP_IDEMPOTENCY_KEY=name)

    return read
