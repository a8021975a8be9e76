"""One command from a fresh clone to a running service, and it stays up whatever dies."""

import json
import os
import secrets
import signal
import socket
import time
import urllib.error
import urllib.request

import pytest

from loyalty.postgresql.processes import command_line, is_alive
from loyalty.sealed.ring import fresh_key
from loyalty.tests.checkout import Checkout

# One checkout serves all of these, so they stay in one process.
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("quickstart")]


@pytest.fixture(scope="module")
def checkout():
    """A fresh clone in which quickstart has run once without serving."""
    checkout = Checkout()
    try:
        checkout.first = checkout.manage("quickstart", "--no-serve")
        yield checkout
    finally:
        checkout.remove()


@pytest.fixture
def port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def health(port: int) -> tuple[int, dict]:
    """Status and body of the health address; 0 where nobody listens."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/health", timeout=10) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)
    except OSError:
        return 0, {}


def wait_for(condition, seconds: int = 60):
    deadline = time.monotonic() + seconds
    while not (found := condition()) and time.monotonic() < deadline:
        time.sleep(0.2)
    return found


def children(pid: int, word: str) -> list[int]:
    """The processes that a process started itself and whose command line has the word in it."""
    with open(f"/proc/{pid}/task/{pid}/children") as listed:  # noqa: PTH123
        return [int(child) for child in listed.read().split() if word in command_line(int(child))]


def test_the_first_run_leaves_a_seeded_database_and_says_how_to_get_in(checkout):
    kept = checkout.folder / "var" / "quickstart.json"

    assert checkout.first.returncode == 0, checkout.first.stderr
    assert "The demo is ready" in checkout.first.stdout
    assert kept.stat().st_mode & 0o777 == 0o600
    assert set(json.loads(kept.read_text())) >= {"url", "admin", "members", "server_keys"}


def test_running_it_again_changes_no_credentials(checkout):
    kept = (checkout.folder / "var" / "quickstart.json").read_text()

    again = checkout.manage("quickstart", "--no-serve")

    assert again.returncode == 0, again.stderr
    assert (checkout.folder / "var" / "quickstart.json").read_text() == kept


def test_it_stops_the_database_that_it_started(checkout):
    assert not (checkout.folder / "var" / "pg" / "postmaster.pid").exists()


def test_a_busy_port_is_refused_before_anything_else(checkout):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        refused = checkout.manage("quickstart", "--bind", f"127.0.0.1:{port}")

    assert refused.returncode != 0
    assert refused.stdout == ""
    assert f"quickstart --bind 127.0.0.1:{port + 1}" in refused.stderr


@pytest.mark.parametrize("bind", ["8000", "127.0.0.1", "127.0.0.1:", "127.0.0.1:http", "127.0.0.1:70000"])
def test_an_address_that_is_none_is_refused(checkout, bind):
    refused = checkout.manage("quickstart", "--bind", bind)

    assert refused.returncode != 0
    assert "--bind takes HOST:PORT" in refused.stderr


def test_production_gets_no_demo(checkout):
    keys = {"SECRET_KEY": secrets.token_urlsafe(64), "DATA_KEYS": f"a:{fresh_key()}", "INDEX_KEY": fresh_key()}
    refused = checkout.manage("quickstart", "--no-serve", ALLOWED_HOSTS="loyalty.example", **keys)

    assert refused.returncode != 0
    assert "a demo with printed passwords stays out" in refused.stderr


@pytest.mark.faults
def test_it_serves_until_stopped_and_restarts_what_dies(checkout, port):
    service = checkout.start("quickstart", "--bind", f"127.0.0.1:{port}")
    try:
        assert wait_for(lambda: health(port)[1].get("status") == "ok"), "not up within a minute"
        for word in ("gunicorn", "manage.py worker"):
            (victim,) = wait_for(lambda word=word: children(service.pid, word))
            os.kill(victim, signal.SIGKILL)

            assert wait_for(lambda word=word, victim=victim: children(service.pid, word) not in ([], [victim]))
        postmaster = int((checkout.folder / "var" / "pg" / "postmaster.pid").read_text().split()[0])
        os.kill(postmaster, signal.SIGKILL)

        assert wait_for(lambda: health(port)[1].get("status") == "ok")
    finally:
        service.send_signal(signal.SIGINT)
        service.wait(60)

    assert service.returncode == 0
    assert health(port)[0] == 0
    assert not is_alive(postmaster)
    assert not (checkout.folder / "var" / "pg" / "postmaster.pid").exists()
