"""manage.py award_birthdays: gives what rules give for birthdays, say once a day."""

from programs.activity.birthdays import award_birthdays
from programs.management.sweep_command import SweepCommand


class Command(SweepCommand):
    help = "Give members what rules give for their birthday. Safe to repeat and to run twice at once: once a year each."
    counts = "members"

    def sweep(self, *, dry_run, **asked):
        done = award_birthdays(**asked, dry_run=dry_run)
        if dry_run:
            return f"would congratulate {done.members:,} members"
        return f"congratulated {done.members:,} members with {done.points:,} points"

    def due(self, **asked):
        return award_birthdays(**asked, dry_run=True).members
