"""Two brands that exchange: the cafe's BEANS for the bistro's FORKS and back, Ana and Ben in both; another brand knows
nothing of it."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from exchange.rates.models import Agreement
from exchange.rates.tests.pairs import open_pair, program
from loyalty.identity.models import Brand, BrandMember, Person, Staff
from loyalty.identity.principals import Principal
from programs.membership.operations import enrol

BEGAN = datetime(2026, 1, 5, tzinfo=UTC)


def agreed(one, two, *, price="0.005", currency="EUR", **terms) -> Agreement:
    """An agreement of the pair that has been active since long ago, at this price for a point."""
    agreement = open_pair(one, two)
    told = {"point_price": Decimal(price) if price else None, "currency": currency, "active_since": BEGAN, **terms}
    Agreement.objects.filter(pk=agreement.pk).update(**told)
    agreement.refresh_from_db()
    return agreement


@pytest.fixture
def forks(bistro):
    return program(bistro, "FORKS")


@pytest.fixture
def there(beans, forks):
    """Beans can be exchanged for forks; the cafe owes 0.005 EUR for each of these."""
    return agreed(beans, forks)


@pytest.fixture
def back(beans, forks):
    """And forks for beans, at 0.010 EUR."""
    return agreed(forks, beans, price="0.010")


@pytest.fixture
def ana_forks(forks, ana, bistro):
    BrandMember.objects.create(brand=bistro, member=ana, external_id="ana-at-bistro")
    return enrol(forks, ana)


@pytest.fixture
def ben_forks(forks, ben, bistro):
    BrandMember.objects.create(brand=bistro, member=ben, external_id="ben-at-bistro")
    return enrol(forks, ben)


def admin_of(brand, *, role=Staff.Role.ADMIN) -> Principal:
    """Somebody with a post at the brand, as operations know them."""
    person = Person.objects.create_user(f"{role}@{brand.code}.example", "correct horse battery", name=brand.name)
    Staff.objects.create(person=person, brand=brand, role=role)
    return Principal(kind="person", id=person.pk, actor=f"person:{person.pk}", brands={brand.pk: str(role)})


@pytest.fixture
def cafe_admin(cafe):
    return admin_of(cafe)


@pytest.fixture
def bistro_admin(bistro):
    return admin_of(bistro)


@pytest.fixture
def bakery_admin(db):
    """Of a brand that has nothing to do with the pair."""
    return admin_of(Brand.objects.create(code="bakery", name="Bakery"))
