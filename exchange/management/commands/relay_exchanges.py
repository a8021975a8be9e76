"""manage.py relay_exchanges: tells a message broker which exchanges wait to be settled."""

import signal
import threading

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from exchange.settling import relay
from programs.management.sweep_command import bar_on_terminal


class Command(BaseCommand):
    help = "Tell the broker that EXCHANGE_BROKER_URL names of waiting exchanges, until stopped. Safe to run twice."

    def add_arguments(self, parser):
        parser.add_argument("--once", action="store_true", help="end when it was told of all that wait now")

    def handle(self, *, once, **options):
        if not settings.EXCHANGE_BROKER_URL:
            raise CommandError("EXCHANGE_BROKER_URL names no broker")
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        with bar_on_terminal(type(self), "exchanges", lambda: None) as progress:
            told = self.tell_all() if once else relay.relay(stop, progress=progress)
        self.stdout.write(f"told the broker of {told:,} exchanges")

    def tell_all(self) -> int:
        told = 0
        with relay.broker() as opened:
            while count := relay.tell(opened):
                told += count
        return told
