"""Callers of the small addresses."""

import pytest
from rest_framework.test import APIClient

from loyalty.http import throttling


@pytest.fixture(autouse=True)
def small_addresses(settings):
    settings.ROOT_URLCONF = "loyalty.http.tests.addresses"


@pytest.fixture(autouse=True)
def no_leases():
    throttling.forget_leases()


def caller(name: str) -> APIClient:
    client = APIClient(HTTP_X_CALLER=name)
    client.default_format = "json"
    return client


@pytest.fixture
def till(db):
    """A server key without a limit."""
    return caller("key:till")


@pytest.fixture
def ana_asks(db):
    return caller("person:ana")


@pytest.fixture
def ben_asks(db):
    return caller("person:ben")
