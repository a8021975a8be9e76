"""manage.py expire_points: empties the lots that have lapsed."""

from django.core.management.base import BaseCommand, CommandError

from loyalty import clock
from programs.activity.expiring import expire_points
from programs.activity.moments import moment_of
from programs.membership.models import Program


class Command(BaseCommand):
    help = "Expire points whose time has come. Safe to repeat and to run twice at once."

    def add_arguments(self, parser):
        parser.add_argument("--program", metavar="CODE", help="only this program's; left out: all programs")
        parser.add_argument("--at", metavar="TIME", help="up to this instant; left out: now")
        parser.add_argument("--limit", type=int, metavar="N", help="about so many lots at most")
        parser.add_argument("--dry-run", action="store_true", help="say what is due, change nothing")

    def handle(self, *, program, at, limit, dry_run, **options):
        found = None
        if program:
            found = Program.objects.filter(code=program).first()
            if found is None:
                raise CommandError(f"there is no program {program!r}")
        if limit is not None and limit < 1:
            raise CommandError("--limit is a number of lots, 1 or more")
        try:
            moment = moment_of(at, found.timezone if found else "UTC") if at else clock.now()
        except ValueError as error:
            raise CommandError(f"--at: {error}") from error
        if moment > clock.now():
            raise CommandError("--at lies in the future: points are not expired before their time")
        swept = expire_points(at=moment, program=found, limit=limit, dry_run=dry_run)
        verb = "would expire" if dry_run else "expired"
        self.stdout.write(f"{verb} {swept.points:,} points in {swept.lots:,} lots")
