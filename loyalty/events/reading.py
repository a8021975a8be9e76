"""Reading the log from one end to the other: nobody passes an event that commits late."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from django.db import connection, transaction

from loyalty.events.models import Event, EventReader

BATCH = 500


def settled_id() -> int:
    """The number up to which no event can appear any more, in one round trip. It moves on as it is asked: where a
    transaction was rolled back, or still runs, at the third time of asking after that ended."""
    with connection.cursor() as cursor:
        cursor.execute("select loyalty_settled_events()")
        return cursor.fetchone()[0]


def events_after(position: int, *, limit: int = BATCH, upto: int | None = None) -> list[Event]:
    """The events with numbers above `position` up to the settled one (or `upto`, known to be settled), in order."""
    upto = settled_id() if upto is None else upto
    return list(Event.objects.filter(id__gt=position, id__lte=upto).order_by("id")[:limit])


@contextmanager
def reading(name: str, *, limit: int = BATCH) -> Iterator[Sequence[Event]]:
    """The next events for the reader of that name, in a transaction with what is made of them: when the block ends well
    the reader's place moves on, so each event is read once. Empty while another reads under the same name. A reader
    that is new begins with the events after this moment."""
    upto = settled_id()
    EventReader.objects.get_or_create(name=name, defaults={"position": upto})
    with transaction.atomic():
        reader = EventReader.objects.select_for_update(skip_locked=True).filter(name=name).first()
        events = events_after(reader.position, limit=limit, upto=upto) if reader else []
        yield events
        if events:
            reader.position = events[-1].id
            reader.save()
