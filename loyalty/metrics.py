"""The counters behind /metrics, in Prometheus' text form: requests by route, the job queue, the worker, the build.

Several web processes count together when PROMETHEUS_MULTIPROC_DIR names a folder (`serve` sees to that). Each has
a slot there, and a process that replaces another takes over its slot, so the folder does not grow."""

import os
from functools import cache

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from django.utils.module_loading import import_string
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Histogram,
    generate_latest,
    multiprocess,
    values,
)
from prometheus_client.core import GaugeMetricFamily

SLOT = "LOYALTY_WEB_SLOT"
SHARED = "PROMETHEUS_MULTIPROC_DIR"
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5)

if SHARED in os.environ:
    values.ValueClass = values.MultiProcessValue(lambda: os.environ.get(SLOT) or os.getpid())

own = CollectorRegistry()
REQUESTS = Counter("loyalty_http_requests", "Requests answered.", ["method", "route", "status"], registry=own)
LATENCY = Histogram(
    "loyalty_http_request_seconds", "Time to answer.", ["method", "route"], registry=own, buckets=SECONDS
)


def count(request: HttpRequest, response: HttpResponse, seconds) -> None:
    """Counts one answer under the pattern of its route, never under its path: paths name people and have no end."""
    route = route_of(request)
    method = request.method if request.method in ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD") else "OTHER"
    requests, latency = _counters(method, route, response.status_code)
    requests.inc()
    latency.observe(seconds)


@cache
def _counters(method: str, route: str, status: int) -> tuple[Counter, Histogram]:
    """Those of one route; there are as many as routes, methods and statuses, as in the registry itself."""
    return REQUESTS.labels(method, route, status), LATENCY.labels(method, route)


def route_of(request: HttpRequest) -> str:
    """The pattern of the address that took the request."""
    match = request.resolver_match
    return match.route if match else "unknown"


class Database:
    """What only the database knows, asked at each scrape."""

    def collect(self):
        up = GaugeMetricFamily("loyalty_database_up", "1 when the database answers.")
        jobs = GaugeMetricFamily("loyalty_jobs", "Jobs by state.", labels=["status"])
        heartbeat = GaugeMetricFamily("loyalty_worker_heartbeat_age_seconds", "Since a worker was last heard of.")
        try:
            with connection.cursor() as cursor:
                cursor.execute("select status::text, count(*) from procrastinate_jobs group by status")
                for status, number in cursor.fetchall():
                    jobs.add_metric([status], number)
                cursor.execute(
                    "select extract(epoch from clock_timestamp() - max(last_heartbeat)) from procrastinate_workers"
                )
                (age,) = cursor.fetchone()
        except DatabaseError:
            up.add_metric([], 0)
            return [up]
        up.add_metric([], 1)
        if age is not None:
            heartbeat.add_metric([], age)
        build = GaugeMetricFamily("loyalty_build_info", "The version that runs.", labels=["version"])
        build.add_metric([settings.VERSION], 1)
        return [up, jobs, heartbeat, build]


def metrics(request: HttpRequest) -> HttpResponse:
    """GET /metrics. Needs METRICS_TOKEN as a bearer token where that is set; a production without one has no such
    address, for the counters tell a competitor how business goes."""
    token = settings.METRICS_TOKEN
    if settings.PRODUCTION and not token:
        raise Http404("There are no metrics without METRICS_TOKEN.")
    if token and not constant_time_compare(request.headers.get("Authorization", ""), f"Bearer {token}"):
        return HttpResponse("Unauthorized\n", status=401, content_type="text/plain")
    registry = CollectorRegistry()
    if SHARED in os.environ:
        multiprocess.MultiProcessCollector(registry)
    else:
        registry.register(own)
    for collector in (Database(), *map(import_string, settings.METRICS_COLLECTORS)):
        registry.register(collector)
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)
