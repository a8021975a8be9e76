"""manage.py reconcile_ledger: does the ledger add up? Exit code 1 when it does not."""

from django.core.management.base import BaseCommand, CommandError

from ledger.reconciliation import reconcile_each
from loyalty.identity.models import Brand


class Command(BaseCommand):
    help = "Check every invariant of the ledger in one snapshot and tell, to the account, what is off. Changes nothing."

    def add_arguments(self, parser):
        parser.add_argument("--brand", metavar="CODE", help="only this brand; left out: all")

    def handle(self, *, brand, **options):
        found = Brand.objects.filter(code=brand).first() if brand else None
        if brand and found is None:
            raise CommandError(f"there is no brand {brand!r}")
        broken = rows_off = checked = 0
        for result in reconcile_each(brand_id=found and found.id):
            checked += not result.invariant.informational
            self._tell(result)
            if not result.is_ok:
                broken += 1
                rows_off += result.rows_off
        summary = f"{checked} invariants checked: "
        if broken:
            raise CommandError(f"{summary}{broken} broken, {rows_off:,} rows off")
        self.stdout.write(f"{summary}all hold")

    def _tell(self, result) -> None:
        if result.rows_off == 0:
            mark = "ok"
        else:
            mark = f"{result.rows_off:,} {'waiting' if result.invariant.informational else 'rows off'}"
        self.stdout.write(f"{mark:>12}  {result.invariant.name}: {result.invariant.sentence}")
        if not result.is_ok:
            for finding in result.findings:
                self.stdout.write(f"{'':>12}  - {finding}")
