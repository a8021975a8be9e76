"""The campaigns' screen with how far the common goals are, and the tile of running campaigns on the first page."""

from django.contrib import admin
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loyalty import clock
from loyalty.backoffice import screen
from loyalty.backoffice_home import Panel, panel
from loyalty.backoffice_search import Found, finds
from programs.activity.goals import goal_in_words, goal_progress
from programs.earning.backoffice.campaigns import admin as campaigns
from programs.earning.backoffice.campaigns.metering import meters_of
from programs.earning.backoffice.campaigns.timing import times_in_words
from programs.earning.models import Campaign

TILE_MAX = 5


@screen(Campaign)
class CampaignAdmin(campaigns.CampaignAdmin):
    """Everything about one brand's campaigns."""

    def goal_of(self, campaign: Campaign) -> dict | None:
        """How far all members are together, as the page shows it."""
        found = goal_progress(campaign, clock.now())
        return {
            "words": goal_in_words(campaign),
            "per_cent": int(found.share * 100),
            "participants": found.participants,
            "reached_at": found.reached_at,
            "paid_at": campaign.goal_paid_at,
            "missed_at": campaign.goal_missed_at,
            "points": campaign.goal_points,
        }


@finds(
    gettext_lazy("Campaigns"), icon="campaign", permission="campaigns.view", order=5,
    by=gettext_lazy("a part of the name or short name"),
)  # fmt: skip
def found_campaigns(request, text: str, limit: int) -> list[Found]:
    """Campaigns by their names."""
    shown = admin.site._registry[Campaign]
    matching, _repeats = shown.get_search_results(request, shown.get_queryset(request), text)
    rows = shown.narrowed(request, matching)[:limit]
    return [Found(row.name, f"{row.program} · {row.get_status_display()}", shown.page_of(row)) for row in rows]


@panel(order=15, permission="campaigns.view")
def running(request) -> Panel | None:
    """The campaigns that run, on the first page."""
    shown = admin.site._registry[Campaign]
    theirs = shown.narrowed(request, shown.scope(request, Campaign.objects.filter(status=Campaign.Status.ACTIVE)))
    found = list(theirs.select_related("program").order_by("ends_at", "name")[: TILE_MAX + 1])
    if not found:
        return None
    meters = meters_of(found)
    rows = [
        {"campaign": one, "meter": meters[one.pk], "times": times_in_words(one),
         "bar": campaigns.bar_of(meters[one.pk])}
        for one in found[:TILE_MAX]
    ]  # fmt: skip
    facts = {"rows": rows, "has_more": len(found) > TILE_MAX, "title": _("Campaigns running")}
    return Panel("admin/rules/home_campaigns.html", facts)
