"""Whether this machine and its database keep the promises of the ledger: one function a question. No printing."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, OperationalError, connection
from django.db.migrations.executor import MigrationExecutor

from loyalty import secret_key
from loyalty.events import partitions
from loyalty.health import check_parts
from loyalty.sealed import rotation
from loyalty.sealed.ring import ring

VERSION_MIN = 15
CLOCK_SECONDS_MAX = 2
TOKEN_LENGTH_MIN = 16


@dataclass(frozen=True, slots=True)
class Finding:
    """One question's answer. A warning does not stop anybody; a fault does."""

    name: str
    is_ok: bool
    detail: str
    is_warning: bool = False


def examine() -> list[Finding]:
    """Every finding, the worst not first but in the order in which one would repair them."""
    findings = [check_secret_key(), check_jwt_signing_key()]
    try:
        connection.ensure_connection()
    except OperationalError as error:
        return [*findings, Finding("database", False, f"cannot be reached: {error}".strip())]
    return [*findings, *[check() for check in DATABASE_CHECKS], *check_surroundings()]


def check_secret_key() -> Finding:
    fault = secret_key.weakness(settings.SECRET_KEY)
    return Finding("SECRET_KEY", fault is None, fault or f"{len(settings.SECRET_KEY)} characters")


def check_jwt_signing_key() -> Finding:
    if settings.JWT_SIGNING_KEY == settings.SECRET_KEY:
        return Finding("JWT_SIGNING_KEY", True, "the SECRET_KEY")
    fault = secret_key.weakness(settings.JWT_SIGNING_KEY)
    return Finding("JWT_SIGNING_KEY", fault is None, fault or f"{len(settings.JWT_SIGNING_KEY)} characters")


def check_version() -> Finding:
    number = connection.pg_version // 10_000
    return Finding("PostgreSQL", number >= VERSION_MIN, f"{number}; {VERSION_MIN} or later is needed")


def setting(name: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute("select current_setting(%s)", [name])
        return cursor.fetchone()[0]


def promises(name: str) -> Callable[[], Finding]:
    """A question after a server setting that must not be off, for then an answered request can be lost."""

    def check() -> Finding:
        value = setting(name)
        return Finding(name, value != "off", value if value != "off" else "off: a power cut can undo what was answered")

    return check


def check_clock() -> Finding:
    """Expiry and tokens go by our clock, the books' own time by the database's: they must agree. The database is asked
    three times, and the quickest answer counts, for its way takes time too."""
    readings = []
    for _ in range(3):
        before = time.time()
        with connection.cursor() as cursor:
            cursor.execute("select clock_timestamp()")
            (theirs,) = cursor.fetchone()
        after = time.time()
        readings.append((after - before, abs((before + after) / 2 - theirs.timestamp())))
    seconds = min(readings)[1]
    return Finding("clock", seconds < CLOCK_SECONDS_MAX, f"{seconds:.3f} s from the database's")


def check_migrations() -> Finding:
    executor = MigrationExecutor(connection)
    missing = [str(step) for step, _ in executor.migration_plan(executor.loader.graph.leaf_nodes())]
    detail = f"{len(missing)} to apply: python manage.py migrate" if missing else "all applied"
    return Finding("migrations", not missing, detail)


def check_data_keys() -> Finding:
    """Whether everything personal can be read, and how far the ring has been turned."""
    try:
        known, used = ring().keys, rotation.tally().by_key
    except (ImproperlyConfigured, DatabaseError) as fault:
        return Finding("DATA_KEYS", False, str(fault).strip())
    if lost := used.keys() - known.keys():
        return Finding("DATA_KEYS", False, f"data is sealed with {', '.join(sorted(lost))}, which is not in the ring")
    old = sum(many for key, many in used.items() if key != ring().newest)
    left = f"; {old:,} rows wait for rotate_data_keys" if old else ""
    return Finding("DATA_KEYS", True, f"{len(known)} in the ring, the newest is {ring().newest}{left}")


def check_event_partitions() -> Finding:
    """Whether events find a place: a partition is open before the one that is filled is full."""
    open_ahead = partitions.ahead()
    detail = f"{open_ahead} of the event log lie open ahead"
    return Finding("partitions", open_ahead >= partitions.AHEAD, detail, is_warning=open_ahead > 0)


DATABASE_CHECKS = [
    check_version,
    promises("fsync"),
    promises("full_page_writes"),
    promises("synchronous_commit"),
    check_clock,
    check_migrations,
    check_data_keys,
    check_event_partitions,
]


def check_metrics() -> Finding:
    token = settings.METRICS_TOKEN
    if token:
        is_long = len(token) >= TOKEN_LENGTH_MIN
        detail = "needs the token" if is_long else f"the token has {len(token)} characters; take {TOKEN_LENGTH_MIN}"
        return Finding("/metrics", is_long, detail, is_warning=True)
    detail = "closed; METRICS_TOKEN opens it" if settings.PRODUCTION else "open to whoever reaches the port"
    return Finding("/metrics", settings.PRODUCTION, detail, is_warning=True)


def check_database_log() -> Finding:
    """Django writes values into its statements, and the server may write those into its log."""
    is_quiet = setting("log_min_error_statement") in ("panic", "fatal") and setting("log_statement") in ("none", "ddl")
    advice = "keeps statements that failed, with people's data in them: log_min_error_statement = panic"
    return Finding("database's log", is_quiet, "keeps no statements" if is_quiet else advice, is_warning=True)


def check_surroundings() -> list[Finding]:
    """What may be meant so, and is worth a word."""
    try:
        is_working = check_parts().worker.status == "ok"
    except DatabaseError:
        # The migrations are missing, which is said above.
        is_working = False
    own = settings.EMBEDDED_SERVER is None
    return [
        Finding("worker", is_working, "heard of" if is_working else "none runs; jobs wait", is_warning=True),
        Finding("own server", own, "DATABASE_URL" if own else "the embedded one, for one machine", is_warning=True),
        Finding("production", settings.PRODUCTION, "ALLOWED_HOSTS decides it", is_warning=True),
        Finding("https", settings.HTTPS, "HTTPS decides it", is_warning=True),
        check_metrics(),
        check_database_log(),
    ]
