"""What /metrics tells of webhooks, asked of the database: those who send are processes of their own."""

import time
from collections.abc import Iterator

from django.db import DatabaseError, connection
from prometheus_client.core import GaugeMetricFamily

from loyalty import clock

CACHE_SECONDS = 5
COUNTED_MAX = 100_000

ASKED = """
select (select count(*) from (
          select 1 from loyalty_webhookdelivery where status = 'waiting' limit %(most)s) w),
       (select coalesce(floor(extract(epoch from %(now)s - min(created_at))), 0)::bigint from (
          select created_at from loyalty_webhookdelivery where status = 'waiting' limit %(most)s) w),
       count(*) filter (where status = 'delivered'), count(*) filter (where status = 'failed'),
       (select count(*) from loyalty_webhookendpoint where failing_since is not null and status = 'active'),
       (select count(*) from loyalty_webhookendpoint where status = 'disabled')
from (select status from loyalty_webhookdelivery
      where ended_at > %(now)s - interval '1 minute' limit %(most)s) recent
"""
NAMES = (
    ("loyalty_webhook_deliveries_waiting", "Deliveries to be sent; counted up to 100,000."),
    ("loyalty_webhook_oldest_waiting_seconds", "For how long the oldest delivery has waited."),
    ("loyalty_webhook_delivered_last_minute", "Deliveries taken within the last minute."),
    ("loyalty_webhook_failed_last_minute", "Deliveries given up within the last minute."),
    ("loyalty_webhook_endpoints_failing", "Endpoints that took nothing since they last failed."),
    ("loyalty_webhook_endpoints_disabled", "Endpoints switched off for what they did."),
)


class WebhookFigures:
    """Asked of the database every few seconds at most in each process."""

    def __init__(self):
        self._latest: tuple[int, tuple] | None = None

    def collect(self) -> Iterator[GaugeMetricFamily]:
        try:
            found = self._read()
        except DatabaseError:
            return
        for (name, told), value in zip(NAMES, found, strict=True):
            yield GaugeMetricFamily(name, told, value=value)

    def forget(self) -> None:
        """Has the next question asked of the database."""
        self._latest = None

    def _read(self) -> tuple:
        now = time.monotonic_ns()
        if self._latest is None or now - self._latest[0] >= CACHE_SECONDS * 1_000_000_000:
            with connection.cursor() as cursor:
                cursor.execute(ASKED, {"now": clock.now(), "most": COUNTED_MAX})
                self._latest = now, cursor.fetchone()
        return self._latest[1]


figures = WebhookFigures()
