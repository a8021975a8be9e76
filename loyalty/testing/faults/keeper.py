"""Keeps the web and worker processes of a stand running, as a script in a process of its own.

It takes orders from its standard input: `stop` ends the processes and leaves the database; the end of the input, which
also comes when the harness is killed, ends them and removes the database with all that belongs to the stand."""

import contextlib
import json
import os
import select
import shutil
import signal
import sys
from pathlib import Path

from loyalty.database import EmbeddedServer
from loyalty.supervisor import Supervisor


def keep(supervisor: Supervisor, folder: Path) -> str:
    """Starts what died, again and again, until an order comes; gives the order. The processes are listed in the
    file `processes`."""
    told = None
    while not select.select([sys.stdin], [], [], 0.1)[0]:
        supervisor.start()
        running = {name: child.pid for name, child in supervisor.children.items()}
        if running != told:
            # The disk may be full, which is one of the faults: then it is tried again.
            with contextlib.suppress(OSError):
                draft = folder / "processes.draft"
                draft.write_text(json.dumps(running))
                draft.rename(folder / "processes")
                told = running
    return sys.stdin.readline().strip()


def say(line: str) -> None:
    with contextlib.suppress(OSError):
        print(line, flush=True)


def end(supervisor: Supervisor) -> None:
    """At once: whoever is asked to stop has nothing left to finish that matters."""
    for child in supervisor.children.values():
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()


def main(folder: Path, commands: dict[str, list[str]]) -> None:
    # Ctrl-C in a terminal is for the harness, which then tells us.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(1))
    supervisor = Supervisor(commands, env=os.environ, report=say)
    order = ""
    try:
        order = keep(supervisor, folder)
    finally:
        end(supervisor)
        (folder / "processes").unlink(missing_ok=True)
        if order != "stop":
            EmbeddedServer(folder / "var" / "pg").remove()
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), json.loads(sys.argv[2]))
