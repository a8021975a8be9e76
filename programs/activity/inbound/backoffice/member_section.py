"""What a member's page shows of events that other systems told about them, and how its time line tells of receipts."""

from collections.abc import Sequence

from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from loyalty.backoffice import visible
from loyalty.events.models import Event
from loyalty.identity.models import Member
from programs.activity.inbound.backoffice.wording import STATUS_CLASS, reason_told
from programs.activity.inbound.models import InboundEvent
from programs.activity.member_page.sections import Section, section
from programs.activity.member_page.timeline import tells
from programs.membership.models import Membership

SHOWN = 6
TITLES = {
    "receipt.claimed": ("Receipt claimed", "receipt"),
    "receipt.recorded": ("Receipt without a member", "receipt"),
}


def details_of(event: Event) -> list[str]:
    """The receipt's number."""
    return [str(event.data["reference"])] if event.data.get("reference") else []


tells(TITLES, kinds={"receipts": (gettext_lazy("Receipts"), ("receipt.",))}, details=details_of)


@section(order=40, permission="inbound_events.view")
def told_of(request: HttpRequest, member: Member, memberships: Sequence[Membership]) -> Section | None:
    """The newest events of other systems that were about the member; nothing where there is none."""
    found = visible(request, InboundEvent).filter(member=member).order_by("-pk").select_related("sender")
    rows = list(found.defer("content", "data_key")[: SHOWN + 1])
    if not rows:
        return None
    shown = [
        {"event": one, "state": one.get_status_display(), "state_class": STATUS_CLASS[one.status],
         "why": reason_told(one.reason) if one.reason else ""}
        for one in rows[:SHOWN]
    ]  # fmt: skip
    facts = {"rows": shown, "member": member, "has_more": len(rows) > SHOWN}
    return Section("admin/inbound/member_events.html", facts)
