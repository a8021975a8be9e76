"""manage.py check_rates: does going round in a circle of rates ever end with more points? Exit code 1 when it does."""

from django.core.management.base import BaseCommand, CommandError

from exchange.rates.dated import circles_at, instants
from exchange.rates.selectors import codes_of, pairs_in_time
from loyalty import clock
from programs.activity.moments import moment_of

WIDTH = 24


class Command(BaseCommand):
    help = "List the circles of rates with what a point becomes on each, now and whenever a rate or bonus changes."

    def add_arguments(self, parser):
        parser.add_argument("--at", metavar="TIME", help="only at this instant, UTC if it does not say otherwise")
        parser.add_argument(
            "--limit", type=int, default=20, metavar="N", help="list so many circles of an instant at most; 20"
        )

    def handle(self, *, at, limit, **options):
        if limit < 0:
            raise CommandError("--limit is a number of circles, 0 or more")
        try:
            since = moment_of(at, "UTC") if at else clock.now()
        except ValueError as error:
            raise CommandError(f"--at: {error}") from error
        pairs = pairs_in_time(since)
        names = codes_of({program for pair in pairs for program in pair.key})
        moments = [since] if at else instants(pairs, since)
        found = {moment: circles_at(pairs, moment) for moment in moments}
        for moment, circles in found.items():
            self._tell(f"{moment:%Y-%m-%d %H:%M:%S}", circles, names, limit)
        gains = [circle for circles in found.values() for circle in circles if circle.is_gain]
        summary = f"checked {_counted(len(pairs), 'pair')} at {_counted(len(moments), 'instant')}: "
        if gains:
            raise CommandError(f"{summary}points come of nothing in {_counted(len(gains), 'circle')}")
        self.stdout.write(f"{summary}no circle makes points out of nothing")

    def _tell(self, moment: str, circles: list, names: dict, limit: int) -> None:
        """Those that gain are always told."""
        told = [circle for n, circle in enumerate(circles) if n < limit or circle.is_gain]
        for circle in told:
            mark = "  MAKES POINTS" if circle.is_gain else ""
            self.stdout.write(f"{moment:<{WIDTH}}{circle.in_words(names)}{mark}")
        if len(told) < len(circles):
            self.stdout.write(f"{moment:<{WIDTH}}and {_counted(len(circles) - len(told), 'circle')} that give less")


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
