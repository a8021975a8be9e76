"""manage.py archive_events: moves old events out of the log into files, a whole partition at a time."""

from datetime import UTC, datetime
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from loyalty.delivery.log.archiving import ArchiveIsNotWhole, StillNeeded, archive, due


class Command(BaseCommand):
    help = "Move partitions of the event log, in which all is older than a day, into gzipped files. Safe to repeat."

    def add_arguments(self, parser):
        parser.add_argument("--before", required=True, metavar="DATE", help="all of it was recorded before: 2026-01-01")
        parser.add_argument("--to", required=True, metavar="DIR", help="the folder of the files")
        parser.add_argument("--dry-run", action="store_true", help="say what would go, change nothing")

    def handle(self, *, before, to, dry_run, **options):
        folder = Path(to)
        if not folder.is_dir():
            raise CommandError(f"--to: there is no folder {to}")
        moved = events = 0
        found = due(_instant(before))
        for each in found:
            name = each.partition.name
            if each.kept:
                raise CommandError(f"moved {moved} partitions; {name} stays: {each.kept}")
            if dry_run:
                self.stdout.write(f"{name} would go: numbers {each.partition.first:,} to {each.partition.last:,}")
                continue
            try:
                made = archive(each.partition, folder)
            except (ArchiveIsNotWhole, StillNeeded) as fault:
                raise CommandError(str(fault)) from fault
            moved, events = moved + 1, events + made.events
            self.stdout.write(f"{name}: {made.events:,} events in {made.file}, sha256 {made.sha256}")
        self.stdout.write(
            f"{len(found)} partitions would go" if dry_run else f"moved {events:,} events of {moved} partitions"
        )


def _instant(text: str) -> datetime:
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError as error:
        raise CommandError("--before is a day, say 2026-01-01") from error
