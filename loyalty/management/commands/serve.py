"""manage.py serve: the web processes."""

import os
import sys

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import connection


class Command(BaseCommand):
    help = "Serve the API and the admin with gunicorn. The background jobs need `worker` beside it."
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument("--bind", default="127.0.0.1:8000", help="HOST:PORT. Default: 127.0.0.1:8000.")
        parser.add_argument("--workers", type=int, default=2, help="Processes. Default: 2.")
        parser.add_argument("--threads", type=int, default=4, help="Threads in each. Default: 4.")
        parser.add_argument("--access-log", action="store_true", help="Log every request, by its route.")

    def handle(self, *, bind, workers, threads, access_log, **options):
        if settings.EMBEDDED_SERVER:
            connection.ensure_connection()
            connection.close()
        command = [sys.executable, "-m", "gunicorn", "-c", "python:loyalty.web", "-b", bind]
        command += ["-w", str(workers), "--threads", str(threads), "--log-level", "warning"]
        os.environ["LOG_FORMAT"] = settings.LOG_FORMAT
        if access_log:
            os.environ["ACCESS_LOG"] = "on"
        # glibc keeps a heap for each thread, and what a large batch left in one of them is lost to the others.
        os.environ.setdefault("MALLOC_ARENA_MAX", "2")
        # gunicorn takes this process's place, so that whoever supervises it signals the right one.
        os.chdir(settings.BASE_DIR)
        os.execv(sys.executable, command)  # noqa: S606
