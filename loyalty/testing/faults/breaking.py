"""The faults, and a timeline of what was broken when."""

import random
import signal
import threading
import time
from collections.abc import Callable

from loyalty.testing.faults.stand import Stand, kill, wait_for

TERMINATE = "select count(pg_terminate_backend(pid)) from pg_stat_activity where application_name = 'loyalty'"
ANY_BACKEND = """
select pid from pg_stat_activity where application_name = 'loyalty' and backend_type = 'client backend'
order by (state <> 'idle') desc, random() limit 1
"""


class Breaker:
    """Breaks a stand, one fault at a time. Each fault says whether it found what it breaks; `timeline` holds the
    seconds since the start and the fault's name."""

    def __init__(self, stand: Stand, rng: random.Random):
        self.stand, self.rng = stand, rng
        self.began = time.monotonic()
        self.timeline: list[tuple[float, str]] = []
        self.resuming: list[threading.Timer] = []

    def run(self, faults: list[Callable[[], bool]], *, pause: tuple[float, float] = (2.0, 4.0)) -> None:
        """One after the other, each as soon as the service stands again from the one before, and a pause after it."""
        for fault in faults:
            self.stand.wait_until_it_serves()
            time.sleep(self.rng.uniform(*pause))
            name = fault.__name__.replace("_", " ")
            at = time.monotonic() - self.began
            found = wait_for(fault, 20)
            self.timeline.append((round(at, 1), name if found else f"{name}: found nothing to break"))

    def heal(self) -> None:
        """Lets everything that was stopped go on, and waits until web, worker and database are back."""
        for timer in self.resuming:
            timer.join()
        self.stand.wait_until_it_serves(worker=True)

    def kill_web(self) -> bool:
        return kill(self.stand.process("web"), group=True)

    def kill_one_web_process(self) -> bool:
        return kill(self._one_web_process())

    def kill_worker(self) -> bool:
        return kill(self.stand.process("worker"), group=True)

    def kill_sender(self) -> bool:
        return kill(self.stand.process("sender"), group=True)

    def kill_postmaster(self) -> bool:
        return kill(self.stand.postmaster())

    def kill_one_backend(self) -> bool:
        """PostgreSQL then ends all the others too, and recovers from its log."""
        return kill(self.stand.ask(ANY_BACKEND))

    def terminate_all_backends(self) -> bool:
        return bool(self.stand.ask(TERMINATE))

    def stop_one_web_process(self) -> bool:
        """It holds its locks and answers nobody for a while, and then goes on as if nothing had been."""
        victim = self._one_web_process()
        if not kill(victim, signal.SIGSTOP):
            return False
        timer = threading.Timer(self.rng.uniform(1, 2.5), kill, [victim, signal.SIGCONT])
        timer.start()
        self.resuming.append(timer)
        return True

    def _one_web_process(self) -> int | None:
        processes = self.stand.web_processes()
        return self.rng.choice(processes) if processes else None
