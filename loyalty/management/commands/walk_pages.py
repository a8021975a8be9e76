"""manage.py walk_pages: how long each page of the portal takes, for each role."""

import logging
from collections import Counter

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.table import Table

from loyalty.demo.benchmark.pages import BOUND_MS, Timed, walk
from loyalty.errors import LoyaltyError
from loyalty.identity.models import Brand


class Command(BaseCommand):
    help = (
        "Walk the portal as operator and as the people of a brand; tell the pages that take too long. See seed_scale."
    )

    def add_arguments(self, parser):
        parser.add_argument("--brand", default="scale", metavar="CODE", help="Whose people walk. Default: scale.")
        parser.add_argument("--role", default="", help="operator, admin, staff or partner. Default: all of them.")
        parser.add_argument("--bound", type=int, default=BOUND_MS, metavar="MS", help=f"Default: {BOUND_MS}.")
        parser.add_argument("--top", type=int, default=20, help="So many of the others too. Default: 20.")

    def handle(self, *, brand, role, bound, top, **options):
        found = Brand.objects.filter(code=brand).first()
        if found is None:
            raise CommandError(f"there is no brand {brand!r}: manage.py seed_scale makes one")
        # What is refused along the way is no news.
        logging.disable(logging.ERROR)
        try:
            pages = walk(found, role=role, say=self.stderr.write)
        except LoyaltyError as refusal:
            raise CommandError(refusal.detail) from refusal
        slow = [page for page in pages if page.milliseconds > bound and not page.is_download]
        broken = [page for page in pages if page.is_broken]
        downloads = [page for page in pages if page.is_download]
        show([*slow, *broken], f"Pages over {bound} ms, or broken")
        show([page for page in pages if page not in slow and page not in downloads][:top], "The slowest of the others")
        show(downloads, "Downloads, which have no bound")
        roles = ", ".join(f"{count} as {role}" for role, count in Counter(page.role for page in pages).items())
        self.stdout.write(f"walked {len(pages)} pages ({roles}): {len(slow)} over {bound} ms, {len(broken)} broken")
        if slow or broken:
            raise CommandError("there are pages that take too long or break")


def show(pages: list[Timed], title: str) -> None:
    table = Table("ms", "role", "page", "queries", "slowest ms", "slowest statement", title=title)
    for page in pages:
        table.add_row(
            f"{page.milliseconds:,.0f}",
            page.role,
            f"{page.path} [{page.status}]" if page.status != 200 else page.path,
            str(page.queries),
            f"{page.slowest_ms:,.0f}",
            page.slowest_sql[:400] if page.slowest_ms > BOUND_MS / 3 else "",
        )
    Console(highlight=False, markup=False, width=220).print(table)
