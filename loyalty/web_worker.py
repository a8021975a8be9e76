"""The web process that `serve` runs: gunicorn's threads, with their connections spread evenly over the processes."""

import mmap
import time

from gunicorn.workers.gthread import ThreadWorker

SLOTS = 64
AWAY = 2**31 - 1
# How long a connection is left to a process that has fewer, and how often this one looks meanwhile.
LEFT_SECONDS = 0.005
STEP_SECONDS = 0.0005

# How many connections each process has, by its slot: made before the processes are, so that all see it.
_counts = memoryview(mmap.mmap(-1, SLOTS * 4)).cast("i")


def leave(slot: int) -> None:
    """The process in this slot has ended, or none has begun: no connection is left to it."""
    if slot < SLOTS:
        _counts[slot] = AWAY


for _slot in range(SLOTS):
    leave(_slot)


class EvenWorker(ThreadWorker):
    """A process whose `slot`, given by the hook `pre_fork`, no other living one has. Of all that listen at one door the
    quickest takes what comes, and who has begun to take is the quickest: eight connections lie with one of two
    processes often enough, for as long as they live, and it answers late while the other has nothing to do."""

    slot = SLOTS

    def notify(self) -> None:
        """Once in each turn of gunicorn's loop."""
        super().notify()
        self._tell()

    def accept(self, listener) -> None:
        until = time.monotonic() + LEFT_SECONDS
        while self._has_another_fewer() and time.monotonic() < until:
            time.sleep(STEP_SECONDS)
        # What another one took meanwhile is not there any more, which gunicorn expects.
        super().accept(listener)
        self._tell()

    def _has_another_fewer(self) -> bool:
        return any(count < self.nr_conns for slot, count in enumerate(_counts) if slot != self.slot)

    def _tell(self) -> None:
        if self.slot < SLOTS:
            _counts[self.slot] = self.nr_conns if self.alive else AWAY
