"""Questions to the log for those who read it from outside: by brand, from a place on, no further than it is settled."""

import base64
import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase
from uuid import UUID

from loyalty.delivery.webhooks.errors import EventsArchived
from loyalty.errors import Invalid
from loyalty.events import catalogue, reading
from loyalty.events.models import Event, EventArchive
from loyalty.identity.selectors import as_uuid

PATTERN = re.compile(r"\*|[a-z_]+(\.[a-z_]+)*(\.\*)?")
CURSOR = re.compile(r"e([0-9]{1,19})")
# The index of what is rare serves a question that says that it asks for nothing else.
FREQUENT = ["points.earned", "points.redeemed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which events: of these brands (None: of all), these types (None: all), about that member, program, aggregate,
    recorded in [since, until)."""

    brands: Sequence[UUID] | None
    types: Sequence[str] | None = None
    member_id: UUID | None = None
    program_id: UUID | None = None
    aggregate_id: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """The events, the oldest first, and the number after which to go on: of the last one, or, where all were told, the
    one up to which the log was looked through."""

    events: list[Event]
    position: int


def types_named(patterns: Sequence[str]) -> list[str] | None:
    """The declared types that these names and patterns (voucher.*) mean; None for all. Refusals: Invalid (what is no
    pattern, or fits no type)."""
    found: set[str] = set()
    mistakes = []
    for pattern in patterns:
        fitting = [each for each in catalogue.types() if fnmatchcase(each, pattern)]
        if not PATTERN.fullmatch(pattern) or not fitting:
            detail = f"No type of event is called {pattern}; /api/asyncapi lists them."
            mistakes.append({"pointer": "/type", "code": "unknown-type", "detail": detail})
        found.update(fitting)
    if mistakes:
        raise Invalid(mistakes)
    return sorted(found) if patterns and "*" not in patterns else None


def cursor_of(position: int) -> str:
    """A place in the log as others get it."""
    return base64.urlsafe_b64encode(f"e{position}".encode()).decode().rstrip("=")


def position_of(after: str, *, brands: Sequence[UUID] | None) -> int:
    """The number behind a cursor, or behind the id of an event of these brands. Refusals: Invalid, EventsArchived (what
    follows it was moved out of the log: who went on would miss it)."""
    if uuid := as_uuid(after):
        known = Event.objects.filter(event_id=uuid, **_of_brands(brands)).values_list("id", flat=True).first()
        if known is not None:
            return known
        raise _wrong("There is no such event, or it is not yours to see.", "unknown-event")
    try:
        text = base64.b64decode(after + "=" * (-len(after) % 4), altchars=b"-_", validate=True).decode("ascii")
    except (binascii.Error, ValueError):
        text = ""
    named = CURSOR.fullmatch(text)
    if named is None or int(named[1]) >= 2**63:
        raise _wrong("Take the cursor from `next` as it is, or name an event by its id.", "invalid-format")
    if EventArchive.objects.filter(last_id__gt=int(named[1])).exists():
        raise EventsArchived("What follows was moved out of the log; without `after` it is read from its beginning.")
    return int(named[1])


def find_events(asked: Asked, *, after: int, limit: int) -> Found:
    """The next events after that number. Two round trips; one more where `since` is given."""
    upto = reading.settled_id()
    if asked.since:
        after = max(after, reading.number_before(asked.since))
    events = Event.objects.filter(id__gt=after, id__lte=upto, **_of_brands(asked.brands))
    if asked.types is not None:
        events = events.filter(type__in=asked.types)
        events = events if set(FREQUENT) & set(asked.types) else events.exclude(type__in=FREQUENT)
    named = {"member_id": asked.member_id, "program_id": asked.program_id, "aggregate_id": asked.aggregate_id}
    events = events.filter(**{name: value for name, value in named.items() if value})
    events = events.filter(recorded_at__gte=asked.since) if asked.since else events
    events = events.filter(recorded_at__lt=asked.until) if asked.until else events
    found = list(events.order_by("id")[:limit])
    return Found(found, found[-1].id if len(found) == limit else max(after, upto))


def _of_brands(brands: Sequence[UUID] | None) -> dict:
    """What is nobody's, the platform's own, is told to nobody."""
    return {"brand_id__isnull": False} if brands is None else {"brand_id__in": list(brands)}


def _wrong(detail: str, code: str) -> Invalid:
    return Invalid([{"pointer": "/after", "code": code, "detail": detail}])
