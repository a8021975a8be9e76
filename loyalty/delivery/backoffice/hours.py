"""What was delivered to an endpoint, and given up, hour by hour: for the chart of its page."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection

from loyalty import clock
from loyalty.backoffice_charts import Chart, chart_of

HOUR = timedelta(hours=1)
HOURS = 24
LOOKED_AT_MAX = 100_000
STEP, BAR = 20, 7

ENDED = """
select date_trunc('hour', ended_at), count(*) filter (where status = 'delivered'),
       count(*) filter (where status = 'failed')
from (
    select status, ended_at from loyalty_webhookdelivery where endpoint_id = %s order by id desc limit %s
) newest
where ended_at >= %s group by 1
"""


@dataclass(frozen=True, slots=True)
class Hour:
    """What was delivered and given up in an hour."""

    begins: datetime
    delivered: int
    failed: int


@dataclass(frozen=True)
class Hours:
    """The last 24 hours of an endpoint, and their drawing."""

    rows: list[Hour]
    chart: Chart
    middle: datetime
    is_quiet: bool


def hours_of(endpoint: UUID) -> Hours:
    """What was delivered and given up in each of the last 24 hours, of its newest
    100,000 deliveries. One query."""
    this = clock.now().replace(minute=0, second=0, microsecond=0)
    begins = [this - HOUR * n for n in range(HOURS - 1, -1, -1)]
    with connection.cursor() as cursor:
        cursor.execute(ENDED, [endpoint, LOOKED_AT_MAX, begins[0]])
        counted = {at: (delivered, failed) for at, delivered, failed in cursor.fetchall()}
    rows = [Hour(at, *counted.get(at, (0, 0))) for at in begins]
    chart = chart_of([(row.begins, row.delivered, row.failed) for row in rows], step=STEP, bar=BAR)
    is_quiet = not any(row.delivered or row.failed for row in rows)
    return Hours(rows, chart, begins[HOURS // 2], is_quiet)
