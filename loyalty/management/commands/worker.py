"""manage.py worker: runs jobs until told to stop."""

from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from loyalty.worker import run_worker


class Command(BaseCommand):
    help = "Run background jobs. Any number of workers may share one database. Restart it whenever it ends."
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument("--queues", help="Only these, parted by commas. Default: all.")
        parser.add_argument("--concurrency", type=int, default=4, help="Jobs at a time. Default: 4.")
        parser.add_argument("--until-empty", action="store_true", help="End when no job is left.")

    def handle(self, *, queues, concurrency, until_empty, **options):
        # Jobs are fetched over connections of their own: make sure that there is a server to connect to.
        connection.ensure_connection()
        connection.close()
        names = queues.split(",") if queues else None
        if not run_worker(queues=names, concurrency=concurrency, until_empty=until_empty):
            raise CommandError("The worker lost the database; it is to be started again.")
