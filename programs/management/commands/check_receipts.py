"""manage.py check_receipts: did every claimed receipt become one purchase? Exit code 1 when one did not."""

from django.core.management.base import CommandError

from ledger.management.commands.reconcile_ledger import Command as Reconcile
from ledger.reconciliation import reconcile_each
from programs.activity.gateway.invariants import RECEIPTS


class Command(Reconcile):
    help = "Check what must hold of receipts in one snapshot and tell, to the receipt, what is off. Changes nothing."

    def add_arguments(self, parser):
        """None: all receipts are looked at."""

    def handle(self, **options):
        results = []
        for result in reconcile_each(invariants=RECEIPTS):
            self._tell(result)
            results.append(result)
        broken = [result for result in results if not result.is_ok]
        if broken:
            off = sum(result.rows_off for result in broken)
            raise CommandError(f"{len(broken)} invariants broken, {off:,} rows off")
        self.stdout.write(f"{len(results)} invariants checked: all hold")
