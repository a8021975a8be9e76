"""The report of redemptions by location: how many, what they took off and when, for some days back. Who works at one
location sees its own."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.contrib import admin
from django.db.models import Count, Q, Sum
from django.db.models.functions import TruncDate
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from loyalty import clock
from loyalty.backoffice import allowed
from loyalty.backoffice_charts import chart_of
from loyalty.backoffice_menu import page
from programs.membership.models import Program
from programs.rewards.backoffice.wording import money
from programs.rewards.models import VoucherUse

PERIODS = (7, 30, 90)
DAYS = 30
BAR = {7: (60, 20), 30: (24, 9), 90: (12, 4)}


@page("redemptions/by-location/", name="redemptions_by_location")
@allowed("redemptions.view")
def by_location(request: HttpRequest) -> HttpResponse:
    """The table and the chart, by the clock of the brand's first program."""
    days = int(request.GET["days"]) if request.GET.get("days") in map(str, PERIODS) else DAYS
    shown = admin.site._registry[VoucherUse]
    theirs = shown.narrowed(request, shown.get_queryset(request))
    zone = ZoneInfo(_zone(request))
    today = clock.now().astimezone(zone).date()
    since = datetime.combine(today - timedelta(days=days - 1), datetime.min.time(), zone)
    uses = theirs.order_by().filter(occurred_at__gte=since)
    by_day = days_of(uses, today, days, zone)
    step, bar = BAR[days]
    context = {
        **admin.site.each_context(request),
        "title": _("Redemptions by location"),
        "rows": rows_of(uses),
        "chart": chart_of(by_day, step=step, bar=bar),
        "days": by_day,
        "middle_day": by_day[len(by_day) // 2][0],
        "is_quiet": not any(on + off for _day, on, off in by_day),
        "periods": PERIODS,
        "period": days,
        "zone": zone.key,
    }
    return TemplateResponse(request, "admin/rewards/by_location.html", context)


def rows_of(uses) -> list[dict]:
    """By location and currency: redemptions that stand, those that were rolled back, what was taken off."""
    standing = Q(rolled_back_at=None)
    found = uses.values("location__name", "location__code", "currency").annotate(
        count=Count("id", filter=standing),
        members=Count("member", filter=standing, distinct=True),
        back=Count("id", filter=~standing),
        off=Sum("discount_minor", filter=standing),
    )
    rows = sorted(found, key=lambda row: (-row["count"], row["location__name"] or ""))
    return [row | {"off": money(row["off"] or 0, row["currency"]) if row["currency"] else ""} for row in rows]


def days_of(uses, today, days: int, zone: ZoneInfo) -> list[tuple]:
    """(day, redeemed with a line, redeemed off line) for each day up to today."""
    counted = (
        uses.filter(rolled_back_at=None)
        .annotate(day=TruncDate("occurred_at", tzinfo=zone))
        .values_list("day", "is_offline")
        .annotate(count=Count("id"))
    )
    found = {(day, is_offline): count for day, is_offline, count in counted}
    all_days = [today - timedelta(days=back) for back in range(days - 1, -1, -1)]
    return [(day, found.get((day, False), 0), found.get((day, True), 0)) for day in all_days]


def _zone(request: HttpRequest) -> str:
    screen = admin.site._registry[Program]
    theirs = screen.narrowed(request, screen.scope(request, Program.objects.order_by("created_at")))
    return theirs.values_list("timezone", flat=True).first() or "UTC"
