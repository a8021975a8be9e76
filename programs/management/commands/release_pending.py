"""manage.py release_pending: tells which members' pending points became available, say once an hour."""

from programs.activity.availability import tell_of_available
from programs.management.sweep_command import SweepCommand


class Command(SweepCommand):
    help = (
        "Release points whose event came before their purchase, and tell members which pending points became available "
        "on their day; those count without it. Each is told once, however often it runs or by how many at once."
    )
    counts = "members"

    def sweep(self, *, dry_run, **asked):
        told = tell_of_available(**asked, dry_run=dry_run)
        release, tell = ("would release", "would tell") if dry_run else ("released", "told")
        available = f"{tell} {told.members:,} members that {told.points:,} points became available"
        return f"{release} {told.released:,} purchases that came after their event; {available}"

    def due(self, **asked):
        return tell_of_available(**asked, dry_run=True).members
