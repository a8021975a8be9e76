"""The stand: the service on a free port with a database of its own in a throw-away folder, all of it gone at the end.

The web and worker processes run under a keeper that starts again what dies; the database is started again by whoever
needs it, as it is for a user of the embedded server."""

import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path

import psycopg

from loyalty.database import EmbeddedServer
from loyalty.testing.faults.shop import Shop
from loyalty.testing.faults.wire import Answer, Wire

ROOT = Path(__file__).resolve().parents[3]
PLANTED = Path(__file__).with_name("planted")
HOST = "127.0.0.1"
START_SECONDS_MAX = 120
# A receiver that fails is tried again sooner than in earnest, else a run would take hours.
RETRY_SECONDS = "0.2,0.5,1,1,2,2,2,2,2,2"
# What decides how the service runs must come from the stand, not from whoever runs the tests.
DECISIVE = (
    "DATABASE_URL", "SECRET_KEY", "DATA_KEYS", "INDEX_KEY", "DATA_KEYS_FILE", "ALLOWED_HOSTS", "HTTPS", "DEBUG",
    "CACHE_URL", "DJANGO_SETTINGS_MODULE",
)  # fmt: skip


class NotReady(Exception):
    """The stand is not what it should be: nothing that was measured on it counts."""


class Stand:
    """Use it as a context. `port` is where it listens; its database is `server`, in a folder below `parent`, or where
    temporary files usually are."""

    def __init__(self, *, processes: int = 4, threads: int = 4, parent: Path | None = None):
        self.folder = Path(tempfile.mkdtemp(prefix="loyalty-faults-", dir=parent))
        self.folder.chmod(0o711)
        self.server = EmbeddedServer(self.folder / "var" / "pg")
        self.processes, self.threads = processes, threads
        self.port = free_port()
        self.keeper: subprocess.Popen | None = None

    def __enter__(self):
        try:
            self.manage("migrate", "--verbosity", "0")
            self.serve()
        except BaseException:
            self.remove()
            raise
        return self

    def __exit__(self, *exception) -> None:
        self.remove()

    def environment(self, **variables: str) -> dict[str, str]:
        ours = {"VAR_DIR": str(self.folder / "var"), "PYTHONPATH": str(ROOT), "LOG_LEVEL": "WARNING"}
        ours |= {"WEBHOOKS_ALLOW_LOOPBACK": "1", "WEBHOOKS_RETRY_SECONDS": RETRY_SECONDS}
        return {name: value for name, value in os.environ.items() if name not in DECISIVE} | ours | variables

    def manage(self, *arguments: str, check: bool = True, stdin: str = "") -> subprocess.CompletedProcess:
        """Runs a management command to its end; NotReady when it fails, unless `check` is off."""
        done = subprocess.run(
            [sys.executable, str(ROOT / "manage.py"), *arguments],
            input=stdin, env=self.environment(), cwd=ROOT, capture_output=True, text=True, timeout=300, check=False,
        )  # fmt: skip
        if check and done.returncode:
            raise NotReady(f"manage.py {' '.join(arguments)} failed:\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}")
        return done

    def serve(self, *, processes: int | None = None, settings: str = "") -> None:
        """Starts web, worker and sender and waits until web and worker work; `settings` names a module of the folder
        `planted`. NotReady when somebody else has the port."""
        with socket.socket() as trial:
            if trial.connect_ex((HOST, self.port)) == 0:
                raise NotReady(f"something listens on port {self.port} already")
        manage = [sys.executable, str(ROOT / "manage.py")]
        web = [*manage, "serve", "--bind", f"{HOST}:{self.port}", "--threads", str(self.threads)]
        commands = {
            "web": [*web, "--workers", str(processes or self.processes)],
            "worker": [*manage, "worker"],
            "sender": [*manage, "deliver_webhooks"],
        }
        planted = {"DJANGO_SETTINGS_MODULE": settings, "PYTHONPATH": f"{PLANTED}:{ROOT}"} if settings else {}
        with (self.folder / "output").open("a") as output:
            self.keeper = subprocess.Popen(
                [sys.executable, str(Path(__file__).with_name("keeper.py")), str(self.folder), json.dumps(commands)],
                stdin=subprocess.PIPE, stdout=output, stderr=output, text=True, cwd=ROOT, start_new_session=True,
                env=self.environment(**planted),
            )  # fmt: skip
        self.wait_until_it_serves(worker=True)

    def stop_serving(self) -> None:
        """Ends web and worker; the database stays."""
        if self.keeper:
            self.keeper.communicate("stop\n", timeout=60)
            self.keeper = None

    def remove(self) -> None:
        if self.keeper:
            self.keeper.communicate("", timeout=60)
            self.keeper = None
        self.server.remove()
        shutil.rmtree(self.folder, ignore_errors=True)

    def health(self) -> Answer:
        wire = Wire(self.port, timeout_seconds=10)
        try:
            return wire.send("GET", "/api/health")
        finally:
            wire.close()

    def wait_until_it_serves(self, *, worker: bool = False, seconds: float = START_SECONDS_MAX) -> None:
        """Until the health address answers; with `worker`, until a worker is there too."""

        def is_well() -> bool:
            answer = self.health()
            return answer.status == 200 and (not worker or answer.body["status"] == "ok")

        if not wait_for(is_well, seconds):
            raise NotReady(f"the stand does not serve: {self.health()}\n{self.output()}")

    def wait_until_quiet(self, seconds: float = 30) -> None:
        """Until no request is at work in the database any more, so that none can have an effect later."""
        busy = "select count(*) from pg_stat_activity where application_name = 'loyalty' and state <> 'idle'"
        if not wait_for(lambda: self.ask(busy) == 0, seconds):
            raise NotReady("requests hang in the database")

    def ask(self, sql: str, *parameters):
        """The first value of a query at the database itself; None while it is down."""
        try:
            with self.database() as connection:
                cursor = connection.execute(sql, parameters)
                row = cursor.fetchone() if cursor.description else None
                return row[0] if row else None
        except psycopg.OperationalError:
            return None

    @contextmanager
    def database(self):
        with psycopg.connect(self.server.conninfo(), autocommit=True, connect_timeout=5) as connection:
            yield connection

    def process(self, name: str) -> int | None:
        """The process of `web` (the leader of its group) or `worker`, as the keeper last told."""
        try:
            return json.loads((self.folder / "processes").read_text()).get(name)
        except FileNotFoundError:
            return None

    def web_processes(self) -> list[int]:
        """Those that answer requests: the children of the leader."""
        leader = self.process("web")
        try:
            return [int(child) for child in Path(f"/proc/{leader}/task/{leader}/children").read_text().split()]
        except FileNotFoundError:
            return []

    def postmaster(self) -> int | None:
        try:
            return int((self.server.data / "postmaster.pid").read_text().split()[0])
        except (FileNotFoundError, IndexError, ValueError):
            return None

    def let_half_a_minute_pass_for_jobs(self) -> None:
        """Lets dead workers' jobs run again now, which else waits until they were silent for half a minute."""
        with self.database() as connection:
            connection.execute(
                "update procrastinate_workers set last_heartbeat = last_heartbeat - interval '1 hour' "
                "where id < (select max(id) from procrastinate_workers)"
            )
        code = "from loyalty.worker import retry_stalled_jobs as task; task.defer(timestamp=0)"
        self.manage("shell", "--no-imports", "-c", code, check=False)

    def open_shop(self, *, members: int) -> Shop:
        """A brand of its own with a program, a key and members. That the web knows the program proves that it is this
        stand's: its name was made up just now. NotReady when it is not."""
        nonce = secrets.token_hex(6)
        brand = f"brand-{nonce}"
        document = {
            "brand": {"code": brand, "name": brand},
            "program": {"code": f"P-{nonce}", "name": f"Program {nonce}", "unit": "points"},
            "earning": {"currency": "EUR", "points": 1, "per": "1.00"},
            "expiry": {"months": None},
            "returns": {"policy": "debt", "debt_max": 1_000_000},
        }
        self.manage("apply_program", "-", "--yes", stdin=json.dumps(document))
        document["program"] = {"code": f"Q-{nonce}", "name": f"Partner {nonce}", "unit": "stars"}
        self.manage("apply_program", "-", "--yes", stdin=json.dumps(document))
        made = self.manage("create_server_key", "--brand", brand, "--name", "faults", "--scopes", "all", "--rate", "")
        shop = Shop(self.port, brand=brand, program=f"P-{nonce}", partner=f"Q-{nonce}", key=made.stdout.split()[-1])
        known = shop.ask(f"/api/programs/{shop.program}")
        if known.status != 200 or known.body["name"] != f"Program {nonce}":
            raise NotReady(f"the web on port {self.port} is not this stand's: {known}")
        shop.enrol(members, prefix=nonce)
        shop.lay_out_reward()
        shop.open_pair()
        return shop

    def output(self) -> str:
        """The end of what the processes said."""
        file = self.folder / "output"
        return file.read_text(errors="replace")[-3000:] if file.exists() else ""


def free_port() -> int:
    with socket.socket() as free:
        free.bind((HOST, 0))
        return free.getsockname()[1]


def wait_for(condition: Callable, seconds: float):
    """The condition's value as soon as it is true, or its last one when the time is over."""
    deadline = time.monotonic() + seconds
    while not (found := condition()) and time.monotonic() < deadline:
        time.sleep(0.1)
    return found


def kill(pid: int | None, number: int = signal.SIGKILL, *, group: bool = False) -> bool:
    """Whether there was somebody to send the signal to."""
    if not pid:
        return False
    try:
        (os.killpg if group else os.kill)(pid, number)
    except ProcessLookupError:
        return False
    return True
