"""What load balancers, scrapers and log readers are told."""

import logging

import pytest
from django.db import OperationalError, connection
from django.test import Client

from loyalty import health
from loyalty.logs.lines import current_request_id, formatter


@pytest.fixture
def worker(db):
    """A worker that has just been heard of."""
    with connection.cursor() as cursor:
        cursor.execute("insert into procrastinate_workers default values")


@pytest.fixture
def no_database(db):
    def refuse(*arguments, **options):
        raise OperationalError("connection refused")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(connection, "cursor", refuse)
        patch.setattr(connection, "close", lambda: None)
        yield


def test_all_is_well_with_database_and_worker(client, worker):
    answer = client.get("/api/health")

    body = answer.json()
    assert (answer.status_code, body["status"]) == (200, "ok")
    assert set(body) == {"status", "version", "uptime_seconds", "time", "checks"}
    assert body["checks"]["worker"] == {"status": "ok", "heartbeat_age_seconds": 0}
    assert answer["Cache-Control"] == "no-store"


def test_without_a_worker_requests_are_still_served(client, db):
    answer = client.get("/api/health")

    assert (answer.status_code, answer.json()["status"]) == (200, "degraded")


def test_a_worker_that_fell_silent_counts_as_away(client, worker):
    with connection.cursor() as cursor:
        cursor.execute("update procrastinate_workers set last_heartbeat = now() - interval '31 seconds'")

    assert client.get("/api/health").json()["checks"]["worker"]["status"] == "away"


def test_without_a_database_it_is_a_503_that_says_so(client, no_database):
    answer = client.get("/api/health")

    body = answer.json()
    assert answer.status_code == 503
    assert answer["Content-Type"] == "application/problem+json"
    assert body["code"] == "database-unavailable"
    assert body["checks"] == {"database": {"status": "away", "reason": "OperationalError"}}


def test_uptime_is_that_of_the_service_and_not_of_this_process(monkeypatch):
    monkeypatch.setenv(health.STARTED_AT, "1000000000")

    assert health.uptime_seconds() > 1_000_000


def test_metrics_count_by_route_and_never_name_a_path(client, worker):
    client.get("/api/members/ana-whom-nobody-may-see")
    client.get("/api/health")

    text = client.get("/metrics").content.decode()

    assert 'loyalty_http_requests_total{method="GET",route="api/health",status="200"}' in text
    assert "loyalty_database_up 1.0" in text
    assert "loyalty_worker_heartbeat_age_seconds" in text
    assert "ana-whom-nobody-may-see" not in text


def test_metrics_outlive_the_database(client, no_database):
    answer = client.get("/metrics")

    assert answer.status_code == 200
    assert "loyalty_database_up 0.0" in answer.content.decode()


def test_metrics_may_ask_for_a_token(client, db, settings):
    settings.METRICS_TOKEN = "scrape-me"

    assert client.get("/metrics").status_code == 401
    assert client.get("/metrics", headers={"Authorization": "Bearer scrape-me"}).status_code == 200


def test_a_production_has_no_metrics_without_a_token(client, db, settings):
    settings.PRODUCTION = True

    assert client.get("/metrics").status_code == 404

    settings.METRICS_TOKEN = "scrape-me"
    assert client.get("/metrics", headers={"Authorization": "Bearer other"}).status_code == 401
    assert client.get("/metrics", headers={"Authorization": "Bearer scrape-me"}).status_code == 200


def test_a_plain_request_id_is_kept_and_another_is_replaced(client, worker):
    kept = client.get("/api/health", headers={"X-Request-ID": "till-7.0001"})
    replaced = client.get("/api/health", headers={"X-Request-ID": "forged\tline"})

    assert kept["X-Request-ID"] == "till-7.0001"
    assert len(replaced["X-Request-ID"]) == 32


def test_log_lines_carry_the_request_at_hand():
    record = logging.LogRecord("any", logging.INFO, "", 0, "it rains", (), None)
    token = current_request_id.set("till-7.0001")

    line = formatter().format(record)
    current_request_id.reset(token)

    assert line.endswith("INFO any [till-7.0001] it rains")


def test_the_api_carries_no_session_and_pages_do(worker):
    client = Client(enforce_csrf_checks=True)

    assert "sessionid" not in client.get("/api/health").cookies
    assert client.get("/accounts/login/").cookies["csrftoken"].value
    assert client.post("/accounts/login/", {"login": "x@example.com", "password": "y"}).status_code == 403


@pytest.mark.parametrize(
    "forwarded, address",
    [
        ("203.0.113.9", "203.0.113.9"),
        ("10.1.1.1, 203.0.113.9", "203.0.113.9"),
        ("203.0.113.9, nonsense", "127.0.0.1"),
        ("", "127.0.0.1"),
    ],
)
def test_behind_a_proxy_the_address_is_the_one_the_proxy_wrote(rf, forwarded, address):
    from loyalty.pages import client_address

    assert client_address(rf.get("/", HTTP_X_FORWARDED_FOR=forwarded)) == address
