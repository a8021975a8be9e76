"""The log is read on for messages without fetching what nobody is told of, and to its end only."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from loyalty.delivery.notifications import making
from loyalty.delivery.notifications.jobs import send_notifications
from loyalty.delivery.notifications.tests.telling import begin, going, set_up
from loyalty.events.models import EventReader
from loyalty.testing.log import settle_log

pytestmark = pytest.mark.django_db

FETCHES = 'FROM "loyalty_event" '


def test_where_no_brand_tells_anything_no_event_is_fetched(ana, beans):
    begin()
    last = going(ana, beans)
    settle_log()

    with CaptureQueriesContext(connection) as queries:
        read, made = making.make_messages()

    assert (read > 0, made) == (True, 0)
    assert not any(FETCHES in query["sql"] for query in queries)
    assert EventReader.objects.get(name=making.READER).position == last.id
    assert making.make_messages() == (0, 0)


def test_a_full_batch_ends_with_its_last_event_and_the_next_one_goes_on(ana, beans, cafe):
    set_up(cafe)
    begin()
    _, second, third = (going(ana, beans, points=points) for points in (1, 2, 3))
    settle_log()
    places = []
    while making.make_messages(limit=2)[0]:
        places.append(EventReader.objects.get(name=making.READER).position)

    assert places == [second.id, third.id]


def test_the_job_looks_at_a_short_log_once(ana, beans):
    begin()
    going(ana, beans)
    settle_log()

    with CaptureQueriesContext(connection) as queries:
        send_notifications(0)

    assert sum("loyalty_settled_events" in query["sql"] for query in queries) == 1
