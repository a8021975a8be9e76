"""manage.py expire_points: writes down which points lapsed, say once an hour."""

from programs.activity.expiring import expire_points
from programs.management.sweep_command import SweepCommand


class Command(SweepCommand):
    help = "Expire points whose time has come. Safe to repeat and to run twice at once."

    def sweep(self, *, dry_run, **asked):
        swept = expire_points(**asked, dry_run=dry_run)
        return f"{'would expire' if dry_run else 'expired'} {swept.points:,} points in {swept.lots:,} lots"

    def due(self, **asked):
        return expire_points(**asked, dry_run=True).lots
