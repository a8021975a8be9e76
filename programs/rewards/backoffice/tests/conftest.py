"""What the tests of these screens stand on: the cafe's rewards, locations and people at their posts."""

from types import SimpleNamespace

import pytest
from django.db import transaction

from loyalty.identity.models import Location, Person, Staff
from programs.rewards.backoffice.tests.pages import ACTOR, logged_in
from programs.rewards.catalogue import operations
from programs.rewards.models import Reward, Voucher
from programs.rewards.vouchers.issue import issue_voucher


@pytest.fixture
def canal(cafe) -> Location:
    return Location.objects.create(brand=cafe, code="canal", name="At the canal")


@pytest.fixture
def square(cafe) -> Location:
    return Location.objects.create(brand=cafe, code="square", name="On the square")


@pytest.fixture
def coffee(beans) -> Reward:
    """2.50 EUR off for 100 beans, of which there are three."""
    return operations.create_reward(
        beans, code="coffee", name="Coffee", kind="discount", actor=ACTOR, discount_kind="amount", value_minor=250,
        points_cost=100, stock_left=3, stock_low_at=3, status="active",
    )  # fmt: skip


@pytest.fixture
def issue(beans):
    """A function that issues a voucher of BEANS."""

    def issued(kind: str = "unique", **fields) -> Voucher:
        with transaction.atomic():
            return issue_voucher(program=beans, actor=ACTOR, kind=kind, **fields)

    return issued


@pytest.fixture
def percent_off(issue):
    """A voucher for ten per cent off."""
    return issue(terms={"kind": "discount", "discount_kind": "percent", "percent": "10", "currency": "EUR"})


@pytest.fixture
def partner(cafe, canal) -> Person:
    """Somebody of a partner, bound to the location at the canal."""
    person = Person.objects.create_user("partner@example.com", "correct horse battery", name="Partner")
    Staff.objects.create(person=person, brand=cafe, role=Staff.Role.PARTNER, location=canal)
    return person


@pytest.fixture
def desk(barista, manager, partner) -> SimpleNamespace:
    """The portal as staff, admin and partner of the cafe."""
    return SimpleNamespace(staff=logged_in(barista), admin=logged_in(manager), partner=logged_in(partner))
