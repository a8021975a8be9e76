"""manage.py check_exchanges: is every exchange whole? Exit code 1 when one is not."""

from django.core.management.base import CommandError

from exchange.settling.invariants import EXCHANGES
from ledger.management.commands.reconcile_ledger import Command as Reconcile
from ledger.reconciliation import reconcile_each


class Command(Reconcile):
    help = "Check what must hold of exchanges in one snapshot and tell, to the account, what is off. Changes nothing."

    def add_arguments(self, parser):
        """None: an exchange is two brands'."""

    def handle(self, **options):
        results = []
        for result in reconcile_each(invariants=EXCHANGES):
            self._tell(result)
            results.append(result)
        broken = [result for result in results if not result.is_ok]
        if broken:
            off = sum(result.rows_off for result in broken)
            raise CommandError(f"{len(broken)} invariants broken, {off:,} rows off")
        self.stdout.write(
            f"{sum(not result.invariant.informational for result in results)} invariants checked: all hold"
        )
