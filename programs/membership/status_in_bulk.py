"""Memberships suspended, reinstated or ended by the hundred, each with its event. One by one it is done in
`enrolment`."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from loyalty.events import log
from loyalty.identity.models import Brand
from programs.membership.models import Membership

EVENTS = {
    Membership.Status.SUSPENDED: "membership.suspended",
    Membership.Status.ACTIVE: "membership.reinstated",
    Membership.Status.CLOSED: "membership.closed",
}


@dataclass(frozen=True, slots=True)
class Turned:
    """A membership whose status was changed."""

    membership_id: UUID
    member_id: UUID


@transaction.atomic
def turn_status(
    brand: Brand,
    status: str,
    *,
    before: str,
    actor: str,
    member_ids: Iterable[UUID] | None = None,
    membership_ids: Iterable[UUID] | None = None,
    program_id: UUID | None = None,
) -> list[Turned]:
    """Gives the brand's memberships of these members (in that program only), or these memberships, the status, as far
    as they have the status `before`; answers which. Three statements for any number; repeating it changes nothing. Who
    may, the caller has seen to."""
    found = Membership.objects.select_for_update(of=("self",)).filter(program__brand=brand, status=before)
    if member_ids is not None:
        found = found.filter(member__in=list(member_ids))
    if membership_ids is not None:
        found = found.filter(id__in=list(membership_ids))
    if program_id:
        found = found.filter(program=program_id)
    rows = list(found.order_by("id").values_list("id", "member_id", "program_id"))
    Membership.objects.filter(id__in=[row[0] for row in rows]).update(status=status)
    data = {"actor": actor, "from": before, "to": status}
    events = [
        {"type": EVENTS[status], "aggregate_id": id_, "member_id": member, "program_id": program, "data": data}
        for id_, member, program in rows
    ]
    log.record_many(events, brand_id=brand.id)
    return [Turned(id_, member) for id_, member, _ in rows]
