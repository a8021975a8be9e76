"""manage.py verify_ledger: checks the chains of seals, of the ledger and of the history of changes; exit code 1 when
one is broken."""

from django.core.management.base import BaseCommand, CommandError

from ledger import sealing
from loyalty.chains import START, Checkpoint
from loyalty.history import sealing as history_sealing


class Command(BaseCommand):
    help = "Verify that nothing sealed of the ledger and of the history was changed, added or removed. Changes nothing."

    def add_arguments(self, parser):
        kept = "a checkpoint that was kept elsewhere: check from there on"
        parser.add_argument("--from", dest="start", metavar="SEQ:HASH", help=f"of the ledger, {kept}")
        parser.add_argument("--history-from", metavar="SEQ:HASH", help=f"of the history, {kept}")

    def handle(self, *, start, history_from, **options):
        ledger, history = _checkpoint("--from", start), _checkpoint("--history-from", history_from)
        verdict = sealing.verify(ledger)
        self._tell("entries", "", ledger, verdict)
        self._tell("changes", " of the history", history, history_sealing.verify(history))

    def _tell(self, entries: str, what: str, start: Checkpoint, verdict) -> None:
        seals = verdict.upto.sequence - min(start.sequence, verdict.upto.sequence)
        if verdict.broken:
            raise CommandError(f"broken{what}: {verdict.broken} (the {seals:,} seals before it hold)")
        self.stdout.write(f"verified {verdict.entries:,} {entries} in {seals:,} seals{what}; upto {verdict.upto}")


def _checkpoint(option: str, text: str | None) -> Checkpoint:
    try:
        return Checkpoint.parse(text) if text else START
    except ValueError as error:
        raise CommandError(f"{option}: {error}") from error
