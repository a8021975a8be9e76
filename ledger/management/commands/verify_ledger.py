"""manage.py verify_ledger: checks the chain of seals; exit code 1 when it is broken."""

from django.core.management.base import BaseCommand, CommandError

from ledger import sealing


class Command(BaseCommand):
    help = "Verify that nothing sealed was changed, added or removed. Changes nothing."

    def add_arguments(self, parser):
        parser.add_argument(
            "--from", dest="start", metavar="SEQ:HASH", help="a checkpoint that was kept elsewhere: check from there on"
        )

    def handle(self, *, start, **options):
        try:
            checkpoint = sealing.Checkpoint.parse(start) if start else sealing.START
        except ValueError as error:
            raise CommandError(f"--from: {error}") from error
        verdict = sealing.verify(checkpoint)
        seals = verdict.upto.sequence - min(checkpoint.sequence, verdict.upto.sequence)
        if verdict.broken:
            raise CommandError(f"broken: {verdict.broken} (the {seals:,} seals before it hold)")
        self.stdout.write(f"verified {verdict.entries:,} entries in {seals:,} seals; upto {verdict.upto}")
