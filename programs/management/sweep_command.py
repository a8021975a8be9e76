"""Commands that carry out what time calls for: of one program or all, up to an instant, bounded, and told in a line."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from loyalty import clock
from programs.activity.moments import moment_of
from programs.membership.models import Program

Tell = Callable[[int], None]
"""Told how many are done so far."""


class SweepCommand(BaseCommand, ABC):
    """Reads the arguments, shows how far it is and writes one line. A command says what it counts and how it sweeps."""

    counts = "lots"

    def add_arguments(self, parser):
        parser.add_argument("--program", metavar="CODE", help="only this program's; left out: all programs")
        parser.add_argument("--at", metavar="TIME", help="as of this instant, by the program's clock; left out: now")
        parser.add_argument("--limit", type=int, metavar="N", help=f"about so many {self.counts} at most")
        parser.add_argument("--dry-run", action="store_true", help="say what is due, change nothing")

    @abstractmethod
    def sweep(self, *, at: datetime, program: Program | None, limit: int | None, dry_run: bool, progress: Tell) -> str:
        """Does it, or with `dry_run` looks what there is to do; answers the line to write."""

    def due(self, *, at: datetime, program: Program | None, limit: int | None) -> int | None:
        """How many there are to do, for the bar on a terminal; None: it cannot be told beforehand."""
        return None

    def now(self) -> datetime:
        """The instant where none is given."""
        return clock.now()

    def handle(self, *, program, at, limit, dry_run, **options):
        found = program_named(program) if program else None
        if limit is not None and limit < 1:
            raise CommandError(f"--limit is a number of {self.counts}, 1 or more")
        try:
            moment = moment_of(at, found.timezone if found else "UTC") if at else self.now()
        except ValueError as error:
            raise CommandError(f"--at: {error}") from error
        if moment > clock.now():
            raise CommandError("--at lies in the future: nothing is done before its time")
        asked = {"at": moment, "program": found, "limit": limit}
        with bar_on_terminal(type(self), self.counts, lambda: self.due(**asked)) as progress:
            told = self.sweep(**asked, dry_run=dry_run, progress=progress)
        self.stdout.write(told)


def program_named(code: str) -> Program:
    """The program with this code; refused where there is none."""
    found = Program.objects.select_related("brand", "unit").filter(code=code).first()
    if found is None:
        raise CommandError(f"there is no program {code!r}")
    return found


@contextmanager
def bar_on_terminal(command: type, counts: str, total: Callable[[], int | None]) -> Iterator[Tell]:
    """A progress bar with the command's name on a terminal, nothing elsewhere; `total` is asked only where it is
    shown."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda done: None
        return
    columns = TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed:,} " + counts)
    with Progress(*columns, TimeRemainingColumn(), console=console, transient=True) as bar:
        task = bar.add_task(command.__module__.rpartition(".")[2], total=total())
        yield lambda done: bar.update(task, completed=done)
