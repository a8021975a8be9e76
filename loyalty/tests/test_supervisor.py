"""Children are kept alive, and end with their keeper."""

import os
import signal
import subprocess
import sys
import time

import pytest

from loyalty.postgresql.processes import is_alive
from loyalty.supervisor import Supervisor
from loyalty.tests.checkout import ROOT

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]
KEEPER = """
import os, sys, time
from loyalty.supervisor import Supervisor
supervisor = Supervisor({"child": sys.argv[1:]}, env=os.environ, report=print)
supervisor.start()
print(supervisor.children["child"].pid, flush=True)
time.sleep(60)
"""


@pytest.fixture
def said():
    return []


@pytest.fixture
def supervisor(said):
    supervisor = Supervisor({"sleeper": SLEEP}, env=os.environ, report=said.append)
    yield supervisor
    supervisor.stop()


def wait_until(condition, seconds: int = 10) -> bool:
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.05)
    return condition()


def test_a_child_that_was_killed_is_started_again(supervisor, said):
    supervisor.start()
    first = supervisor.children["sleeper"].pid
    supervisor.born["sleeper"] -= 60
    os.kill(first, signal.SIGKILL)
    supervisor.children["sleeper"].wait()

    supervisor.start()

    assert supervisor.children["sleeper"].pid != first
    assert said == ["sleeper ended (SIGKILL) and is started again"]


def test_a_child_that_fails_at_once_is_given_a_pause(said):
    supervisor = Supervisor({"broken": [sys.executable, "-c", "exit(3)"]}, env=os.environ, report=said.append)
    supervisor.start()
    broken = supervisor.children["broken"]
    broken.wait()

    for _ in range(5):
        supervisor.start()

    assert supervisor.children["broken"] is broken
    assert said == ["broken ended (exit 3) and is started again"]


def test_stop_ends_every_child(supervisor):
    supervisor.start()
    pid = supervisor.children["sleeper"].pid

    supervisor.stop()

    assert not is_alive(pid)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends children with their parent")
def test_children_do_not_outlive_a_keeper_that_was_killed():
    keeper = subprocess.Popen([sys.executable, "-c", KEEPER, *SLEEP], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    pid = int(keeper.stdout.readline())
    keeper.kill()
    keeper.wait()

    assert wait_until(lambda: not is_alive(pid))
