"""manage.py export_balances --program CODE --at TIME: what every member of a program had at that instant, as CSV."""

from contextlib import nullcontext
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from programs.activity.exporting import write_balances
from programs.activity.moments import moment_of
from programs.management.sweep_command import program_named


class Command(BaseCommand):
    help = "Write what every member of a program had at an instant: it sees what happened before it and what expired."

    def add_arguments(self, parser):
        parser.add_argument("--program", required=True, metavar="CODE", help="the program's code")
        parser.add_argument("--at", required=True, metavar="TIME", help="2011-06-15T12:00, in the program's time zone")
        parser.add_argument("--output", type=Path, metavar="FILE", help="left out: standard output")

    def handle(self, *, program, at, output, **options):
        found = program_named(program)
        try:
            moment = moment_of(at, found.timezone)
        except ValueError as error:
            raise CommandError(f"--at: {error}") from error
        target = output.open("w", newline="", encoding="utf-8") if output else nullcontext(self.stdout._out)
        with target as file:
            members = write_balances(found, file, at=moment)
        if output:
            self.stdout.write(f"wrote the balances of {members:,} members to {output}")
