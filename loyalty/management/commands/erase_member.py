"""manage.py erase_member: takes out everything personal about one person; the books keep their figures."""

from django.core.management.base import BaseCommand, CommandError

from loyalty.errors import LoyaltyError
from loyalty.identity.privacy.erasing import erase_person
from loyalty.management.commands.export_member import REF_HELP, subject_named

ACTOR = "command:erase_member"


class Command(BaseCommand):
    help = (
        "Erase one person: rows, keys, look-ups and words go, points are forfeited, debts written off, holds released; "
        "the books keep opaque ids and balance. With --brand only what that brand has of the member. Safe to repeat: "
        "it answers what it answered first. There is no way back but a backup made before."
    )

    def add_arguments(self, parser):
        parser.add_argument("ref", help=REF_HELP)
        parser.add_argument("--brand", help="the code of a brand: only what that brand has of the member")
        parser.add_argument("--reason", required=True, help="kept with the erasure: must not name the person")
        parser.add_argument("--dry-run", action="store_true", help="only tell what would go")

    def handle(self, *, ref, brand, reason, dry_run, **options):
        try:
            erased = erase_person(subject_named(ref, brand), actor=ACTOR, reason=reason, dry_run=dry_run)
        except LoyaltyError as refusal:
            errors = refusal.facts.get("errors") or [{"detail": refusal.detail}]
            raise CommandError(" ".join(each["detail"] for each in errors)) from refusal
        counts = dict(erased.counts)
        points = counts.pop("points_forfeited", 0)
        told = ", ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in sorted(counts.items()) if count)
        verb = "would erase" if dry_run and not erased.is_repeated else f"erased at {erased.erased_at.isoformat()}:"
        self.stdout.write(f"{verb} {told or 'nothing'}; {points:,} points forfeited")
