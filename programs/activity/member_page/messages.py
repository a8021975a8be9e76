"""What a member's page shows of the messages that the brand sent them, and what they said they do not want."""

from collections.abc import Sequence

from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from loyalty.backoffice import visible
from loyalty.delivery.notifications.backoffice.wording import reason_told
from loyalty.delivery.notifications.kinds import find_kind, is_kind
from loyalty.delivery.notifications.models import Channel, Notification, NotificationChoice
from loyalty.delivery.notifications.told import SUBSCRIBED, UNSUBSCRIBED
from loyalty.identity.models import Member
from programs.activity.member_page.sections import Section, section
from programs.activity.member_page.timeline import tells
from programs.membership.models import Membership

SHOWN = 6

tells(
    {
        UNSUBSCRIBED: (gettext_lazy("Wants no such messages"), "notifications_off"),
        SUBSCRIBED: (gettext_lazy("Wants messages again"), "notifications_active"),
    },
    kinds={"messages": (gettext_lazy("Messages"), ("notification.",))},
    details=lambda event: [_of(event.data.get("channel", ""), event.data.get("kind", ""))],
)


@section(order=40, permission="notifications.view")
def messages_of(request: HttpRequest, member: Member, memberships: Sequence[Membership]) -> Section | None:
    """The newest messages of the person's brands, and what is not wanted; nothing where there is neither."""
    seen = visible(request, Notification).filter(member=member)
    found = list(seen.defer("subject", "body", "data_key", "facts").order_by("-pk")[: SHOWN + 1])
    brands = request.user.worker.brands_where("notification_choices.view")
    said = NotificationChoice.objects.filter(member=member, is_wanted=False).order_by("channel", "kind")
    unwanted = list(said if brands is None else said.filter(brand__in=brands))
    if not found and not unwanted:
        return None
    rows = [
        {
            "message": one, "title": _title(one.kind), "channel": one.get_channel_display(),
            "state": one.get_status_display(), "reason": reason_told(one.reason),
        }
        for one in found[:SHOWN]
    ]  # fmt: skip
    facts = {"rows": rows, "member": member, "has_more": len(found) > SHOWN}
    return Section(
        "admin/notifications/member_messages.html",
        facts | {"unwanted": [_of(one.channel, one.kind) for one in unwanted]},
    )


def _title(kind: str) -> str:
    return str(find_kind(kind).title) if is_kind(kind) else kind


def _of(channel: str, kind: str) -> str:
    """Say: E-mail, points expire soon."""
    shown = str(Channel(channel).label) if channel in Channel.values else channel
    return f"{shown}: {_title(kind)}" if kind else shown
