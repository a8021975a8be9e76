"""manage.py settle_exchanges: settles exchanges now; any number may run, beside the worker too."""

import signal
import threading

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from exchange.requests.models import LANES
from exchange.settling import relay
from exchange.settling.rounds import due, lanes_of, settle_lanes
from exchange.settling.settling import BATCH, Settled
from programs.management.sweep_command import bar_on_terminal


class Command(BaseCommand):
    help = "Settle the exchanges that wait. Safe to repeat, to kill and to run many times at once."

    def add_arguments(self, parser):
        parser.add_argument("--lane", type=int, metavar="N", help=f"only this one, 0 to {LANES - 1}; left out: all")
        parser.add_argument("--limit", type=int, metavar="N", help="about so many exchanges at most")
        parser.add_argument("--batch", type=int, metavar="N", default=BATCH, help=f"so many at once; left out: {BATCH}")
        parser.add_argument("--until-empty", action="store_true", help="wait for those that are put off, too")
        parser.add_argument("--dry-run", action="store_true", help="say how many are due, change nothing")
        parser.add_argument("--from-broker", action="store_true", help="settle what the broker tells of, until stopped")

    def handle(self, *, lane, limit, batch, until_empty, dry_run, from_broker, **options):
        if lane is not None and not 0 <= lane < LANES:
            raise CommandError(f"--lane is 0 to {LANES - 1}")
        if batch < 1 or (limit is not None and limit < 1):
            raise CommandError("--limit and --batch are numbers of exchanges, 1 or more")
        lanes = lanes_of(lane)
        if dry_run:
            self.stdout.write(f"would settle {due(lanes):,} exchanges")
            return
        with bar_on_terminal(type(self), "exchanges", lambda: None if from_broker else due(lanes)) as progress:
            if from_broker:
                done = self.listen(progress)
            else:
                rest = {"until_empty": until_empty, "progress": progress}
                done = settle_lanes(lanes, limit=limit, batch=batch, **rest)
        self.stdout.write(f"settled {done.completed:,} exchanges, {done.failed:,} failed, {done.retried:,} put off")

    def listen(self, progress) -> Settled:
        """Until SIGTERM or SIGINT; what is at hand is finished first."""
        if not settings.EXCHANGE_BROKER_URL:
            raise CommandError("EXCHANGE_BROKER_URL names no broker")
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        return relay.listen(stop, progress=progress)
