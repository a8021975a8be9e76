"""What the tests of these screens stand on: MILES of the cafe and NIGHTS of the bistro, and people at both."""

from types import SimpleNamespace

import pytest

from exchange.backoffice.tests.pages import logged_in
from exchange.settling.tests.waiting import Pair, make_pair
from loyalty.identity.models import Brand, Person, Staff


def worker(brand, role: str) -> Person:
    person = Person.objects.create_user(f"{role}@{brand.code}.example", "correct horse battery", name=f"{brand} {role}")
    Staff.objects.create(person=person, brand=brand, role=role)
    return person


@pytest.fixture
def pair(cafe, bistro) -> Pair:
    """Miles for nights at 2.5, with two members who have 1,000 miles each."""
    return make_pair(cafe, bistro, members=2)


@pytest.fixture
def desk(cafe) -> SimpleNamespace:
    """The portal as the cafe's people: they give miles."""
    return SimpleNamespace(**{role: logged_in(worker(cafe, role)) for role in ("admin", "staff", "partner")})


@pytest.fixture
def other(bistro) -> SimpleNamespace:
    """The portal as the bistro's people: they issue nights."""
    return SimpleNamespace(**{role: logged_in(worker(bistro, role)) for role in ("admin", "staff", "partner")})


@pytest.fixture
def stranger(db) -> SimpleNamespace:
    """The portal as the people of a brand that has nothing to do with either."""
    brand = Brand.objects.create(code="tavern", name="Tavern")
    return SimpleNamespace(admin=logged_in(worker(brand, "admin")), brand=brand)


@pytest.fixture
def above(operator):
    """The portal as an operator."""
    return logged_in(operator)
