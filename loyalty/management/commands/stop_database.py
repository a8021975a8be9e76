"""manage.py stop_database: stops the embedded PostgreSQL of this checkout."""

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError


class Command(BaseCommand):
    help = "Stop the embedded PostgreSQL. Whatever needs it next starts it again; no data is lost."
    requires_system_checks = []

    def handle(self, **options):
        if settings.EMBEDDED_SERVER is None:
            raise CommandError("DATABASE_URL is set: that server is not ours to stop.")
        self.stdout.write("stopped" if settings.EMBEDDED_SERVER.stop() else "was not running")
