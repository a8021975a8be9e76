"""Which of the web processes takes a connection."""

import socket
import time
from threading import Thread
from types import SimpleNamespace

import pytest

from loyalty import web_worker
from loyalty.web_worker import EvenWorker, leave

OURS, THEIRS = 0, 1


class Worker(EvenWorker):
    """One that holds what it took and serves nobody."""

    def __init__(self, *, connections: int):
        self.cfg, self.slot, self.alive, self.nr_conns, self.taken = SimpleNamespace(), OURS, True, connections, []

    def enqueue_req(self, conn):
        self.taken.append(conn.sock)


@pytest.fixture
def door():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        yield listener
    for slot in (OURS, THEIRS):
        leave(slot)


@pytest.fixture
def knocking(door):
    with socket.create_connection(door.getsockname()) as client:
        yield client


def close(worker: Worker) -> None:
    for taken in worker.taken:
        taken.close()


def test_a_connection_is_left_to_the_process_that_has_fewer(door, knocking):
    web_worker._counts[THEIRS] = 1
    worker, taken = Worker(connections=3), []

    def other():
        time.sleep(0.001)
        taken.append(door.accept()[0])
        web_worker._counts[THEIRS] = 3

    thread = Thread(target=other)
    thread.start()
    worker.accept(door)
    thread.join()

    assert (worker.taken, worker.nr_conns, len(taken)) == ([], 3, 1)
    taken[0].close()


def test_a_connection_that_nobody_else_takes_is_taken_all_the_same(door, knocking):
    web_worker._counts[THEIRS] = 0
    worker = Worker(connections=3)

    worker.accept(door)

    assert (len(worker.taken), worker.nr_conns, web_worker._counts[OURS]) == (1, 4, 4)
    close(worker)


def test_who_has_fewest_waits_for_nobody_and_nobody_waits_for_who_is_gone(door, knocking):
    leave(THEIRS)
    worker = Worker(connections=3)
    begin = time.perf_counter()

    worker.accept(door)

    assert (len(worker.taken), time.perf_counter() - begin < web_worker.LEFT_SECONDS) == (1, True)
    close(worker)


def test_a_process_that_ends_tells_that_nothing_is_to_be_left_to_it():
    worker = Worker(connections=3)
    worker.tmp = SimpleNamespace(notify=lambda: None)

    worker.notify()
    told = web_worker._counts[OURS]
    worker.alive = False
    worker.notify()

    assert (told, web_worker._counts[OURS]) == (3, web_worker.AWAY)
