"""manage.py warn_of_expiry: tells which members' points go soon, say once a day."""

from programs.activity.warning import warn_of_expiry
from programs.management.sweep_command import SweepCommand


class Command(SweepCommand):
    help = "Record a warning for members whose points go soon. Each is told once, however often it runs."
    counts = "members"

    def sweep(self, *, dry_run, **asked):
        warned = warn_of_expiry(**asked, dry_run=dry_run)
        return f"{'would warn' if dry_run else 'warned'} {warned.members:,} members of {warned.points:,} points"

    def due(self, **asked):
        return warn_of_expiry(**asked, dry_run=True).members
