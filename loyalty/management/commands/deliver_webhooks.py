"""manage.py deliver_webhooks: sends events to the brands' webhooks; any number may run."""

import asyncio
import signal
import time

from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from loyalty.delivery.webhooks.models import WebhookDelivery
from loyalty.delivery.webhooks.sending import Sender, Tally, send_round


class Command(BaseCommand):
    help = "Send events to webhooks until stopped. Safe to kill, to repeat and to run many times at once."

    def add_arguments(self, parser):
        parser.add_argument("--until-empty", action="store_true", help="end when nothing is left that is due")
        parser.add_argument("--once", action="store_true", help="one round: send what may go now, then end")
        parser.add_argument("--limit", type=int, metavar="N", help="end after about so many requests")

    def handle(self, *, until_empty, once, limit, **options):
        if limit is not None and limit < 1:
            raise CommandError("--limit is a number of requests, 1 or more")
        began = time.monotonic()
        if once:
            done = send_round()
        else:
            connection.ensure_connection()
            connection.close()
            done = asyncio.run(self._send(Sender(limit=limit, until_empty=until_empty))).recorded
        self.stdout.write(
            f"delivered {done.delivered:,} events in {time.monotonic() - began:.1f} s, {done.retried:,} to be tried "
            f"again, {done.failed:,} given up; {self._waiting():,} wait"
        )

    async def _send(self, sender: Sender) -> Tally:
        """Until SIGTERM or SIGINT; what is under way is finished first."""
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        return await sender.run(stop)

    def _waiting(self) -> int:
        return WebhookDelivery.objects.filter(status=WebhookDelivery.Status.WAITING).count()
