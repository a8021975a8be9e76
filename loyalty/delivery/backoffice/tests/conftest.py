"""What the tests of these screens stand on: people at the cafe and the bistro, and an endpoint of the cafe's."""

from types import SimpleNamespace

import pytest
from django.test import Client

from loyalty.delivery.webhooks.models import WebhookEndpoint
from loyalty.identity.models import Person, Staff


def _people(brand) -> SimpleNamespace:
    clients = {}
    for role in ("admin", "staff", "partner"):
        person = Person.objects.create_user(f"{role}@{brand.code}.example", "correct horse battery", name=role)
        Staff.objects.create(person=person, brand=brand, role=role)
        clients[role] = Client()
        clients[role].force_login(person)
    return SimpleNamespace(**clients)


@pytest.fixture
def desk(cafe) -> SimpleNamespace:
    """The portal as the cafe's people."""
    return _people(cafe)


@pytest.fixture
def other(bistro) -> SimpleNamespace:
    """The portal as the bistro's people."""
    return _people(bistro)


@pytest.fixture
def endpoint(cafe) -> WebhookEndpoint:
    return WebhookEndpoint.objects.create(
        brand=cafe, url="https://crm.example.com/told", description="The CRM", events=["*"], secret="whsec_c2VjcmV0"
    )
