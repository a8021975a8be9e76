"""A household of Ana and Ben."""

import pytest

from exchange.households.tests.homes import begin, do, wait


@pytest.fixture(autouse=True)
def often(settings):
    """Nobody is too fast here."""
    settings.PERSON_POINTS_RATE = "1000/m"


@pytest.fixture
def ben_client(ben, as_person):
    return as_person(ben.person)


@pytest.fixture
def home(ana_client, ben_client, ana_beans, ben_beans) -> str:
    """The id of a household that Ana owns and Ben joined, both longer ago than one waits."""
    household = begin(ana_client).json()["id"]
    do(ana_client, household, "invite", to_member="ben")
    do(ben_client, household, "join")
    wait(household)
    return household
