"""manage.py roll_up_balances: brings the roll-ups of the units' own accounts up to date."""

from django.core.management.base import BaseCommand, CommandError

from ledger.sealing import TransactionIdsWentBack
from ledger.sweeping import roll_up


class Command(BaseCommand):
    help = "Fold new entries into the running balances of issuance, redemption and the like. Safe to repeat."

    def handle(self, **options):
        try:
            folded = roll_up()
        except TransactionIdsWentBack as refused:
            raise CommandError(refused.detail) from refused
        self.stdout.write(f"folded {folded:,} movements")
