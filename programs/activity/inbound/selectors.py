"""Questions about what other systems told: which of it somebody sees. Nothing here writes."""

from collections.abc import Sequence
from datetime import datetime
from typing import TypeVar
from uuid import UUID

import msgspec
from django.db import connection
from django.db.models import Count, Max, Min, Model, QuerySet

from loyalty.errors import NotFound
from loyalty.identity.models import Brand
from loyalty.identity.principals import Principal
from loyalty.identity.selectors import as_uuid, find_brand
from programs.activity.inbound.models import EventMapping, EventSource, InboundEvent
from programs.activity.records import POSTING_COLUMNS, Recorded, posted_of
from programs.membership.selectors import find_program

Row = TypeVar("Row", bound=Model)
BY_ID = f"""
select a.owner_id, pr.id, {POSTING_COLUMNS} from ledger_posting p
join ledger_account a on a.id = p.account_id
join programs_program pr on pr.unit_id = p.unit_id
left join ledger_posting o on o.id = p.reverses_id
where p.public_id = any(%s) order by p.id
"""


class Unknown(msgspec.Struct):
    """A type of event that nobody knows the meaning of, and how much of it came."""

    brand_id: UUID
    source: str
    type: str
    events: int
    first_at: datetime
    last_at: datetime


def brand_of(principal: Principal, *, program: str = "", brand: str | None = None) -> Brand | UUID:
    """At which brand an event counts: that of the program it names, or the one it names, or the caller's only one. No
    query for callers of one brand where no program is named. Refusals: NotFound, Invalid (not named, and there is more
    than one)."""
    if program:
        try:
            return find_program(principal, program).brand_id
        except NotFound as refusal:
            raise NotFound(refusal.detail, pointer="/programid") from None
    if brand is None and not principal.is_operator and len(principal.brands) == 1:
        return next(iter(principal.brands))
    return find_brand(principal, brand, pointer="/brandid")


def visible_events(
    principal: Principal,
    *,
    status: str = "",
    type: str = "",
    source: str = "",
    sender: UUID | None = None,
    permission: str = "inbound_events.view",
) -> QuerySet[InboundEvent]:
    """What was told to the brands where the principal may look, or may do what `permission` says, without what it says;
    each filter that is given keeps some."""
    given = {"status": status, "type": type, "source": source, "sender": sender}
    found = _of_brands(InboundEvent.objects.defer("content", "data_key"), principal, permission)
    return found.filter(**{name: value for name, value in given.items() if value})


def unknown_types(principal: Principal, *, brand_id: UUID | None = None) -> list[Unknown]:
    """The types that nobody knows the meaning of, with how much of each came from whom, the most first."""
    found = visible_events(principal, status=InboundEvent.Status.IGNORED).filter(act="")
    found = found.filter(brand=brand_id) if brand_id else found
    counted = found.order_by().values("brand_id", "source", "type").annotate(
        events=Count("id"), first_at=Min("received_at"), last_at=Max("received_at")
    )  # fmt: skip
    return [Unknown(**row) for row in counted.order_by("-events", "type", "source")[:200]]


def visible_sources(principal: Principal, brand_id: UUID | None = None) -> QuerySet[EventSource]:
    """The sources of the brands where the principal may look, or of one of these."""
    return _of_brand(_of_brands(EventSource.objects.all(), principal, "event_sources.view"), brand_id)


def visible_mappings(principal: Principal, brand_id: UUID | None = None) -> QuerySet[EventMapping]:
    """The mappings of the brands where the principal may look, or of one of these."""
    return _of_brand(_of_brands(EventMapping.objects.all(), principal, "event_mappings.view"), brand_id)


def find_event(principal: Principal, ref: str, permission: str = "inbound_events.view") -> InboundEvent:
    """The event by its id, for whoever may do that at its brand. Refusals: NotFound, Forbidden, ScopeMissing."""
    return _found(InboundEvent.objects.all(), principal, ref, permission, "There is no such event.")


def find_source(principal: Principal, ref: str, permission: str = "event_sources.view") -> EventSource:
    """The source by its id. Refusals: NotFound, Forbidden, ScopeMissing."""
    return _found(EventSource.objects.select_related("program"), principal, ref, permission, "There is no such source.")


def find_mapping(principal: Principal, ref: str, permission: str = "event_mappings.view") -> EventMapping:
    """The mapping by its id. Refusals: NotFound, Forbidden, ScopeMissing."""
    rows = EventMapping.objects.select_related("source", "program")
    return _found(rows, principal, ref, permission, "There is no such mapping.")


def transactions_of(events: Sequence[InboundEvent]) -> dict[UUID, list[Recorded]]:
    """The transactions that each event gave, as they were answered first. One query."""
    wanted = {event.id: [UUID(one) for one in event.outcome.get("transactions", ())] for event in events}
    ids = [one for some in wanted.values() for one in some]
    if not ids:
        return {event_id: [] for event_id in wanted}
    with connection.cursor() as cursor:
        cursor.execute(BY_ID, [ids])
        found = {
            columns[1]: Recorded(posted_of(columns, outcome="replayed"), member_id, program_id)
            for member_id, program_id, *columns in cursor.fetchall()
        }
    return {event_id: [found[one] for one in some if one in found] for event_id, some in wanted.items()}


def _of_brands(rows: QuerySet, principal: Principal, permission: str) -> QuerySet:
    brands = principal.brands_where(permission)
    return rows if brands is None else rows.filter(brand_id__in=brands)


def _of_brand(rows: QuerySet, brand_id: UUID | None) -> QuerySet:
    return rows.filter(brand_id=brand_id) if brand_id else rows


def _found(rows: QuerySet[Row], principal: Principal, ref: str, permission: str, missing: str) -> Row:
    uuid = as_uuid(ref)
    rows = rows if principal.brand_ids is None else rows.filter(brand_id__in=principal.brand_ids)
    found = rows.filter(pk=uuid).first() if uuid else None
    if found is None:
        raise NotFound(missing)
    principal.require(permission, found.brand_id)
    return found
