"""manage.py benchmark: how fast the service is, as ratios within one run on a throw-away database."""

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import quote

import psutil
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from loyalty.database import EmbeddedServer
from loyalty.demo.benchmark import (
    events,
    exchanges,
    extras,
    machine,
    measures,
    qr_tokens,
    report,
    rules,
    sweeps,
    vouchers,
)
from loyalty.demo.benchmark.places import prepare

PLAIN = "loyalty.demo.benchmark.idiomatic.settings"
PLAIN_ACCOUNTS = """
insert into idiomatic_plainaccount (membership_id, balance)
select id, 0 from programs_membership union all select null, 0
"""
MANAGE = [sys.executable, str(settings.BASE_DIR / "manage.py")]


class Command(BaseCommand):
    help = (
        "Measure the service against its floor (pgbench calling the same function) and against plain Django, on a "
        "database of its own that is thrown away. Exits with 1 when a target is missed."
    )

    def add_arguments(self, parser):
        parser.add_argument("--quick", action="store_true", help="In about a minute, with more noise.")
        parser.add_argument("--json", action="store_true", help="Print everything as JSON.")
        parser.add_argument("--growth", type=int, metavar="ENTRIES", help="Also measure an earn with so many entries.")
        parser.add_argument("--workers", type=int, default=2, help="Web processes. Default: 2.")
        parser.add_argument("--inside", metavar="FOLDER", help="Used by the command itself: measure in this database.")

    def handle(self, *, inside, **options):
        if inside is None:
            raise SystemExit(self.outside())
        call_command("migrate", verbosity=0)
        is_met = self.measure(Path(inside), **options)
        raise SystemExit(0 if is_met else 1)

    def outside(self) -> int:
        """Starts a server of its own and runs this command again inside it."""
        folder = Path(tempfile.mkdtemp(prefix="loyalty-benchmark-"))
        folder.chmod(0o755)
        server = EmbeddedServer(folder / "pg")
        try:
            server.start()
            url = f"postgres://postgres@/postgres?host={quote(str(server.host))}"
            env = os.environ | {"DATABASE_URL": url}
            return subprocess.run([*MANAGE, *sys.argv[1:], "--inside", str(folder)], env=env, check=False).returncode
        finally:
            server.remove()
            shutil.rmtree(folder, ignore_errors=True)

    def measure(self, folder: Path, *, quick, growth, workers, **options) -> bool:
        is_json = options["json"]
        say = (lambda text: None) if is_json else lambda text: self.stderr.write(f"{text} ...")
        say("a thousand members with 120 lots each")
        places = prepare()
        found: dict = {}
        with Services(folder, workers) as services:
            stage = measures.Stage(
                places=places,
                folder=folder,
                say=say,
                seconds=2 if quick else 6,
                rounds=3 if quick else 5,
                **services.up(),
            )
            facts = machine.describe()
            found |= measures.single_moves(stage)
            found |= measures.latency(stage)
            found |= measures.batches(stage)
            found |= measures.round_trips(stage)
            found |= sweeps.sweeps(stage, members=2_000 if quick else 20_000)
            found |= vouchers.bulk_codes(stage)
            found |= vouchers.redemptions(stage)
            found |= qr_tokens.measure()
            found |= exchanges.exchanges(stage, count=8_000 if quick else 20_000)
            found |= events.events(stage, count=4_000 if quick else 20_000)
            found |= rules.decisions(stage)
            found |= rules.ruled_earns(stage)
            imported = extras.real_import(stage)
            found |= imported
            found |= rules.replays(stage, extras.RETAIL if imported else None)
            if growth:
                found |= extras.growth(stage, entries=growth)
            found |= measures.memory(stage)
        judged = report.verdicts(found)
        if is_json:
            self.stdout.write(json.dumps(report.as_json(facts, found, judged), indent=2))
        else:
            report.show(facts, found, judged)
        return all(verdict.is_met is not False for verdict in judged)


class Services:
    """The service, the plain variant and a worker as processes of their own, all ended on the way out."""

    def __init__(self, folder: Path, workers: int):
        self.folder, self.workers, self.processes = folder, workers, []

    def __enter__(self):
        return self

    def __exit__(self, *raised):
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()

    def up(self) -> dict:
        call_command("migrate", "--run-syncdb", verbosity=0)
        self._manage("migrate", "--run-syncdb", "-v0", plain=True).wait()
        with connection.cursor() as cursor:
            cursor.execute(PLAIN_ACCOUNTS)
        port, plain_port = free_port(), free_port()
        serve = ["serve", "--workers", str(self.workers), "--bind"]
        web = self._manage(*serve, f"127.0.0.1:{port}")
        plain_web = self._manage(*serve, f"127.0.0.1:{plain_port}", plain=True)
        worker = self._manage("worker")
        for waited in (port, plain_port):
            wait_for(waited)
        ours = {"web": web, "plain_web": plain_web, "worker": worker}
        return {"port": port, "plain_port": plain_port} | {k: psutil.Process(p.pid) for k, p in ours.items()}

    def _manage(self, *arguments: str, plain: bool = False) -> subprocess.Popen:
        env = os.environ | {"WEBHOOKS_ALLOW_LOOPBACK": "1"} | ({"DJANGO_SETTINGS_MODULE": PLAIN} if plain else {})
        log = (self.folder / "services.log").open("a")
        process = subprocess.Popen([*MANAGE, *arguments], env=env, stdout=log, stderr=log)
        self.processes.append(process)
        return process


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(port: int, *, seconds: int = 60) -> None:
    """Returns when something listens; CommandError when nothing does in time."""
    for _ in range(seconds * 10):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise CommandError(f"nothing answers on port {port}")
