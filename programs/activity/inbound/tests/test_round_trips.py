"""How often the database is asked for one event: what is told a thousand times a minute has to be cheap."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from loyalty.testing.statements import beginnings
from programs.activity.inbound.doors import take_in
from programs.activity.inbound.tests.telling import paid, told
from programs.earning.models import EventType

pytestmark = pytest.mark.django_db(transaction=True)
AROUND = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")


def asked(act) -> int:
    """How many statements it took, without those that begin and end transactions."""
    with CaptureQueriesContext(connection) as captured:
        act()
    return len([one for one in beginnings(captured.captured_queries) if not one.upper().startswith(AROUND)])


def test_an_order_takes_six_statements(cafe, ana_beans):
    """What it means, the row, the places, the points with the purchase, the status, and who waits for it."""
    take_in(cafe, paid("order-0"))

    assert asked(lambda: take_in(cafe, paid("order-1"))) == 6


def test_an_event_for_rules_takes_six(cafe, ana_beans):
    EventType.objects.create(brand=cafe, name="review.written", fields={})
    take_in(cafe, told("review.written"))

    assert asked(lambda: take_in(cafe, told("review.written"))) == 6


def test_what_is_told_again_takes_three(cafe, ana_beans):
    order = paid("order-1")
    take_in(cafe, order)

    assert asked(lambda: take_in(cafe, order)) == 3


def test_what_nobody_knows_takes_three(cafe, ana_beans):
    assert asked(lambda: take_in(cafe, told("cart.left"))) == 3
