"""manage.py doctor: says whether the service may be trusted with points here."""

from django.core.management.base import BaseCommand, CommandError

from loyalty.diagnosis import examine


class Command(BaseCommand):
    help = "Check keys, database settings, clock and migrations. Ends with an error when something must be repaired."
    requires_system_checks = []

    def handle(self, **options):
        findings = examine()
        for finding in findings:
            word = "ok  " if finding.is_ok else "note" if finding.is_warning else "FAIL"
            self.stdout.write(f"{word}  {finding.name:<20}{finding.detail}")
        faults = [finding.name for finding in findings if not finding.is_ok and not finding.is_warning]
        if faults:
            raise CommandError(f"{len(faults)} to repair: {', '.join(faults)}")
        self.stdout.write("healthy")
