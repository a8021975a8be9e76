"""manage.py expire_vouchers: writes down which vouchers ended, say once an hour."""

from programs.management.sweep_command import SweepCommand
from programs.rewards.issuing.expiring import expire_vouchers


class Command(SweepCommand):
    help = "Expire vouchers whose time is over. Safe to repeat and to run twice at once."
    counts = "vouchers"

    def sweep(self, *, dry_run, **asked):
        expired = expire_vouchers(**asked, dry_run=dry_run)
        return f"{'would expire' if dry_run else 'expired'} {expired:,} vouchers"

    def due(self, **asked):
        return expire_vouchers(**asked, dry_run=True)
