"""manage.py send_notifications: makes the messages that the log asks for and sends what is due, once."""

from datetime import datetime

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from loyalty import clock
from loyalty.delivery.notifications.making import make_messages
from loyalty.delivery.notifications.sending import due, send_due
from loyalty.identity.models import Brand


class Command(BaseCommand):
    help = "Send members the messages that are due. The worker does it every few seconds by itself."

    def add_arguments(self, parser):
        parser.add_argument("--brand", metavar="CODE", help="only this brand's; left out: all brands")
        parser.add_argument("--at", metavar="TIME", help="what is due at this instant (with an offset); left out: now")
        parser.add_argument("--limit", type=int, metavar="N", help="about so many messages at most")
        parser.add_argument("--dry-run", action="store_true", help="say how many are due, change and send nothing")

    def handle(self, *, brand, at, limit, dry_run, **options):
        found = Brand.objects.filter(code=brand).first() if brand else None
        if brand and found is None:
            raise CommandError(f"there is no brand {brand!r}")
        if limit is not None and limit < 1:
            raise CommandError("--limit is a number of messages, 1 or more")
        moment = _moment(at) if at else None
        count = due(at=moment or clock.now(), brand=found)
        if dry_run:
            self.stdout.write(f"would look at {min(count.count(), limit or count.count()):,} messages that are due")
            return
        made = 0
        while (batch := make_messages())[0]:
            made += batch[1]
        with _Bar(count) as progress:
            sent = send_due(at=moment, brand=found, limit=limit, progress=progress)
        self.stdout.write(f"made {made:,} messages; {sent}")


class _Bar:
    """A progress bar on a terminal, nothing elsewhere."""

    def __init__(self, count):
        self.console, self.count = Console(stderr=True), count

    def __enter__(self):
        self.bar = None
        if not self.console.is_terminal:
            return lambda done: None
        columns = TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed:,} messages")
        self.bar = Progress(*columns, TimeRemainingColumn(), console=self.console, transient=True)
        self.bar.start()
        task = self.bar.add_task("send_notifications", total=self.count.count())
        return lambda done: self.bar.update(task, completed=done)

    def __exit__(self, *fault):
        if self.bar:
            self.bar.stop()


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as fault:
        raise CommandError(f"--at: {text!r} is not a time like 2026-06-15T12:00+02:00") from fault
    if moment.tzinfo is None:
        raise CommandError("--at: say the offset too, 2026-06-15T12:00+02:00")
    if moment > clock.now():
        raise CommandError("--at lies in the future: nothing is sent before its time")
    return moment
