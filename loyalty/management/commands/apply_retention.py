"""manage.py apply_retention: takes out what was kept long enough."""

from django.core.management.base import BaseCommand, CommandError

from loyalty import clock
from loyalty.history.acting import acting
from loyalty.identity.privacy.retention import STEP, apply_retention
from programs.activity.moments import moment_of


class Command(BaseCommand):
    help = (
        "Erase members whom their brand has not seen for as many months as it says, and what the settings "
        "RETENTION_* say: old devices, the portal's log, words in events, addresses in the history. Safe to repeat; "
        "the worker does it each night."
    )

    def add_arguments(self, parser):
        parser.add_argument("--at", metavar="TIME", help="as of this instant; left out: now")
        parser.add_argument("--limit", type=int, default=STEP, metavar="N", help="at most so many of each kind")
        parser.add_argument("--dry-run", action="store_true", help="only tell what would go")

    def handle(self, *, at, limit, dry_run, **options):
        try:
            moment = moment_of(at, "UTC") if at else clock.now()
        except ValueError as error:
            raise CommandError(f"--at: {error}") from error
        if moment > clock.now() and not dry_run:
            raise CommandError("--at lies in the future: only --dry-run looks ahead")
        if limit < 1:
            raise CommandError("--limit is 1 or more")
        with acting(actor="command:apply_retention"):
            counts = apply_retention(at=moment, limit=limit, dry_run=dry_run)
        told = ", ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in counts.items())
        self.stdout.write(f"{'would take out' if dry_run else 'took out'} {told}")
