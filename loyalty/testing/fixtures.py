"""A small world for tests: the brand cafe with its program BEANS, its members Ana and Ben, a server key, clients;
and the brand bistro, a stranger to all of them."""

import time
from types import SimpleNamespace

import pytest

from loyalty.identity.models import Brand, BrandMember, Member, Person, Staff


@pytest.fixture(autouse=True)
def still_windows(monkeypatch):
    """The windows in which requests are counted begin at fixed times; none ends in the middle of a test."""
    began = time.time()
    for module in ("django_ratelimit.core", "loyalty.http.throttling"):
        monkeypatch.setattr(f"{module}.time", SimpleNamespace(time=lambda: began))


@pytest.fixture(autouse=True)
def keys_read_anew():
    """A process keeps the signing keys for a minute; those of one test are gone in the next."""
    from programs.rewards.qr import keys

    yield
    keys.forget()


@pytest.fixture(autouse=True)
def rates_read_anew():
    """What a process knows of rates, and the thread that hears of new ones, end with the test."""
    from exchange.rates import cache

    yield
    cache.stop()


@pytest.fixture
def cafe(db):
    return Brand.objects.create(code="cafe", name="Cafe")


@pytest.fixture
def bistro(db):
    return Brand.objects.create(code="bistro", name="Bistro")


def _member(brand, name):
    person = Person.objects.create_user(f"{name}@example.com", "correct horse battery", name=name.title())
    member = Member.objects.create(name=name.title(), email=person.email, person=person, created_by=brand)
    BrandMember.objects.create(brand=brand, member=member, external_id=name)
    return member


@pytest.fixture
def ana(cafe):
    """A member with a login, known to the cafe as "ana"."""
    return _member(cafe, "ana")


@pytest.fixture
def ben(cafe):
    """A member with a login, known to the cafe as "ben"."""
    return _member(cafe, "ben")


@pytest.fixture
def barista(cafe):
    """Staff of the cafe."""
    person = Person.objects.create_user("barista@example.com", "correct horse battery", name="Barista")
    Staff.objects.create(person=person, brand=cafe, role=Staff.Role.STAFF)
    return person


@pytest.fixture
def manager(cafe):
    """Brand admin of the cafe."""
    person = Person.objects.create_user("manager@example.com", "correct horse battery", name="Manager")
    Staff.objects.create(person=person, brand=cafe, role=Staff.Role.ADMIN)
    return person


@pytest.fixture
def operator(db):
    return Person.objects.create_superuser("operator@example.com", "correct horse battery", name="Operator")


@pytest.fixture
def beans(cafe):
    """The cafe's program: 1 point for each 1.00 EUR, never expiring, debts allowed."""
    from ledger.accounts import open_unit
    from programs.membership.models import Program

    return Program.objects.create(brand=cafe, unit=open_unit(cafe, name="beans"), code="BEANS", name="Cafe Beans")


def _enrol(program, member, card_number):
    from ledger.accounts import open_accounts
    from programs.membership.models import Membership

    account = open_accounts(program.unit, [member.id], debt_max=program.debt_max)[member.id]
    return Membership.objects.create(program=program, member=member, account=account, card_number=card_number)


@pytest.fixture
def ana_beans(beans, ana):
    """Ana's membership in BEANS."""
    return _enrol(beans, ana, "1000000000000009")


@pytest.fixture
def ben_beans(beans, ben):
    """Ben's membership in BEANS."""
    return _enrol(beans, ben, "1000000000000017")
