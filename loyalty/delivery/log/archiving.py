"""Moving old events out: whole partitions of the log into files, when nobody needs them here any more."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.db import connection, transaction
from django.db.models import Count, Exists, Max, Min, OuterRef

from loyalty.delivery.webhooks.models import WebhookDelivery, WebhookEndpoint
from loyalty.events import archives, catalogue
from loyalty.events.envelopes import written
from loyalty.events.models import Event, EventArchive, EventReader
from loyalty.events.partitions import Partition, partitions
from loyalty.events.reading import settled_id
from loyalty.identity.privacy.traces_room import KEPT

AT_ONCE = 5_000
COLUMNS = ("id", "event_id", "brand_id", "type", "version", "aggregate_id", "sequence", "member_id", "program_id",
           "posting_id", "data", "occurred_at", "recorded_at")  # fmt: skip
OPEN = (WebhookDelivery.Status.WAITING, WebhookDelivery.Status.SENDING)


@dataclass(frozen=True, slots=True)
class Due:
    """A partition that is old enough; `kept` says why it stays, empty where nothing keeps it."""

    partition: Partition
    kept: str = ""


class ArchiveIsNotWhole(Exception):
    """What was read back from the file is not what lies in the log; nothing was removed."""


class StillNeeded(Exception):
    """Somebody has come to need the partition while it was written to a file; nothing was removed."""


def due(before: datetime) -> list[Due]:
    """The partitions, the oldest first, in which all events were recorded before that instant, up to the first that
    somebody still needs: the log begins at one place and has no hole. Changes nothing."""
    found, upto = [], settled_id()
    for partition in partitions():
        newest = Event.objects.filter(id__gte=partition.first, id__lte=partition.last).order_by("-id").first()
        if newest is None or newest.recorded_at >= before:
            break
        later = Event.objects.filter(id__gte=partition.first, id__lte=partition.last, recorded_at__gte=before)
        if later.exists():
            break
        found.append(Due(partition, _kept(partition, upto)))
        if found[-1].kept:
            break
    return found


def archive(
    partition: Partition, folder: Path, *, progress: Callable[[int], None] = lambda events: None
) -> EventArchive:
    """Writes the partition's events to a file, reads it back, and only then removes them from the log. What an erasure
    would take out of an event does not come into the file. Cut off before the end it can be repeated: a file without
    its row here is written again. Refusals: ArchiveIsNotWhole, StillNeeded."""
    path = folder / f"events-{partition.first:020d}-{partition.last:020d}{archives.ENDING}"
    unfinished = path.with_name(f".{path.name}.unfinished")
    try:
        wrote = _write(partition, unfinished, progress)
        _read_back(unfinished, wrote)
        unfinished.replace(path)
        archives.keep_names_of(folder)
    finally:
        unfinished.unlink(missing_ok=True)
    return _remove(partition, path, wrote)


def stripped(event: Event) -> dict:
    """The event's data without what is personal; of a type that nobody declares ids and figures stay."""
    told = catalogue.find(event.type, event.version)
    if told:
        return {name: value for name, value in event.data.items() if name not in told.personal}
    return {name: value for name, value in event.data.items() if name in KEPT}


def _kept(partition: Partition, settled: int) -> str:
    """Why it cannot go, in words."""
    if partition.last > settled:
        return "events with its numbers may still appear"
    if reader := EventReader.objects.filter(position__lt=partition.last).order_by("position").first():
        return f"the reader {reader.name} is at {reader.position:,}"
    removed = WebhookEndpoint.Status.REMOVED, WebhookEndpoint.Status.DISABLED
    # Of a brand of which nothing happened the place stays where it was, however far the log is.
    unread = Event.objects.filter(
        brand_id=OuterRef("brand_id"), id__gt=OuterRef("position"), id__gte=partition.first, id__lte=partition.last
    )
    behind = WebhookEndpoint.objects.exclude(status__in=removed).filter(Exists(unread), position__lt=partition.last)
    if endpoint := behind.order_by("position").first():
        return f"the webhook endpoint {endpoint.pk} is at {endpoint.position:,}"
    if waiting := WebhookDelivery.objects.filter(status__in=OPEN, event_number__lte=partition.last).first():
        return f"event {waiting.event_number:,} is on its way to a webhook endpoint"
    return ""


def _write(partition: Partition, path: Path, progress: Callable[[int], None]) -> archives.Counting:
    file = archives.Counting(path)
    for event in _events(partition):
        row = {name: getattr(event, name) for name in COLUMNS}
        times = {name: written(row[name]) for name in ("occurred_at", "recorded_at")}
        file.write(row | times | {"data": stripped(event)})
        if file.events % AT_ONCE == 0:
            progress(file.events)
    file.close()
    return file


def _events(partition: Partition) -> Iterator[Event]:
    with transaction.atomic():
        found = Event.objects.filter(id__gte=partition.first, id__lte=partition.last).order_by("id")
        yield from found.iterator(chunk_size=AT_ONCE)


def _read_back(path: Path, wrote: archives.Counting) -> None:
    events, before = 0, 0
    for event in archives.events_in(path):
        if event["id"] <= before:
            raise ArchiveIsNotWhole(f"{path.name}: event {event['id']} comes after {before}")
        events, before = events + 1, event["id"]
    if (events, before) != (wrote.events, wrote.last or 0):
        raise ArchiveIsNotWhole(f"{path.name} holds {events:,} events, {wrote.events:,} were written")


def _remove(partition: Partition, path: Path, wrote: archives.Counting) -> EventArchive:
    """All that takes long is done before the lock: nothing comes into a partition that is settled."""
    inside = Event.objects.filter(id__gte=partition.first, id__lte=partition.last)
    found = inside.aggregate(events=Count("id"), first_at=Min("recorded_at"), last_at=Max("recorded_at"))
    if found["events"] != wrote.events:
        raise ArchiveIsNotWhole(f"{path.name} holds {wrote.events:,} events, the log {found['events']:,}")
    sha256, name = archives.sha256_of(path), connection.ops.quote_name(partition.name)
    with transaction.atomic(), connection.cursor() as cursor:
        # Whoever writes events waits while this lock is waited for, and so that is not for long.
        cursor.execute("set local lock_timeout = '3s'")
        cursor.execute("lock table loyalty_event in access exclusive mode")
        if kept := _kept(partition, partition.last):
            raise StillNeeded(f"{partition.name} stays: {kept}")
        cursor.execute(f"alter table loyalty_event detach partition {name}")
        cursor.execute(f"drop table {name}")
        return EventArchive.objects.create(
            partition=partition.name,
            first_id=partition.first,
            last_id=partition.last,
            file=path.name,
            sha256=sha256,
            **found,
        )
