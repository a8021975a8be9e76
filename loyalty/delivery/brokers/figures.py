"""How far the readers of the log are behind, for /metrics."""

from collections.abc import Iterator

from django.db import DatabaseError, connection
from prometheus_client.core import GaugeMetricFamily

ASKED = """
select r.name, greatest(h.settled_id - r.position, 0) from loyalty_eventreader r cross join loyalty_eventhorizon h
where h.id = 1 order by r.name
"""


class Figures:
    """Asked at each scrape; a log that nobody reads any more is settled by being asked after."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        lag = GaugeMetricFamily("loyalty_event_reader_lag", "Settled events not yet read.", labels=["reader"])
        try:
            with connection.cursor() as cursor:
                cursor.execute("select loyalty_settled_events()")
                cursor.execute(ASKED)
                for name, behind in cursor.fetchall():
                    lag.add_metric([name], behind)
        except DatabaseError:
            return
        yield lag


figures = Figures()
