"""Reading the log from one end to the other: nobody passes an event that commits late."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Q

from loyalty.events.models import Event, EventReader

BATCH = 500
STRETCH_MAX = 50_000
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


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of the log: the events in it that were asked for, and how many numbers it is long."""

    events: Sequence[Event] = ()
    length: int = 0


@contextmanager
def reading(name: str, *, wanted: Q, limit: int = BATCH) -> Iterator[Stretch]:
    """The next stretch of the log for the reader of that name, with at most `limit` events that are `wanted`, in a
    transaction with what is made of them: when the block ends well the reader's place moves on, so each event is read
    once. Events that nobody wants are passed without being fetched. Of no length while another reads under the same
    name, or when there is nothing more. A reader that is new begins with the events after this moment."""
    upto = settled_id()
    EventReader.objects.get_or_create(name=name, defaults={"position": upto})
    with transaction.atomic():
        reader = EventReader.objects.select_for_update(skip_locked=True).filter(name=name).first()
        if reader is None or reader.position >= upto:
            yield Stretch()
            return
        end = min(upto, reader.position + STRETCH_MAX)
        events = list(Event.objects.filter(wanted, id__gt=reader.position, id__lte=end).order_by("id")[:limit])
        if len(events) == limit:
            end = events[-1].id
        yield Stretch(events, end - reader.position)
        reader.position = end
        reader.save()
