"""After each test that used the database: every event that it wrote is of a declared type and holds what that declares.
One look at the log's counter where nothing was written. Types that a test makes up begin with `test.`; a test writing
what no room would is marked `made_up_events`."""

import json

import pytest
from django.db import OperationalError, connection
from psycopg.pq import TransactionStatus

from loyalty.events.fitting import mistakes

COUNTER = "select case when is_called then last_value else 0 end from loyalty_event_id_seq"
# One event stands for all that have the same fields with values of the same kind.
WRITTEN = """
select e.type, e.version, to_jsonb((array_agg(e.data order by e.id))[1:3])::text
from loyalty_event e
where e.id > %s and e.type not like 'test.%%'
group by e.type, e.version,
         (select string_agg(key || jsonb_typeof(value), ',' order by key) from jsonb_each(e.data))
order by min(e.id)
"""


class Seen:
    """How far this process has looked; flushing a database begins the count anew."""

    upto = 0


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    result = yield
    wrong = undeclared() if "_django_db_helper" in getattr(item, "fixturenames", ()) else []
    if wrong and not item.get_closest_marker("made_up_events"):
        pytest.fail("events that do not fit their declaration:\n" + "\n".join(wrong), pytrace=False)
    return result


def _written() -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(COUNTER)
        (newest,) = cursor.fetchone()
        if newest == Seen.upto:
            return []
        since, Seen.upto = Seen.upto if newest > Seen.upto else 0, newest
        cursor.execute(WRITTEN, [since])
        return cursor.fetchall()


def undeclared() -> list[str]:
    """What does not fit in the events written since the last time of asking."""
    if connection.needs_rollback or connection.connection is None or connection.connection.closed:
        return []
    if connection.connection.info.transaction_status == TransactionStatus.INERROR:
        return []
    try:
        found = _written()
    except OperationalError:
        # The test took the database away.
        return []
    written = ((type, version, data) for type, version, events in found for data in json.loads(events))
    return sorted({each for one in written for each in mistakes(*one)})
