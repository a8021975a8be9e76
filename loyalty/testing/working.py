"""Doing the waiting jobs within a test, as the worker does them."""

import asyncio

from asgiref.sync import sync_to_async
from django.db import connection, connections

from loyalty.worker import run_worker


def work() -> None:
    """Does what is waiting and committed, and ends the sessions that the worker's threads leave behind, in whose way
    the test database could not be dropped. One of these threads lives on: it has to know."""
    run_worker(queues=None, concurrency=1, until_empty=True)
    asyncio.run(sync_to_async(connections.close_all)())
    with connection.cursor() as cursor:
        cursor.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where datname = current_database() and pid <> pg_backend_pid()"
        )
