"""manage.py seal_ledger: seals what came since, of the ledger and of the history of changes, and prints the checkpoints
to keep elsewhere."""

from django.core.management.base import BaseCommand, CommandError

from ledger import sealing
from loyalty.history import sealing as history_sealing


class Command(BaseCommand):
    help = "Seal the ledger and the history. Safe to repeat. The last line is a checkpoint for verify_ledger --from."

    def add_arguments(self, parser):
        parser.add_argument("--limit", type=int, metavar="N", help="about so many of each at most; left out: all")

    def handle(self, *, limit, **options):
        if limit is not None and limit < 1:
            raise CommandError("--limit is a number of entries, 1 or more")
        try:
            changes = history_sealing.seal(limit=limit)
            sealed = sealing.seal(limit=limit)
        except sealing.TransactionIdsWentBack as refused:
            raise CommandError(refused.detail) from refused
        self._tell(f"sealed {changes:,} changes of the history", history_sealing.newest_checkpoint())
        self._tell(f"sealed {sealed:,} entries", sealing.newest_checkpoint())

    def _tell(self, done: str, checkpoint) -> None:
        self.stdout.write(f"{done}; checkpoint (keep it elsewhere):")
        self.stdout.write(str(checkpoint) if checkpoint.sequence else "none: nothing is sealed yet")
