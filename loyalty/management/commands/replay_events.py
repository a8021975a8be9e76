"""manage.py replay_events: makes the read models anew from the log and holds them against those that are kept; exit
code 1 when they differ."""

from datetime import datetime
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils.module_loading import autodiscover_modules
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from loyalty.events import archives, reading
from loyalty.events.models import Event
from loyalty.events.replay import MODELS, SHOWN, Part, ReadModel, replay
from loyalty.identity.models import Brand


class Command(BaseCommand):
    help = (
        "Rebuild read models from the event log alone and show that they are equal. Without --rebuild nothing changes."
    )

    def add_arguments(self, parser):
        parser.add_argument("--model", action="append", metavar="NAME", help="only this one; may be repeated")
        parser.add_argument("--brand", metavar="CODE", help="only what is this brand's")
        parser.add_argument("--upto", metavar="NUMBER|TIME", help="read the log only so far; left out: all of it")
        parser.add_argument("--archive", metavar="DIR", help="read the archives in this folder first")
        parser.add_argument("--rebuild", action="store_true", help="first write anew what is only a projection")

    def handle(self, *, model, brand, upto, archive, rebuild, **options):
        autodiscover_modules("replays")
        models = _chosen(model)
        part = Part(
            brand_id=_brand(brand),
            upto=_number(upto),
            archived=(lambda: archives.chunks_in(Path(archive))) if archive else tuple,
        )
        for one in models:
            if rebuild and one.rebuild:
                one.rebuild()
                self.stdout.write(f"{one.name}: written anew")
        skipped = [one for one in models if one.needs_all and upto]
        for one in skipped:
            self.stdout.write(f"{one.name}: left out, for it cannot be told from a part of the log")
        with _bar() as progress:
            verdicts = replay([one for one in models if one not in skipped], part, progress=progress)
        for verdict in verdicts:
            self._tell(verdict)
        if wrong := sum(verdict.differences for verdict in verdicts):
            raise CommandError(f"{wrong:,} differences")
        self.stdout.write(f"{len(verdicts)} read models are as the log tells")

    def _tell(self, verdict) -> None:
        said = f"{verdict.differences:,} differ" if verdict.differences else "equal"
        self.stdout.write(f"{verdict.model.name}: {verdict.rows:,} {verdict.model.title} read, {said}")
        for row in verdict.shown:
            self.stdout.write("  " + ", ".join(f"{name} {value}" for name, value in row.items() if value is not None))
        if verdict.differences > SHOWN:
            self.stdout.write(f"  ... and {verdict.differences - SHOWN:,} more")


def _chosen(names: list[str] | None) -> list[ReadModel]:
    if strange := sorted(set(names or ()) - MODELS.keys()):
        raise CommandError(f"there is no read model {strange[0]!r}: say {', '.join(sorted(MODELS))}")
    return [MODELS[name] for name in names or sorted(MODELS)]


def _brand(code: str | None):
    if code is None:
        return None
    found = Brand.objects.filter(code=code).values_list("pk", flat=True).first()
    if found is None:
        raise CommandError(f"there is no brand {code!r}")
    return found


def _number(upto: str | None) -> int | None:
    """A number, or the one of the last event recorded before an instant."""
    if upto is None or upto.isdecimal():
        return upto and int(upto)
    try:
        moment = datetime.fromisoformat(upto)
    except ValueError as error:
        raise CommandError(f"--upto: {error}") from error
    if moment.tzinfo is None:
        raise CommandError("--upto: a time has an offset, say 2026-10-01T00:00:00Z")
    later = Event.objects.filter(id__gt=reading.number_before(moment), recorded_at__gte=moment).order_by("id")
    first = later.values_list("id", flat=True).first()
    return first and first - 1


class _bar:
    """How far it is, on a terminal; nothing elsewhere."""

    def __enter__(self):
        console = Console(stderr=True)
        columns = TextColumn("replay_events"), BarColumn(), TextColumn("{task.completed:,} events")
        self.shown = Progress(*columns, TimeRemainingColumn(), console=console, transient=True)
        if not console.is_terminal:
            return lambda upto: None
        newest = Event.objects.order_by("-id").values_list("id", flat=True).first()
        task = self.shown.add_task("replay_events", total=newest)
        self.shown.start()
        return lambda upto: self.shown.update(task, completed=upto)

    def __exit__(self, *raised):
        self.shown.stop()
