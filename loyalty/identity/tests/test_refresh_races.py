"""Many at once with one refresh token, over HTTP."""

import json
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from threading import Barrier

import pytest
from django.db import connections

from loyalty.identity import tokens
from loyalty.identity.errors import InvalidToken

pytestmark = pytest.mark.django_db(transaction=True)
PASSWORD = "correct horse battery"
AT_ONCE = 8


def post(server, path: str, body: dict) -> tuple[int, dict]:
    connection = HTTPConnection(server.thread.host, server.thread.port, timeout=30)
    try:
        connection.request("POST", path, json.dumps(body), {"Content-Type": "application/json"})
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read() or b"{}")
    finally:
        connection.close()


def refresh(server, raw: str) -> tuple[int, dict]:
    return post(server, "/api/auth/token/refresh", {"refresh": raw})


def test_of_eight_refreshes_at_once_one_succeeds_and_the_family_is_dead(live_server, ana):
    _, pair = post(live_server, "/api/auth/token", {"email": "ana@example.com", "password": PASSWORD})
    _, other = post(live_server, "/api/auth/token", {"email": "ana@example.com", "password": PASSWORD})
    start = Barrier(AT_ONCE)

    def run(_):
        start.wait()
        return refresh(live_server, pair["refresh"])

    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(run, range(AT_ONCE)))

    assert sorted(status for status, _ in answers) == [200] + [401] * (AT_ONCE - 1)
    (successor,) = [body for status, body in answers if status == 200]
    assert refresh(live_server, successor["refresh"])[0] == 401
    assert refresh(live_server, other["refresh"])[0] == 200


def test_a_log_out_and_a_refresh_at_once_leave_no_session(live_server, ana):
    """Whichever comes first: what the refresh gave is dead, too."""
    for _ in range(5):
        _, pair = post(live_server, "/api/auth/token", {"email": "ana@example.com", "password": PASSWORD})
        start = Barrier(2)

        def at_once(path, raw=pair["refresh"], start=start):
            start.wait()
            return post(live_server, path, {"refresh": raw})

        with ThreadPoolExecutor(2) as pool:
            refreshed, _ = pool.map(at_once, ["/api/auth/token/refresh", "/api/auth/logout"])

        if refreshed[0] == 200:
            assert refresh(live_server, refreshed[1]["refresh"])[0] == 401


def test_log_out_everywhere_and_refreshes_at_once_leave_no_session(ana):
    pairs = [tokens.issue_pair(ana.person) for _ in range(6)]
    start = Barrier(7)

    def run(pair):
        start.wait()
        try:
            if pair is None:
                return tokens.log_out_everywhere(ana.person_id, actor="test")
            return tokens.refresh_session(pair.refresh)
        except InvalidToken:
            return None
        finally:
            connections.close_all()

    with ThreadPoolExecutor(7) as pool:
        fresh = [pair for pair in pool.map(run, [None, *pairs]) if pair]

    for pair in fresh:
        with pytest.raises(InvalidToken):
            tokens.refresh_session(pair.refresh)
