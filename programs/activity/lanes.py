"""Acts of many customers, carried out on several connections at once: while the database is busy with some, the process
prepares others. Those of one customer keep to one lane, and so to their order."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from typing import TypeVar
from zlib import crc32

from django.db import connection

from programs.activity.acts import Act
from programs.membership.models import Program

LANES = 2
# What one customer is given may rest on what others have been given: then the order of all of them counts.
SHARED_NEEDS = frozenset({"counters", "referral"})

Done = TypeVar("Done")
Work = Callable[[int, Sequence[Act]], Done]


class Lanes:
    """Carries out acts by `work`, which is given the lane's number and its acts. Each lane but the only one is a thread
    with a connection of its own."""

    def __init__(self, work: Work, count: int):
        self._work, self._count = work, count
        self._threads = [ThreadPoolExecutor(1, f"lane-{n}") for n in range(count if count > 1 else 0)]

    def carry_out(self, acts: Sequence[Act]) -> list[Done]:
        """What came of the acts, lane by lane. Raises what a lane raised, once none of them is at work any more."""
        if not self._threads or _is_tangled(acts):
            return [self._in_lane(0, acts).result()] if self._threads else [self._work(0, acts)]
        parts: list[list[Act]] = [[] for _ in range(self._count)]
        for act in acts:
            parts[crc32(act.customer.encode()) % self._count].append(act)
        running = [self._in_lane(n, part) for n, part in enumerate(parts) if part]
        for future in running:
            future.exception()
        return [future.result() for future in running]

    def close(self) -> None:
        """Ends the threads and their connections."""
        for thread in self._threads:
            thread.submit(connection.close)
            thread.shutdown()

    def _in_lane(self, n: int, acts: Sequence[Act]) -> "Future[Done]":
        return self._threads[n].submit(copy_context().run, self._work, n, acts)


@contextmanager
def lanes(program: Program, work: Work) -> Iterator[Lanes]:
    """Lanes for acts in the program: several, unless they would have to wait for each other, or everything is part of
    the caller's own transaction."""
    is_alone = connection.in_atomic_block or not SHARED_NEEDS.isdisjoint(program.needs)
    made = Lanes(work, 1 if is_alone else LANES)
    try:
        yield made
    finally:
        made.close()


def _is_tangled(acts: Sequence[Act]) -> bool:
    """Whether acts of different customers are about the same invoice: which of them is right is decided by order."""
    of: dict[str, str] = {}
    names = ((name, act.customer) for act in acts for name in (act.reference, act.original) if name)
    return any(of.setdefault(name, customer) != customer for name, customer in names)
