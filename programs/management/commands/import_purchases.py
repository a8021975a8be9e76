"""manage.py import_purchases FILE --program CODE: a shop's exported purchases go into a program."""

from contextlib import ExitStack, contextmanager
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from loyalty.csv_files import CsvWriter
from loyalty.errors import LoyaltyError
from programs.activity.importing import CHUNK, import_purchases
from programs.activity.source_files import BadRow
from programs.management.sweep_command import program_named

SHOWN = 20


class Command(BaseCommand):
    help = (
        "Import invoice lines or events from a CSV file (.gz too) into a program. Safe to repeat and to break off: "
        "what is in the books already is passed over. Ends with an error when rows were refused."
    )

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path, metavar="FILE", help="the file; its header tells which kind it is")
        parser.add_argument("--program", required=True, metavar="CODE", help="the program's code")
        parser.add_argument("--refused", type=Path, metavar="FILE", help="CSV for the refused rows: line, reason, row")
        parser.add_argument("--chunk", type=int, default=CHUNK, help=f"acts carried out together. Default: {CHUNK}.")
        parser.add_argument("--dry-run", action="store_true", help="read and check everything, change nothing")

    def handle(self, *, file, program, refused, chunk, dry_run, **options):
        found = program_named(program)
        if not 1 <= chunk <= 10_000:
            raise CommandError("--chunk is a number from 1 to 10000")
        try:
            with ExitStack() as stack:
                refuse = stack.enter_context(self._refusals(refused))
                progress = stack.enter_context(self._progress(file.name))
                summary = import_purchases(found, file, refuse=refuse, chunk=chunk, dry_run=dry_run, progress=progress)
        except LoyaltyError as refusal:
            raise CommandError(refusal.detail) from refusal
        done = "would import" if dry_run else "imported"
        self.stdout.write(
            f"{done} {summary.purchases:,} purchases, {summary.returns:,} returns and {summary.redemptions:,} "
            f"redemptions; {summary.known:,} were known; earned {summary.earned:,}, reversed {summary.reversed:,}, "
            f"redeemed {summary.redeemed:,} points"
        )
        if summary.refused:
            raise CommandError(f"{summary.refused:,} rows were refused" + (f": see {refused}" if refused else ""))

    @contextmanager
    def _refusals(self, path: Path | None):
        """What takes a refused row: a file, or the terminal for the first few."""
        if path is None:
            shown = 0

            def show(row: BadRow) -> None:
                nonlocal shown
                shown += 1
                if shown <= SHOWN:
                    self.stderr.write(f"line {row.line}: {row.reason}")

            yield show
            return
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = CsvWriter(file, ["line", "reason", "row"])
            yield lambda row: writer.row([row.line, row.reason, *row.row])

    @contextmanager
    def _progress(self, name: str):
        """A progress bar on a terminal, nothing elsewhere."""
        console = Console(stderr=True)
        if not console.is_terminal:
            yield lambda done, total: None
            return
        columns = TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed:,} of {task.total:,} rows")
        with Progress(*columns, TimeRemainingColumn(), console=console, transient=True) as bar:
            task = bar.add_task(name, total=None)
            yield lambda done, total: bar.update(task, completed=done, total=total)
