"""Reading from the database on a second thread while what was read before is being worked on."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from django.db import DEFAULT_DB_ALIAS, connections

Read = TypeVar("Read")


def read_ahead(reads: Sequence[Callable[[], Read]]) -> Iterator[Read]:
    """What each of these reads, in their order, the next one always on its way. They read through the caller's own
    connection, in its transaction if there is one: until the last has been taken nobody else may use it."""
    if len(reads) < 2:
        yield from (read() for read in reads)
        return
    ours = connections[DEFAULT_DB_ALIAS]
    ours.inc_thread_sharing()
    try:
        with ThreadPoolExecutor(1, "read-ahead", _use, (ours,)) as thread:
            coming = thread.submit(reads[0])
            for read in reads[1:]:
                found, coming = coming.result(), thread.submit(read)
                yield found
            yield coming.result()
    finally:
        ours.dec_thread_sharing()


def _use(ours) -> None:
    connections[DEFAULT_DB_ALIAS] = ours
