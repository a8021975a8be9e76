"""Clients of the API for tests: with a server key, as a person, or as nobody. They speak JSON unless told otherwise."""

import pytest
from rest_framework.test import APIClient

from loyalty.identity import keys, tokens
from loyalty.roles import SCOPES


class JsonClient(APIClient):
    """An API client whose bodies are JSON."""

    default_format = "json"


def with_key(plain: str) -> JsonClient:
    """A client that shows this server key."""
    client = JsonClient()
    client.credentials(HTTP_AUTHORIZATION=f"Api-Key {plain}")
    return client


def with_login(person) -> JsonClient:
    """A client logged in as the person, without the cost of a password."""
    client = JsonClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {tokens.issue_access(person)}")
    return client


@pytest.fixture
def client(db):
    """Nobody in particular."""
    return JsonClient()


@pytest.fixture
def cafe_key(cafe):
    """The plain text of a key of the cafe with every scope and no limit."""
    return keys.create_server_key(cafe, name="till", scopes=SCOPES, rate="")[1]


@pytest.fixture
def api(cafe_key):
    """The cafe's till."""
    return with_key(cafe_key)


@pytest.fixture
def bistro_api(bistro):
    """The bistro's till, a stranger to the cafe's members."""
    return with_key(keys.create_server_key(bistro, name="till", scopes=SCOPES, rate="")[1])


@pytest.fixture
def key_with(cafe):
    """A function that makes a client with a key of the cafe that has these scopes only."""
    return lambda *scopes: with_key(keys.create_server_key(cafe, name="narrow", scopes=scopes, rate="")[1])


@pytest.fixture
def as_person(db):
    """A function that makes a client logged in as the person, without the cost of a password."""
    return with_login


@pytest.fixture
def ana_client(ana):
    return with_login(ana.person)


@pytest.fixture
def barista_client(barista):
    return with_login(barista)


@pytest.fixture
def manager_client(manager):
    return with_login(manager)


@pytest.fixture
def operator_client(operator):
    return with_login(operator)
