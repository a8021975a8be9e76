"""Keeps a few child processes running: what dies is started again, and all end with their keeper, however it ends."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping

PR_SET_PDEATHSIG = 1
# A child that lived this long did not fail to start; one that did not gets a pause before the next try.
SECONDS_TO_PROVE_ITSELF = 5
STOP_SECONDS_MAX = 35


def _die_with_parent() -> None:
    """Asks Linux to end this child when its parent is gone, kill -9 included; elsewhere that is not to be had."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


class Supervisor:
    """Runs `commands` (by name). Each child leads a process group of its own, so that Ctrl-C reaches only us."""

    def __init__(self, commands: Mapping[str, list[str]], *, env: Mapping[str, str], report: Callable[[str], None]):
        self.commands = commands
        self.env = dict(env)
        self.report = report
        self.children: dict[str, subprocess.Popen] = {}
        self.born: dict[str, float] = {}
        self.not_before: dict[str, float] = {}
        self.is_stopping = False

    def start(self) -> None:
        """Starts what does not run. Repeating it is how the dead are replaced."""
        for name, command in self.commands.items():
            child = self.children.get(name)
            if child is not None and child.poll() is None:
                continue
            now = time.monotonic()
            if child is not None and name not in self.not_before:
                has_proved_itself = now - self.born[name] > SECONDS_TO_PROVE_ITSELF
                self.not_before[name] = now if has_proved_itself else now + 3
                self.report(f"{name} ended ({describe(child.returncode)}) and is started again")
            if now < self.not_before.get(name, now):
                continue
            self.not_before.pop(name, None)
            self.born[name] = now
            self.children[name] = subprocess.Popen(
                command, env=self.env, start_new_session=True, preexec_fn=_die_with_parent
            )

    def run(self) -> None:
        """Until SIGINT, SIGTERM or SIGHUP comes: then asks the children to finish, and insists after a while."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._stop)
        while not self.is_stopping:
            self.start()
            time.sleep(0.3)
        self.stop()

    def stop(self) -> None:
        for child in self.children.values():
            child.terminate()
        deadline = time.monotonic() + STOP_SECONDS_MAX
        for child in self.children.values():
            try:
                child.wait(max(0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                os.killpg(child.pid, signal.SIGKILL)
                child.wait()

    def _stop(self, number, frame) -> None:
        self.is_stopping = True


def describe(returncode: int) -> str:
    """How a process ended, in words."""
    return signal.Signals(-returncode).name if returncode < 0 else f"exit {returncode}"
