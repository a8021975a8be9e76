"""Doing things at the very same time, each on a database connection of its own."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from django.db import connection

from loyalty.errors import LoyaltyError


def at_once(*jobs: Callable[[], object]) -> list:
    """Runs the jobs in threads that start together; the answers in order, a refusal as its code."""
    barrier = Barrier(len(jobs))

    def run(job):
        try:
            connection.ensure_connection()
            barrier.wait(timeout=60)
            return job()
        except LoyaltyError as refused:
            return refused.code
        finally:
            connection.close()

    with ThreadPoolExecutor(len(jobs)) as pool:
        return [future.result() for future in [pool.submit(run, job) for job in jobs]]
