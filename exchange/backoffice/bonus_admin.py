"""The screen of bonuses: those that run, come and are over; one can be ended early. They are added on a pair's page."""

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import display

from exchange.backoffice.sides import OfBothSides, SideFilter, pair_told
from exchange.backoffice.wording import per_cent
from exchange.rates.models import Agreement, Bonus
from exchange.rates.operations import end_bonus
from loyalty import clock
from loyalty.backoffice import screen
from loyalty.backoffice_buttons import OperationAdmin, ReasonForm, operation
from loyalty.identity.backoffice import principal_of

RUNNING, COMING, OVER = "running", "coming", "over"
STATES = {
    RUNNING: gettext_lazy("Running"), COMING: gettext_lazy("To come"), OVER: gettext_lazy("Over"),
}  # fmt: skip
STATE_LABELS = {"Running": "success", "To come": "info", "Over": None}


def state_of(bonus: Bonus) -> str:
    """Whether it runs, is to come or is over."""
    now = clock.now()
    return OVER if bonus.ends_at <= now else COMING if bonus.starts_at > now else RUNNING


class StateFilter(admin.SimpleListFilter):
    """By whether bonuses run now."""

    title = gettext_lazy("state")
    parameter_name = "state"

    def lookups(self, request, model_admin):
        return STATES.items()

    def queryset(self, request, queryset):
        now = clock.now()
        by_state = {
            RUNNING: {"starts_at__lte": now, "ends_at__gt": now}, COMING: {"starts_at__gt": now},
            OVER: {"ends_at__lte": now},
        }  # fmt: skip
        return queryset.filter(**by_state.get(self.value(), {}))


@screen(Bonus)
class BonusAdmin(OfBothSides, OperationAdmin):
    """A bonus is not changed: it is ended early, and another one added."""

    resource = "bonuses"
    list_display = ("name", "pair", "percent_shown", "starts_at", "ends_at", "state")
    list_filter = (StateFilter, SideFilter)
    list_select_related = ("from_program", "to_program")
    lookups = ("state", "pair")
    search_fields = ("name",)
    ordering = ("-starts_at", "-pk")
    actions_detail = ("end",)
    fields = ("name", "pair_link", "percent_shown", "starts_at", "ends_at", "state", "created_at")

    def offers(self, verb):
        return verb not in ("add", "change", "delete")

    def get_queryset(self, request):
        return super().get_queryset(request).select_related(*self.list_select_related)

    def get_readonly_fields(self, request, obj=None):
        return self.fields

    def subject(self, obj):
        return f"{pair_told(obj.from_program, obj.to_program)} · {obj.name} · +{per_cent(obj.percent)}"

    def may_press(self, request, button, obj):
        """The brand that gives ends what it added."""
        return super().may_press(request, button, obj) and request.user.has_perm(
            self.permission(button.verb), obj.from_program.brand_id
        )

    def page_of(self, obj):
        """One that had not begun is gone when it is ended: then the list."""
        if getattr(obj, "is_withdrawn", False):
            return reverse("admin:exchange_bonus_changelist")
        return super().page_of(obj)

    @display(description=gettext_lazy("Pair"), ordering="from_program__code")
    def pair(self, bonus):
        return pair_told(bonus.from_program, bonus.to_program)

    @display(description=gettext_lazy("Pair"))
    def pair_link(self, bonus):
        agreement = Agreement.objects.filter(from_program=bonus.from_program_id, to_program=bonus.to_program_id)
        found = agreement.order_by("-created_at").values_list("pk", flat=True).first()
        if not found:
            return self.pair(bonus)
        address = reverse("admin:exchange_pair", args=[found])
        return format_html('<a class="ly-link" href="{}"><u>{}</u></a>', address, self.pair(bonus))

    @display(description=gettext_lazy("On top"))
    def percent_shown(self, bonus):
        return f"+{per_cent(bonus.percent)}"

    @display(description=gettext_lazy("State"), label=STATE_LABELS)
    def state(self, bonus):
        return STATES[state_of(bonus)]

    @operation(
        gettext_lazy("End"), form=ReasonForm, icon="event_busy", is_danger=True,
        text=gettext_lazy("From now on exchanges of the pair give nothing on top. Quotes that are out keep it."),
        is_there=lambda bonus: state_of(bonus) != OVER,
    )  # fmt: skip
    def end(self, request, obj, data):
        obj.is_withdrawn = state_of(obj) == COMING
        end_bonus(principal_of(request), obj.pk)
        return _("The bonus has ended.")
