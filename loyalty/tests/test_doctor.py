"""The doctor refuses a machine that could lose points, and names what to repair."""

import io
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from loyalty import diagnosis


@pytest.fixture
def sound(db):
    """A connection on which every promise of the server is kept, as far as a session can say."""
    with connection.cursor() as cursor:
        cursor.execute("set synchronous_commit = on")
    return connection


def finding(name: str) -> diagnosis.Finding:
    return next(finding for finding in diagnosis.examine() if finding.name == name)


def test_a_current_database_with_a_good_key_is_sound(sound):
    names = ["SECRET_KEY", "JWT_SIGNING_KEY", "PostgreSQL", "synchronous_commit", "clock", "migrations"]

    assert {name: finding(name).is_ok for name in names} == dict.fromkeys(names, True)


def test_answers_that_a_power_cut_undoes_are_refused(sound):
    with connection.cursor() as cursor:
        cursor.execute("set synchronous_commit = off")

    output = io.StringIO()
    with pytest.raises(CommandError, match="synchronous_commit"):
        call_command("doctor", stdout=output)

    assert "FAIL  synchronous_commit" in output.getvalue()


def test_a_server_that_does_not_flush_is_refused(db):
    with connection.cursor() as cursor:
        cursor.execute("show fsync")
        (fsync,) = cursor.fetchone()

    assert finding("fsync").is_ok is (fsync == "on")


def test_a_clock_two_seconds_off_is_refused(db, settings, monkeypatch):
    real = diagnosis.time.time
    monkeypatch.setattr(diagnosis.time, "time", lambda: real() + timedelta(seconds=2.5).total_seconds())

    assert finding("clock").is_ok is False


def test_a_weak_key_is_refused(db, settings):
    settings.SECRET_KEY = "changeme" * 10

    assert finding("SECRET_KEY") == diagnosis.Finding(
        "SECRET_KEY", False, "begins like the keys that stand in examples"
    )


def test_an_old_server_is_refused(db, monkeypatch):
    monkeypatch.setattr(diagnosis, "VERSION_MIN", 99)

    assert finding("PostgreSQL").is_ok is False


def test_a_migration_that_is_not_applied_is_named(db):
    with connection.cursor() as cursor:
        cursor.execute("delete from django_migrations where app = 'sessions'")

    assert finding("migrations") == diagnosis.Finding("migrations", False, "1 to apply: python manage.py migrate")


def test_what_may_be_meant_so_stops_nobody(sound):
    worker = finding("worker")

    assert (worker.is_ok, worker.is_warning) == (False, True)


def test_open_counters_are_worth_a_word(db, settings):
    assert finding("/metrics") == diagnosis.Finding("/metrics", False, "open to whoever reaches the port", True)

    settings.METRICS_TOKEN = "short"
    assert finding("/metrics").detail == "the token has 5 characters; take 16"

    settings.METRICS_TOKEN = "k" * 16
    assert finding("/metrics").is_ok

    settings.METRICS_TOKEN, settings.PRODUCTION = "", True
    assert finding("/metrics").detail == "closed; METRICS_TOKEN opens it"


def test_a_server_that_logs_statements_is_worth_a_word(db):
    def heard() -> bool:
        return finding("database's log").is_ok

    with connection.cursor() as cursor:
        cursor.execute("set local log_min_error_statement = error")
        assert not heard()
        cursor.execute("set local log_min_error_statement = panic")
        assert heard()
