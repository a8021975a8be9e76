"""manage.py receive_webhooks: a partner's system on this machine, to see webhooks arrive."""

import asyncio
import contextlib
import signal
from pathlib import Path

from asgiref.sync import sync_to_async
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import close_old_connections

from loyalty.delivery.webhooks.models import WebhookEndpoint
from loyalty.demo.receiver import Manners, Receiver, address_of
from loyalty.management.commands.quickstart import parse


class Command(BaseCommand):
    help = "Listen for webhooks on this machine, check their signatures and show them. For trying out, not production."
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument("--bind", default="127.0.0.1:8001", help="HOST:PORT. Default: 127.0.0.1:8001; 0: any port.")
        parser.add_argument("--file", type=Path, help="Also write a line of JSON for each that arrives to this file.")
        parser.add_argument("--secret", action="append", help="Secrets to check with. Default: those of our endpoints.")
        parser.add_argument("--fails", type=int, default=0, help="Of a hundred, how many are answered 500.")
        parser.add_argument("--lies", type=int, default=0, help="Of a hundred, how many are taken and answered 503.")
        parser.add_argument("--hangs", type=int, default=0, help="Of a hundred, how many wait before they fail.")
        parser.add_argument("--hang-seconds", type=float, default=30)
        parser.add_argument("--seed", type=int, default=0, help="Which of them.")

    def handle(self, *, bind, file, secret, fails, lies, hangs, hang_seconds, seed, verbosity, **options):
        if settings.PRODUCTION:
            raise CommandError("ALLOWED_HOSTS is set, so this is production: the receiver is for trying out.")
        host, _, port = bind.rpartition(":")
        host, port = (host.strip("[]"), 0) if port == "0" else parse(bind)
        manners = Manners(fails=fails, lies=lies, hangs=hangs, hang_seconds=hang_seconds, seed=seed)
        receiver = Receiver(
            secrets=given(secret) if secret else our_own, manners=manners, file=file,
            report=self.tell if verbosity else lambda arrival: None,
        )  # fmt: skip
        asyncio.run(self.listen(receiver, host, port))
        self.stdout.write(f"received {receiver.count} webhooks")

    async def listen(self, receiver: Receiver, host: str, port: int) -> None:
        runner = await receiver.listen(host, port)
        self.stdout.write(f"Webhooks are received at {address_of(runner)}")
        self.stdout.flush()
        stop = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        with contextlib.suppress(asyncio.CancelledError):
            await stop.wait()
        await runner.cleanup()

    def tell(self, arrival: dict) -> None:
        event = arrival["event"]
        what = f"{event['type']} {arrival['id']}, signed" if arrival["signed"] else f"refused: {arrival['fault']}"
        self.stdout.write(f"webhook: {what}")
        self.stdout.flush()


def given(secrets: list[str]):
    async def them() -> list[str]:
        return secrets

    return them


async def our_own() -> list[str]:
    """The secrets of every endpoint, as the database has them: this is the same installation, on one's own machine."""
    return await sync_to_async(_secrets)()


def _secrets() -> list[str]:
    close_old_connections()
    return [endpoint.secret for endpoint in WebhookEndpoint.objects.exclude(status="removed") if endpoint.secret]
