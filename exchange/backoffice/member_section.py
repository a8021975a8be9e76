"""What a member's page shows of exchanges, and how its time line tells them."""

from collections.abc import Sequence

from django.db.models import Exists, OuterRef, Q
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from exchange.backoffice.exchange_list import title_of
from exchange.backoffice.sides import pair_told
from exchange.backoffice.telling import KINDS, TITLES, details_of
from exchange.backoffice.wording import STATE_CLASS, failure_told
from exchange.requests.models import Exchange
from ledger.models import Posting
from loyalty.backoffice import visible
from loyalty.identity.models import Member
from programs.activity.member_page.sections import Section, section
from programs.activity.member_page.timeline import tells
from programs.membership.models import Membership

SHOWN = 6

# An exchange is one line: that it was asked for while it waits, then how it ended. The points that it set aside and
# took are no lines of their own.
OF_AN_EXCHANGE = Exists(Posting.objects.filter(pk=OuterRef("posting_id"), data__has_key="exchange_id"))
HAS_ENDED = Exists(Exchange.objects.filter(pk=OuterRef("aggregate_id"), completed_at__isnull=False))
MOVES = ("points.held", "points.released", "points.exchanged_out")

tells(
    TITLES,
    kinds={"exchanges": (gettext_lazy("Exchanges"), KINDS)},
    details=details_of,
    hides=Q(type__in=MOVES) & Q(OF_AN_EXCHANGE) | Q(type="exchange.requested") & Q(HAS_ENDED),
)


@section(order=30, permission="exchanges.view")
def exchanges_of(request: HttpRequest, member: Member, memberships: Sequence[Membership]) -> Section | None:
    """The member's newest exchanges, of pairs of which the person's brand has one side; nothing where there is none."""
    found = visible(request, Exchange).filter(member=member).order_by("-pk")
    rows = list(found.select_related("from_program__unit", "to_program__unit")[: SHOWN + 1])
    if not rows:
        return None
    shown = [
        {
            "exchange": one, "told": title_of(one), "pair": pair_told(one.from_program, one.to_program),
            "state": one.get_status_display(), "state_class": STATE_CLASS[one.status],
            "failure": failure_told(one.failure) if one.failure else "",
        }
        for one in rows[:SHOWN]
    ]  # fmt: skip
    return Section("admin/exchange/member_exchanges.html", {
        "rows": shown, "member": member, "has_more": len(rows) > SHOWN,
    })  # fmt: skip
