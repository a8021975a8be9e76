"""Ending a command in order: what is in hand is brought to an end first."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def stop_when_told() -> Iterator[threading.Event]:
    """An event that is set by SIGTERM or Ctrl-C. Outside a process' first thread, where signals do not come, nobody
    sets it."""
    stop = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return
    numbers = (signal.SIGTERM, signal.SIGINT)
    before = {number: signal.signal(number, lambda *_: stop.set()) for number in numbers}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
