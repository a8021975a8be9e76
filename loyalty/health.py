"""Whether the service can do its work: `GET /api/health` for load balancers and people."""

import os
import time
from datetime import UTC, datetime

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

STARTED_AT = "LOYALTY_STARTED_AT"
# A worker reports every 10 seconds; after three silences it counts as away.
HEARTBEAT_SECONDS_MAX = 30
PROBE = """
select max(last_heartbeat), clock_timestamp(), current_setting('server_version'), pg_is_in_recovery()
from procrastinate_workers
"""
_imported_at = time.time()


def uptime_seconds() -> int:
    """Since the service was started; processes that were replaced since do not count."""
    return int(time.time() - float(os.environ.get(STARTED_AT) or _imported_at))


def probe() -> dict:
    """The state of each part: "ok", "away" for a part that does not answer, with what can be said about it. A missing
    worker makes the whole "degraded" (points still move, jobs wait), a missing database "down"."""
    begun = time.perf_counter()
    try:
        with connection.cursor() as cursor:
            cursor.execute(PROBE)
            heartbeat, now, version, is_replica = cursor.fetchone()
    except DatabaseError as error:
        connection.close()
        detail = type(error.__cause__ or error).__name__
        checks = {"database": {"status": "away", "detail": detail}, "worker": {"status": "unknown"}}
        return {"status": "down", "checks": checks}
    took = int((time.perf_counter() - begun) * 1000)
    database = {"status": "ok", "latency_ms": took, "version": version, "is_replica": is_replica}
    age = None if heartbeat is None else int((now - heartbeat).total_seconds())
    is_beating = age is not None and age <= HEARTBEAT_SECONDS_MAX
    worker = {"status": "ok" if is_beating else "away", "heartbeat_age_seconds": age}
    return {"status": "ok" if is_beating else "degraded", "checks": {"database": database, "worker": worker}}


@require_safe
def health(request: HttpRequest) -> HttpResponse:
    """200 while requests can be served, 503 when the database is away; the body says what is the matter."""
    found = probe()
    answer = {
        "status": found["status"],
        "version": settings.VERSION,
        "uptime_seconds": uptime_seconds(),
        "time": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "checks": found["checks"],
    }
    status = 503 if found["status"] == "down" else 200
    return JsonResponse(answer, status=status, headers={"Cache-Control": "no-store"})
