"""manage.py release_holds: gives back the points of holds that ran out."""

from django.core.management.base import BaseCommand, CommandError

from ledger.sweeping import release_holds


class Command(BaseCommand):
    help = "Give back the points of holds that ran out. Safe to repeat and to run twice at once."

    def add_arguments(self, parser):
        parser.add_argument("--limit", type=int, metavar="N", help="so many accounts at most; left out: all")
        parser.add_argument("--dry-run", action="store_true", help="say what ran out, change nothing")

    def handle(self, *, limit, dry_run, **options):
        if limit is not None and limit < 1:
            raise CommandError("--limit is a number of accounts, 1 or more")
        released = release_holds(limit=limit, dry_run=dry_run)
        verb = "would release" if dry_run else "released"
        self.stdout.write(f"{verb} {released.points:,} points of {released.holds:,} holds")
