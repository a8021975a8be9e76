"""The screen of gifts: who gave whom how many points, and those that went from hand to hand."""

from datetime import timedelta

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import display

from exchange.backoffice.sides import looked_at
from exchange.gifts.models import Gift
from exchange.gifts.selectors import busiest, chains
from loyalty import clock
from loyalty.backoffice import allowed, screen
from loyalty.backoffice_long_lists import LongListAdmin
from loyalty.backoffice_menu import page
from loyalty.identity.models import Member
from programs.membership.models import Program

PERIODS = (7, 30, 90)
DAYS = 30
GIFTS_LEAST = 3
STEPS_LEAST = 2
ROWS_MAX = 50
STATE_LABELS = {"Pending": "warning", "Arrived": "success"}


@screen(Gift)
class GiftAdmin(LongListAdmin):
    """Nobody changes a gift: its points have moved."""

    resource = "gifts"
    brand_path = "program__brand"
    list_display = ("created_at", "giver", "receiver", "points_shown", "program", "state")
    list_filter = ("program", "created_at")
    list_select_related = ("program", "giver", "receiver")
    lookups = ("giver", "receiver")
    search_fields = ("=giver__known_to__external_id", "=receiver__known_to__external_id")
    search_help_text = gettext_lazy("The whole member number of who gave or was given")
    change_list_template = "admin/exchange/gifts.html"
    fields = (
        "created_at", "giver", "receiver", "points_shown", "program", "message", "state", "available_at", "actor",
        "out_id", "in_id",
    )  # fmt: skip

    def offers(self, verb):
        return verb not in ("add", "change", "delete")

    def get_readonly_fields(self, request, obj=None):
        return self.fields

    def get_search_results(self, request, queryset, search_term):
        """By a number that one of the person's own brands gave."""
        text, theirs = search_term.replace("\0", "").strip(), self.brands_where(request)
        if not text:
            return queryset, False
        known = Member.objects.filter(known_to__external_id=text)
        known = known if theirs is None else known.filter(known_to__brand__in=theirs)
        found = list(known.values_list("pk", flat=True)[:20])
        return queryset.filter(giver__in=found) | queryset.filter(receiver__in=found), False

    @display(description=gettext_lazy("Points"), ordering="points")
    def points_shown(self, gift):
        return f"{gift.points:,}"

    @display(description=gettext_lazy("State"), label=STATE_LABELS)
    def state(self, gift):
        return _("Pending") if gift.available_at > clock.now() else _("Arrived")


@page("gifts/passed-on/", name="gifts_passed_on")
@allowed("gifts.view")
def passed_on(request: HttpRequest) -> HttpResponse:
    """Members with many gifts, and points that were given on, some days back."""
    days = int(request.GET["days"]) if request.GET.get("days") in map(str, PERIODS) else DAYS
    brands = looked_at(request, "gifts.view")
    programs = Program.objects.select_related("unit")
    programs = {one.pk: one for one in (programs if brands is None else programs.filter(brand__in=brands))}
    since = clock.now() - timedelta(days=days)
    busy = busiest(list(programs.values()), since=since, least=GIFTS_LEAST, limit=ROWS_MAX)
    found = chains(list(programs.values()), since=since, steps=STEPS_LEAST, limit=ROWS_MAX)
    ids = {one.member_id for one in busy} | {member for chain in found for member in chain.members}
    members = Member.objects.in_bulk(ids)
    context = {
        **admin.site.each_context(request),
        "title": _("Points passed on"),
        "busy": [{"told": one, "member": members[one.member_id], "program": programs[one.program_id]} for one in busy],
        "chains": [
            {"told": one, "members": [members[each] for each in one.members], "program": programs[one.program_id]}
            for one in found
        ],
        "periods": PERIODS,
        "period": days,
    }
    return TemplateResponse(request, "admin/exchange/passed_on.html", context)
