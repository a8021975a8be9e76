"""Many calls at the same moment, each in a thread with a connection of its own."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from django.db import connection


def all_at_once(many: int, call) -> list:
    """The results of `call(0)` ... `call(many - 1)`, started together."""
    start = Barrier(many)

    def run(n: int):
        try:
            start.wait(timeout=30)
            return call(n)
        finally:
            connection.close()

    with ThreadPoolExecutor(many) as pool:
        return list(pool.map(run, range(many)))
