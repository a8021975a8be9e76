"""Reading the log from one end to the other: nobody passes an event that commits late."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.db import connection, transaction

from loyalty.events.models import Event, EventReader

BATCH = 500
# An event is recorded when its statement began; one with a lower number may have begun so much later.
SKEW = timedelta(hours=1)
# Halves the numbers until one is found with all events before it recorded before that instant.
NUMBER_BEFORE = """
with recursive edge as (
  select coalesce((select id - 1 from loyalty_event order by id limit 1), 0) as low,
         coalesce((select id from loyalty_event order by id desc limit 1), 0) as high
), halving as (
  select low, high from edge
  union all
  select case when e.is_before then greatest(e.id, h.middle) else h.low end,
         case when e.is_before then h.high else h.middle end
  from (select low, high, (low + high) / 2 as middle from halving where high - low > 1) h
  cross join lateral (
    select id, recorded_at < %s as is_before from loyalty_event where id >= h.middle order by id limit 1
  ) e
)
select coalesce(min(low), 0) from halving where high - low <= 1
"""


def settled_id() -> int:
    """The number up to which no event can appear any more, in one round trip. It moves on as it is asked: where a
    transaction was rolled back, or still runs, at the third time of asking after that ended."""
    with connection.cursor() as cursor:
        cursor.execute("select loyalty_settled_events()")
        return cursor.fetchone()[0]


def number_before(at: datetime) -> int:
    """A number such that all events recorded at that instant or later have higher ones, and few others do; one round
    trip."""
    with connection.cursor() as cursor:
        cursor.execute(NUMBER_BEFORE, [at - SKEW])
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
