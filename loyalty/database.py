"""The embedded PostgreSQL: a private server under var/pg for machines that have none, started on demand.

Any number of processes may call `start()` at once; the server outlives them and `stop()` is explicit. It listens on
a unix socket only. It heals after kill -9 and after its data directory was deleted."""

import fcntl
import hashlib
import os
import pwd
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from psycopg import pq

from loyalty.postgresql.binaries import DatabaseUnavailable, find_binaries, major_version, staged
from loyalty.postgresql.processes import command_line, is_alive

PORT = 5432
# A socket's path may have 107 bytes, which a checkout or a TMPDIR can exceed.
SOCKETS = Path("/tmp")  # noqa: S108
ELSEWHERE = Path("/var/lib/loyalty-postgresql")


@dataclass(frozen=True)
class User:
    """Whom the server runs as when we are root, for PostgreSQL refuses to be root."""

    uid: int
    gid: int


def unprivileged_user() -> User | None:
    """None when we are not root; else the user `postgres` where there is one, or `nobody`."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return User(entry.pw_uid, entry.pw_gid)
    raise DatabaseUnavailable("PostgreSQL does not run as root, and there is no user `postgres` or `nobody` here.")


def is_open_to_all(path: Path) -> bool:
    """Whether any user may walk to this folder, or to the nearest one above it that exists."""
    while not path.exists():
        path = path.parent
    return all(folder.stat().st_mode & 0o001 for folder in (path, *path.parents))


class EmbeddedServer:
    """One data directory and the server on it. Making the object touches nothing."""

    database = "loyalty"

    def __init__(self, data: Path, *, durable: bool = True, connections_max: int = 200):
        """`durable=False` gives up the promise to survive a power cut, for tests; kill -9 it survives all the same."""
        self.durable = durable
        self.connections_max = connections_max
        self.user = unprivileged_user()
        wanted = Path(data).resolve()
        digest = hashlib.sha256(str(wanted).encode()).hexdigest()[:10]
        # A checkout below a closed folder, say /root, cannot hold the data of a server that is not root.
        self.data = ELSEWHERE / digest if self.user and not is_open_to_all(wanted.parent) else wanted
        self.sockets = SOCKETS / f".loyalty-pg-{digest}"

    @property
    def host(self) -> str:
        return str(self.sockets)

    def conninfo(self, database: str | None = None) -> str:
        return f"host={self.host} port={PORT} user=postgres dbname={database or self.database}"

    def is_ready(self) -> bool:
        """Whether it takes connections. Never true of a server whose data directory was deleted under it."""
        if not self._pid_file.exists():
            return False
        return pq.PGconn.ping(f"{self.conninfo('postgres')} connect_timeout=3".encode()) == pq.Ping.OK

    def is_running(self) -> bool:
        """Whether its process is there, ready or not."""
        pid = self._recorded_pid(self._pid_file)
        return pid is not None and self._is_ours(pid)

    def start(self, *, timeout_seconds: int = 60) -> bool:
        """Makes the data directory where there is none, starts the server where it does not run, and waits until it
        answers. Repeating it does nothing. True when this call started it. DatabaseUnavailable says why it cannot."""
        if self.is_ready():
            return False
        with self._alone():
            if self.is_ready():
                return False
            programs = self._programs()
            if not (self.data / "PG_VERSION").exists():
                self._create(programs)
            self._check_version(programs)
            self._clear_the_way(programs, timeout_seconds=timeout_seconds)
            if not self.is_ready():
                self._launch(programs, timeout_seconds=timeout_seconds)
        return True

    def stop(self, *, mode: str = "fast") -> bool:
        """Stops it and waits; clients lose their connections and start it again when they next need one. True when
        there was something to stop. `mode` is PostgreSQL's: smart, fast or immediate."""
        if not self.is_running():
            return False
        with self._alone():
            self._run(self._programs() / "pg_ctl", "-D", self.data, "-m", mode, "-w", "stop", check=False)
        return True

    def remove(self) -> None:
        """Stops it at once and deletes its data and sockets: the end of a throw-away server."""
        self.stop(mode="immediate")
        shutil.rmtree(self.data, ignore_errors=True)
        shutil.rmtree(self.sockets, ignore_errors=True)
        self._lock_file.unlink(missing_ok=True)

    # What follows is how.

    @property
    def _pid_file(self) -> Path:
        return self.data / "postmaster.pid"

    @property
    def _lock_file(self) -> Path:
        return self.sockets.with_suffix(".lock")

    @contextmanager
    def _alone(self):
        """Holds the start-up lock; it is the kernel's, so it goes with its holder, however that ends."""
        self._own(self.sockets)
        descriptor = os.open(self._lock_file, os.O_CREAT | os.O_RDWR | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def _own(self, folder: Path) -> None:
        """Makes the folder the server user's alone. Whoever can write to it could pose as the server, so one that
        somebody else put there first is refused."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        owner = self.user.uid if self.user else os.geteuid()
        found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid not in {owner, os.geteuid()}:
            raise DatabaseUnavailable(
                f"{folder} belongs to another user (uid {found.st_uid}): use this checkout as that user, or remove it."
            )
        folder.chmod(0o700)
        if self.user:
            os.chown(folder, self.user.uid, self.user.gid)

    def _programs(self) -> Path:
        """The folder of programs, or a copy of it when the server's user cannot reach the original."""
        folder = find_binaries()
        if self.user and not is_open_to_all(folder):
            return staged(folder)
        return folder

    def _run(self, *command, check: bool = True, stdin: str = "") -> str:
        """Runs a program as the server's user and gives its output. The output goes through a file: pg_ctl leaves
        a daemon behind that would hold a pipe open for ever."""
        as_user = {"user": self.user.uid, "group": self.user.gid, "extra_groups": []} if self.user else {}
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as given:
            given.write(stdin)
            given.seek(0)
            done = subprocess.run(
                [str(part) for part in command],
                stdin=given,
                stdout=output,
                stderr=output,
                cwd="/",
                env=environment | {"LC_ALL": "C", "TZ": "UTC"},
                check=False,
                **as_user,
            )
            output.seek(0)
            text = output.read()
        if check and done.returncode:
            raise DatabaseUnavailable(f"{Path(command[0]).name} failed: {text[-600:]}\n{self._log_tail()}")
        return text

    def _log_tail(self) -> str:
        log = self.data / "server.log"
        return log.read_text(errors="replace")[-1500:] if log.exists() else ""

    def _create(self, programs: Path) -> None:
        """Makes the data directory beside its place and moves it there whole, so that one that was interrupted is
        never taken for finished. Sorting is by code point; upper and lower case know all of Unicode."""
        self.data.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=f"{self.data.name}-draft-", dir=self.data.parent))
        try:
            self._own(draft)
            self._run(
                *[programs / "initdb", "-D", draft, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--data-checksums"],
                *["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"],
                *([] if self.durable else ["--no-sync"]),
            )
            self._run(
                *[programs / "postgres", "--single", *([] if self.durable else ["-F"]), "-D", draft, "postgres"],
                stdin=f"create database {self.database}\n",
            )
            if self.data.exists():
                # Somebody's leftovers without a PG_VERSION: an emptied directory goes, anything else is not ours.
                self.data.rmdir()
            draft.rename(self.data)
        except OSError as error:
            raise DatabaseUnavailable(f"{self.data} cannot be made: {error}") from error
        finally:
            shutil.rmtree(draft, ignore_errors=True)

    def _check_version(self, programs: Path) -> None:
        try:
            made_by = int((self.data / "PG_VERSION").read_text())
        except PermissionError as error:
            raise DatabaseUnavailable(
                f"{self.data} belongs to another user: use this checkout as that user, or remove it."
            ) from error
        if made_by != (found := major_version(programs)):
            raise DatabaseUnavailable(
                f"{self.data} was made by PostgreSQL {made_by}, the programs are {found}: set LOYALTY_PG_BIN to "
                f"programs of {made_by}, or remove the folder and lose its data."
            )

    def _clear_the_way(self, programs: Path, *, timeout_seconds: int) -> None:
        """Deals with whatever an earlier server left: one that is still starting is waited for; one that lost its
        sockets is stopped; one whose data was deleted is ended; a pid that now belongs to another program is
        forgotten, which PostgreSQL by itself would not dare."""
        socket = self.sockets / f".s.PGSQL.{PORT}"
        socket_lock = self.sockets / f".s.PGSQL.{PORT}.lock"
        pid = self._recorded_pid(self._pid_file)
        if pid is not None and self._is_ours(pid):
            if socket.exists() and self._becomes_ready(pid, timeout_seconds):
                return
            self._run(programs / "pg_ctl", "-D", self.data, "-m", "fast", "-w", "stop", check=False)
        orphan = self._recorded_pid(socket_lock)
        if orphan is not None and orphan != pid and self._is_ours(orphan):
            self._end(orphan)
        for leftover in (self._pid_file, socket_lock, socket):
            leftover.unlink(missing_ok=True)

    def _becomes_ready(self, pid: int, timeout_seconds: int) -> bool:
        """Waits for a server that is there but does not answer yet: it starts, or replays its log after a crash."""
        deadline = time.monotonic() + timeout_seconds
        while time.monotonic() < deadline and is_alive(pid):
            if self.is_ready():
                return True
            time.sleep(0.1)
        return False

    def _end(self, pid: int) -> None:
        os.kill(pid, signal.SIGQUIT)
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline and is_alive(pid):
            time.sleep(0.05)

    def _launch(self, programs: Path, *, timeout_seconds: int) -> None:
        """Starts it. After kill -9 of the postmaster its children hold the shared memory until they notice, which
        takes a moment: then PostgreSQL refuses, and we ask again."""
        options = {
            "listen_addresses": "''",
            "port": PORT,
            "unix_socket_directories": self.host,
            "max_connections": self.connections_max,
            "shared_buffers": "128MB",
            "timezone": "UTC",
            "log_timezone": "UTC",
            "log_checkpoints": "off",
            # Statements, and the rows that offend, have people's data in them.
            "log_min_error_statement": "panic",
            "log_error_verbosity": "terse",
            "idle_in_transaction_session_timeout": "5min",
        }
        if not self.durable:
            options |= {"fsync": "off", "full_page_writes": "off"}
        command = [programs / "pg_ctl", "-D", self.data, "-w", "-t", timeout_seconds, "-l", self.data / "server.log"]
        command += ["-o", " ".join(f"-c {name}={value}" for name, value in options.items()), "start"]
        deadline = time.monotonic() + 20
        while True:
            try:
                self._run(*command)
                return
            except DatabaseUnavailable as refusal:
                if "pre-existing shared memory" not in str(refusal) or time.monotonic() > deadline:
                    raise
            time.sleep(0.3)

    def _recorded_pid(self, file: Path) -> int | None:
        try:
            return abs(int(file.read_text().split()[0]))
        except (OSError, ValueError, IndexError):
            return None

    def _is_ours(self, pid: int) -> bool:
        """Whether the process is a live postmaster of this very data directory, and no namesake or later tenant of
        its pid."""
        return is_alive(pid) and f"-D {self.data} " in f"{command_line(pid)} "
