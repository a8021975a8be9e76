"""Whether the service can do its work: `GET /api/health` for load balancers and people."""

import os
import time
from datetime import datetime

from django.conf import settings
from django.db import DatabaseError, connection

from loyalty import clock
from loyalty.http.refusals import DatabaseUnavailable
from loyalty.http.schema import operation
from loyalty.http.shapes import Answer
from loyalty.http.views import ApiView, reply

STARTED_AT = "LOYALTY_STARTED_AT"
# A worker reports every 10 seconds; after three silences it counts as away.
HEARTBEAT_SECONDS_MAX = 30
PROBE = """
select max(last_heartbeat), clock_timestamp(), current_setting('server_version'), pg_is_in_recovery()
from procrastinate_workers
"""
_imported_at = time.time()


class DatabaseHealth(Answer):
    """The database answered, after so many milliseconds."""

    status: str
    latency_ms: int
    version: str
    is_replica: bool


class WorkerHealth(Answer):
    """Whether background jobs run: "ok", or "away" when no worker was heard of lately."""

    status: str
    heartbeat_age_seconds: int | None


class Checks(Answer):
    database: DatabaseHealth
    worker: WorkerHealth


class Health(Answer):
    """ "ok", or "degraded" when no worker runs: requests are answered, jobs wait."""

    status: str
    version: str
    uptime_seconds: int
    time: datetime
    checks: Checks


def uptime_seconds() -> int:
    """Since the service was started; processes that were replaced since do not count."""
    return int(time.time() - float(os.environ.get(STARTED_AT) or _imported_at))


def check_parts() -> Checks:
    """Asks the database, and it about the workers. DatabaseError when it is away or not migrated."""
    begun = time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute(PROBE)
        heartbeat, now, version, is_replica = cursor.fetchone()
    latency_ms = int((time.perf_counter() - begun) * 1000)
    age = None if heartbeat is None else int((now - heartbeat).total_seconds())
    is_beating = age is not None and age <= HEARTBEAT_SECONDS_MAX
    return Checks(
        database=DatabaseHealth(status="ok", latency_ms=latency_ms, version=version, is_replica=is_replica),
        worker=WorkerHealth(status="ok" if is_beating else "away", heartbeat_age_seconds=age),
    )


def health() -> Health:
    """The state of the whole. DatabaseUnavailable when nothing can be served."""
    facts = {"version": settings.VERSION, "uptime_seconds": uptime_seconds()}
    try:
        checks = check_parts()
    except DatabaseError as error:
        connection.close()
        reason = type(error.__cause__ or error).__name__
        raise DatabaseUnavailable(
            retry_after=5, checks={"database": {"status": "away", "reason": reason}}, **facts
        ) from error
    status = "ok" if checks.worker.status == "ok" else "degraded"
    return Health(status=status, time=clock.now(), checks=checks, **facts)


class HealthView(ApiView):
    public = True
    authentication_classes = []

    @operation("Health", tags="Service", answers={200: Health})
    def get(self, request):
        """Whether the service can do its work: its database, its worker, since when it runs, which version it is."""
        return reply(health())
