"""The tables of a parallel test run: made once, by a process of its own while the workers still import their tests, and
copied by each worker with their server. Migrating takes some forty seconds of a processor, copying one."""

import fcntl
import gc
import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

from loyalty.database import PORT, EmbeddedServer
from loyalty.postgresql.binaries import DatabaseUnavailable

LOCK, LOG, MADE = "tables.lock", "tables.log", "tables.made"
ROOT = Path(__file__).resolve().parent.parent.parent


def begin(folder: Path) -> subprocess.Popen:
    """Begins to make them in the server of this folder. The process holds a lock for as long as it lives, whatever
    becomes of it; the lock is taken before anybody can wait for it."""
    lock = os.open(folder / LOCK, os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with (folder / LOG).open("wb") as log:
            # Not as a module of its package, which is the plug-in and wants Django to be set up.
            command = [sys.executable, "-P", __file__, str(folder)]
            environment = os.environ | {"PYTHONPATH": str(ROOT)}
            outlets = {"stdin": subprocess.DEVNULL, "stdout": log, "stderr": log}
            return subprocess.Popen(command, cwd=ROOT, env=environment, pass_fds=[lock], **outlets)
    finally:
        os.close(lock)


def copy(folder: Path, server: EmbeddedServer) -> str:
    """Waits until they are made and copies the server of this folder, which has been stopped, with all that is in it;
    answers the database to copy from there. DatabaseUnavailable says why there is none."""
    lock = os.open(folder / LOCK, os.O_RDWR)
    try:
        fcntl.flock(lock, fcntl.LOCK_SH)
    finally:
        os.close(lock)
    if not (folder / MADE).exists():
        raise DatabaseUnavailable(f"The tables of the tests could not be made.\n{(folder / LOG).read_text()[-2000:]}")
    if not server.data.exists():
        server.data.parent.mkdir(parents=True, exist_ok=True)
        source = EmbeddedServer(folder / "pg").data
        subprocess.run(["cp", "-pR", str(source), str(server.data)], check=True)
    return EmbeddedServer.database


def make(folder: Path) -> None:
    """Makes them, here and now."""
    gc.disable()
    server = EmbeddedServer(folder / "pg", durable=False)
    server.start()
    where = f"host={quote(server.host, safe='')}&port={PORT}"
    os.environ["DATABASE_URL"] = f"postgres://postgres@/{server.database}?{where}"
    os.environ["DJANGO_SETTINGS_MODULE"] = "loyalty.settings"

    import django
    from django.core.management import call_command
    from django.db import connections

    django.setup()
    gc.freeze()
    gc.set_threshold(200_000, 50, 1000)
    gc.enable()
    call_command("migrate", verbosity=0)
    connections.close_all()
    server.stop()
    (folder / MADE).touch()


if __name__ == "__main__":
    make(Path(sys.argv[1]))
