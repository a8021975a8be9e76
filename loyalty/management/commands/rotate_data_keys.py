"""manage.py rotate_data_keys: seals personal data with a new key, while the service runs."""

from contextlib import contextmanager

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.progress import Progress

from loyalty.sealed import rotation
from loyalty.sealed.ring import add_key_to_file, free_name, fresh_key, ring

HELP = """
Seal everything personal with the newest key of the ring. Safe to repeat, to break off and to run under load.

Where the keys are in the file that this program made (development), a new key is added to it first, unless an
earlier run was broken off. Where they are given by DATA_KEYS: put a new key in front of the list (--new-key prints
one), restart every process, run this, and take the old key out when it says so. Backups made until then need the
old key as long as they are kept.

When INDEX_KEY has to be another one: stop the service, change it everywhere, run this with --reindex, start again.
E-mails and phones are not found until that is done; devices count as new ones afterwards.
"""


class Command(BaseCommand):
    help = HELP

    def add_arguments(self, parser):
        parser.add_argument("--limit", type=int, metavar="N", help="about so many rows at most; left out: all")
        parser.add_argument("--dry-run", action="store_true", help="say which keys are in use, change nothing")
        parser.add_argument("--reindex", action="store_true", help="make the blind indexes anew with INDEX_KEY")
        parser.add_argument("--new-key", action="store_true", help="print a new key for DATA_KEYS, change nothing")

    def handle(self, *, limit, dry_run, reindex, new_key, **options):
        if limit is not None and limit < 1:
            raise CommandError("--limit is a number of rows, 1 or more")
        if new_key:
            self.stdout.write(f"{free_name(ring())}:{fresh_key()}")
            return
        if reindex:
            with self._progress("rows") as progress:
                changed = rotation.reindex(progress=progress)
            self.stdout.write(f"indexed {changed:,} rows anew")
            return
        if dry_run:
            self._report(rotation.tally())
            return
        before = rotation.tally()
        if not settings.DATA_KEYS and not before.older_than(ring().newest):
            add_key_to_file(free_name(ring()))
        older = before.older_than(ring().newest)
        with self._progress("rows", older) as progress:
            after = rotation.reseal(limit=limit, progress=progress)
        left = after.older_than(ring().newest)
        self.stdout.write(f"sealed {max(older - left, 0):,} rows with the key {ring().newest}; {left:,} are left")
        self._report(after)

    def _report(self, tally: rotation.Tally) -> None:
        """Which keys are in use, and which may go."""
        newest, known = ring().newest, ring().keys
        for key, many in sorted(tally.by_key.items()):
            where = ", ".join(f"{name} {used[key]:,}" for name, used in tally.used.items() if used[key])
            self.stdout.write(f"  {key}: {many:,} rows ({where}){' - the newest' if key == newest else ''}")
        for key in [key for key in known if key != newest and not tally.by_key[key]]:
            self.stdout.write(f"  {key}: in no row; take it out once every process has restarted with {newest}")
        if lost := sum(many for key, many in tally.by_key.items() if key not in known):
            raise CommandError(f"{lost:,} rows were sealed with keys that are not in the ring; they cannot be read")

    @contextmanager
    def _progress(self, what: str, total: int | None = None):
        """A progress bar on a terminal, nothing elsewhere."""
        console = Console(stderr=True)
        if not console.is_terminal:
            yield lambda done: None
            return
        with Progress(console=console, transient=True) as bar:
            task = bar.add_task(what, total=total)
            yield lambda done: bar.update(task, completed=done)
