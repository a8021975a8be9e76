"""manage.py quickstart: from a fresh clone to a running demo in one command."""

import os
import socket
import sys
import time

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError, connection

from loyalty.demo import credentials
from loyalty.demo.seed import seed
from loyalty.demo.welcome import welcome
from loyalty.supervisor import Supervisor

# Two quickstarts of one database wait for each other while they migrate and seed.
LOCK = 7_269_108


class Command(BaseCommand):
    help = (
        "Migrate, seed the demo, start web, worker and sender of webhooks, and say how to get in. Safe to repeat. Not "
        "for production."
    )
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument("--bind", default="127.0.0.1:8000", help="HOST:PORT. Default: 127.0.0.1:8000.")
        parser.add_argument("--no-serve", action="store_true", help="Only migrate and seed.")
        parser.add_argument("--workers", type=int, default=2, help="Web processes. Default: 2.")
        parser.add_argument("--threads", type=int, default=4, help="Threads in each. Default: 4.")

    def handle(self, *, bind, no_serve, workers, threads, **options):
        host, port = parse(bind)
        if settings.PRODUCTION:
            raise CommandError("ALLOWED_HOSTS is set, so this is production: a demo with printed passwords stays out.")
        if not no_serve:
            refuse_busy(host, port)
        url = f"http://{'127.0.0.1' if host in ('0.0.0.0', '::') else bracketed(host)}:{port}"  # noqa: S104
        is_ours_to_stop = self.prepare()
        receiver = f"127.0.0.1:{free_port_after(port)}"
        supervisor = Supervisor(
            commands(bind, workers=workers, threads=threads, receiver=receiver),
            env=environment(host),
            report=self.stderr.write,
        )
        try:
            if not no_serve:
                self.say("Starting web, worker, sender of webhooks and a receiver to try them")
                supervisor.start()
            result = self.seed()
            credentials.write(credentials.default_path(), url=url, result=result)
            connection.close()
            self.stdout.write(welcome(url, result, receiver=f"http://{receiver}", is_serving=not no_serve))
            self.stdout.flush()
            if not no_serve:
                supervisor.run()
        except KeyboardInterrupt:
            self.say("Stopped before the demo was complete; the same command takes it up again")
        finally:
            supervisor.stop()
            connection.close()
            if is_ours_to_stop:
                settings.EMBEDDED_SERVER.stop()

    def prepare(self) -> bool:
        """Database and tables. True when the embedded server was started here, and so is to be stopped here."""
        self.say("Starting PostgreSQL" if settings.EMBEDDED_SERVER else "Connecting to DATABASE_URL")
        was_running = settings.EMBEDDED_SERVER and settings.EMBEDDED_SERVER.is_running()
        try:
            connection.ensure_connection()
        except OperationalError as error:
            raise CommandError(f"The database cannot be reached: {error}") from error
        self.say("Migrating")
        with connection.cursor() as cursor:
            # Asked for again and again: a statement that waits would keep an index from being built concurrently.
            while not cursor.execute("select pg_try_advisory_lock(%s)", [LOCK]).fetchone()[0]:
                time.sleep(0.2)
        call_command("migrate", verbosity=0, interactive=False)
        return bool(settings.EMBEDDED_SERVER and not was_running)

    def seed(self) -> credentials.SeedResult:
        self.say("Seeding the demo")
        return seed(self.say)

    def say(self, text: str) -> None:
        self.stdout.write(f"{text} ...")
        self.stdout.flush()


def parse(bind: str) -> tuple[str, int]:
    """The host and port of HOST:PORT; an IPv6 address stands in brackets."""
    host, _, port = bind.rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) < 65536:
        raise CommandError(f"--bind takes HOST:PORT, say 127.0.0.1:8000, not {bind!r}.")
    return host.strip("[]"), int(port)


def bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def refuse_busy(host: str, port: int) -> None:
    """CommandError when something listens there already: better now than after a minute of seeding."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind(address)
    except OSError as error:
        other = port + 1 if port < 65535 else 8000
        raise CommandError(
            f"Cannot listen on {host}:{port}: {error.strerror}. If another quickstart runs there, stop it with Ctrl-C, "
            f"or take another port: python manage.py quickstart --bind {bracketed(host)}:{other}"
        ) from error


def free_port_after(port: int) -> int:
    """The next port on which nobody listens on this machine, where the demo's receiver of webhooks can be."""
    for candidate in range(port + 1, min(port + 100, 65_536)):
        with socket.socket() as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                trial.bind(("127.0.0.1", candidate))
            except OSError:
                continue
            return candidate
    return 0


def environment(host: str) -> dict[str, str]:
    """The children's: what we have, the host names that the demo answers to, and that webhooks may go to this machine,
    where the demo's receiver is."""
    is_wildcard = host in ("0.0.0.0", "::")  # noqa: S104
    return dict(os.environ) | {"DEMO_HOSTS": "*" if is_wildcard else bracketed(host), "WEBHOOKS_ALLOW_LOOPBACK": "1"}


def commands(bind: str, *, workers: int, threads: int, receiver: str) -> dict[str, list[str]]:
    manage = [sys.executable, str(settings.BASE_DIR / "manage.py")]
    return {
        "web": [*manage, "serve", "--bind", bind, "--workers", str(workers), "--threads", str(threads)],
        "worker": [*manage, "worker"],
        "sender": [*manage, "deliver_webhooks"],
        "receiver": [*manage, "receive_webhooks", "--bind", receiver],
    }
