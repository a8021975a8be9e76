"""manage.py build_password_list: makes the file of known passwords."""

from collections.abc import Iterator
from pathlib import Path

from django.core.management.base import BaseCommand

from loyalty.identity.passwords import known

LENGTH_MIN = 10
STEMS_OF = 50_000


class Command(BaseCommand):
    help = "Make the file of known passwords from lists, one a line, the most used first. Repeating it gives the same."

    def add_arguments(self, parser):
        parser.add_argument("lists", type=Path, nargs="+")
        parser.add_argument("--to", type=Path, default=known.FILE)

    def handle(self, *args, lists: list[Path], to: Path, **options):
        words = {word for path in lists for word in self._words(path)}
        content = known.packed(words)
        to.write_bytes(content)
        self.stdout.write(f"{len(content) // known.HASH_BYTES:,} known passwords in {len(content):,} bytes")

    def _words(self, path: Path) -> Iterator[str]:
        with path.open(encoding="utf-8", errors="replace") as lines:
            for place, line in enumerate(lines):
                password = line.rstrip("\r\n").casefold()
                if len(password) >= LENGTH_MIN:
                    yield password
                if place < STEMS_OF:
                    yield from known.stems(password)
