"""manage.py reassess_tiers: brings members' tiers up to date and warns of endings, say once an hour."""

from time import monotonic

from programs.management.sweep_command import SweepCommand
from programs.membership.assessing import members_to_assess, reassess_tiers


class Command(SweepCommand):
    help = "Assess members' tiers: up, down as the program says, and warnings before they end. Safe to repeat."
    counts = "members"

    def sweep(self, *, dry_run, **asked):
        begun = monotonic()
        found = reassess_tiers(**asked, dry_run=dry_run)
        would = "would be: " if dry_run else ""
        warned = f", {found.warned:,} warned" if found.warned else ""
        return (
            f"{would}{found.ups:,} up, {found.downs:,} down, {found.unchanged:,} unchanged{warned} "
            f"in {found.members:,} members, {monotonic() - begun:.1f} s"
        )

    def due(self, *, program, limit, **asked):
        members = members_to_assess(program)
        return members if limit is None else min(members, limit)
