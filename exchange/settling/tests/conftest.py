"""A pair of programs with members for the tests of this room."""

import pytest

from exchange.settling.tests.waiting import make_pair


@pytest.fixture
def pair(cafe, bistro):
    """Three members with 1,000 miles each, at 2.5 nights a mile."""
    return make_pair(cafe, bistro, members=3)
