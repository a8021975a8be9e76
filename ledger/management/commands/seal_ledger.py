"""manage.py seal_ledger: seals the entries that came since, and prints the checkpoint to keep elsewhere."""

from django.core.management.base import BaseCommand, CommandError

from ledger import sealing


class Command(BaseCommand):
    help = "Seal the ledger's entries. Safe to repeat. The last line is a checkpoint for verify_ledger --from."

    def add_arguments(self, parser):
        parser.add_argument("--limit", type=int, metavar="N", help="about so many entries at most; left out: all")

    def handle(self, *, limit, **options):
        if limit is not None and limit < 1:
            raise CommandError("--limit is a number of entries, 1 or more")
        try:
            sealed = sealing.seal(limit=limit)
        except sealing.TransactionIdsWentBack as refused:
            raise CommandError(refused.detail) from refused
        checkpoint = sealing.newest_checkpoint()
        self.stdout.write(f"sealed {sealed:,} entries; checkpoint (keep it elsewhere):")
        self.stdout.write(str(checkpoint) if checkpoint.sequence else "none: nothing is sealed yet")
