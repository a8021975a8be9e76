"""The screens of households: who belongs to one, what they spent together, and the buttons that take somebody out and
bring a spend back."""

from django.utils.html import format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import display

from exchange.households.models import Household, HouseholdMember, PooledSpend
from exchange.households.operations import end_part
from exchange.households.selectors import THERE, Status
from exchange.households.spending import reverse_spend
from loyalty.backoffice import BrandScopedInline, screen
from loyalty.backoffice_buttons import OperationAdmin, ReasonForm, operation
from loyalty.backoffice_long_lists import LongListAdmin
from loyalty.identity.backoffice import principal_of
from loyalty.identity.models import Member
from programs.rewards.backoffice.reasons import ShortReasonForm

PART_LABELS = {"Joined": "success", "Invited": "warning", "Declined": None, "Left": None, "Removed": None}


class PartInline(BrandScopedInline):
    """Who is, was, or is invited to be in it."""

    model = HouseholdMember
    resource = "households"
    brand_path = "program__brand"
    fields = readonly_fields = ("member", "state", "invited_at", "joined_at", "ended_at")
    extra = 0
    can_delete = False
    verbose_name_plural = gettext_lazy("Members")

    def offers(self, verb):
        return verb not in ("add", "change", "delete")

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("member").order_by("-pk")

    @display(description=gettext_lazy("State"), label=PART_LABELS)
    def state(self, part):
        return part.get_status_display()


@screen(Household)
class HouseholdAdmin(OperationAdmin, LongListAdmin):
    """Members join and leave by themselves; the brand can end a household."""

    resource = "households"
    brand_path = "program__brand"
    list_display = ("owner", "program", "joined_shown", "created_at", "state")
    list_filter = ("program",)
    list_select_related = ("program", "owner")
    lookups = ("owner",)
    search_fields = ("=owner__known_to__external_id",)
    search_help_text = gettext_lazy("The whole member number of somebody in it")
    fields = readonly_fields = ("owner", "program", "created_at", "ended_at")
    inlines = (PartInline,)
    actions_detail = ("end",)

    def offers(self, verb):
        return verb not in ("add", "change", "delete")

    def get_queryset(self, request):
        return super().get_queryset(request).prefetch_related("members")

    def get_search_results(self, request, queryset, search_term):
        """By a number that one of the person's own brands gave."""
        text, theirs = search_term.replace("\0", "").strip(), self.brands_where(request)
        if not text:
            return queryset, False
        known = Member.objects.filter(known_to__external_id=text)
        known = known if theirs is None else known.filter(known_to__brand__in=theirs)
        parts = HouseholdMember.objects.filter(member__in=known, status__in=THERE)
        return queryset.filter(pk__in=parts.values("household")), False

    def subject(self, obj):
        return f"{obj.owner} · {obj.program}"

    @display(description=gettext_lazy("Members"))
    def joined_shown(self, household):
        return sum(part.status == Status.JOINED for part in household.members.all())

    @display(description=gettext_lazy("State"), label={"Ended": None, "Together": "success"})
    def state(self, household):
        return _("Ended") if household.ended_at else _("Together")

    @operation(
        gettext_lazy("End"), form=ReasonForm, verb="change", icon="group_off", is_danger=True,
        text=gettext_lazy("Everybody's points are their own again. What was spent stays spent."),
        is_there=lambda household: household.ended_at is None,
    )  # fmt: skip
    def end(self, request, obj, data):
        actor = principal_of(request).actor
        for part in obj.members.filter(status__in=THERE).order_by("status", "pk"):
            part.refresh_from_db()
            if part.status in THERE:
                end_part(part, Status.REMOVED, actor=actor)
        return _("The household has ended.")


@screen(PooledSpend)
class PooledSpendAdmin(OperationAdmin, LongListAdmin):
    """What households spent together; what was brought back stays, and says so."""

    resource = "households"
    brand_path = "program__brand"
    list_display = ("created_at", "member", "points_shown", "shares_shown", "program", "reference", "state")
    list_filter = ("program", "created_at")
    list_select_related = ("program", "member", "household")
    lookups = ("member", "household")
    search_fields = ("=reference",)
    fields = (
        "created_at", "household", "member", "points_shown", "paid_by", "description", "reference", "state",
        "reversed_at", "actor",
    )  # fmt: skip
    actions_detail = ("reverse",)

    def offers(self, verb):
        return verb not in ("add", "change", "delete")

    def get_readonly_fields(self, request, obj=None):
        return self.fields

    def subject(self, obj):
        return f"{obj.member} · {obj.points:,}"

    @display(description=gettext_lazy("Points"), ordering="points")
    def points_shown(self, spend):
        return f"{spend.points:,}"

    @display(description=gettext_lazy("Shares"))
    def shares_shown(self, spend):
        return len(spend.parts)

    @display(description=gettext_lazy("Paid by"))
    def paid_by(self, spend):
        members = Member.objects.in_bulk([member for member, _posting, _points in spend.parts])
        named = {str(pk): member for pk, member in members.items()}
        return format_html_join(" · ", "{}: {}", [
            (named.get(member, member), f"{points:,}") for member, _posting, points in spend.parts
        ])  # fmt: skip

    @display(description=gettext_lazy("State"), label={"Reversed": "warning"}, empty_value="-")
    def state(self, spend):
        return _("Reversed") if spend.reversed_at else None

    @operation(
        gettext_lazy("Reverse"), form=ShortReasonForm, verb="points.reverse", icon="undo", is_danger=True,
        text=gettext_lazy("The points of all who paid go back to them, with the time at which they are gone."),
        is_there=lambda spend: spend.reversed_at is None,
    )  # fmt: skip
    def reverse(self, request, obj, data):
        reverse_spend(principal_of(request), str(obj.pk), reason=data["reason"])
        return _("The points are back.")
