"""manage.py award_birthday_vouchers: gives members the birthday rewards of their programs, say once a day."""

from programs.management.sweep_command import SweepCommand
from programs.rewards.issuing.birthdays import award_birthday_vouchers


class Command(SweepCommand):
    help = "Give members their vouchers for birthdays. Safe to repeat and to run twice at once: once a year each."
    counts = "vouchers"

    def sweep(self, *, dry_run, **asked):
        done = award_birthday_vouchers(**asked, dry_run=dry_run)
        lacking = f"; {done.lacking:,} went without, for none is left" if done.lacking else ""
        return f"{'would give' if dry_run else 'gave'} {done.given:,} vouchers{lacking}"

    def due(self, **asked):
        return award_birthday_vouchers(**asked, dry_run=True).given
