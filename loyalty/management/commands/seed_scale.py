"""manage.py seed_scale: a brand with very many members and entries, to see how the service does with them."""

import time

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from loyalty.demo.benchmark.scale import fill
from loyalty.errors import LoyaltyError


class Command(BaseCommand):
    help = "Fill a new brand with members and entries in minutes, past the API. Not for a production."

    def add_arguments(self, parser):
        parser.add_argument("--members", type=int, default=100_000, help="Default: 100000.")
        parser.add_argument("--entries", type=int, default=5_000_000, help="Shared evenly. Default: 5000000.")
        parser.add_argument(
            "--busiest", type=int, default=20_000, metavar="PURCHASES", help="More of one member. Default: 20000."
        )
        parser.add_argument("--brand", default="scale", metavar="CODE", help="Code of the new brand. Default: scale.")

    def handle(self, *, members, entries, busiest, brand, **options):
        if settings.PRODUCTION:
            raise CommandError("A production keeps no invented books.")
        if members < 1 or entries < members:
            raise CommandError("--members is one at least, and --entries is as many at least")
        begin = time.monotonic()
        try:
            filled = fill(
                code=brand,
                members=members,
                entries=entries,
                busiest=busiest,
                say=lambda text: self.stderr.write(f"{text} ..."),
            )
        except LoyaltyError as refusal:
            raise CommandError(refusal.detail) from refusal
        seconds = time.monotonic() - begin
        self.stdout.write(
            f"filled {brand} with {filled.members:,} members and {filled.entries:,} entries in {seconds:.0f} s"
        )
