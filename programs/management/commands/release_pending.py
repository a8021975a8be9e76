"""manage.py release_pending: tells which members' pending points became available, say once an hour."""

from programs.activity.availability import tell_of_available
from programs.management.sweep_command import SweepCommand


class Command(SweepCommand):
    help = (
        "Tell members that pending points became available; they count from their instant on without it. Each is told "
        "once, however often it runs or by how many at once."
    )
    counts = "members"

    def sweep(self, *, dry_run, **asked):
        told = tell_of_available(**asked, dry_run=dry_run)
        verb = "would tell" if dry_run else "told"
        return f"{verb} {told.members:,} members that {told.points:,} points became available"

    def due(self, **asked):
        return tell_of_available(**asked, dry_run=True).members
