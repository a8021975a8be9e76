"""Who collects on stamp cards, and every stamp that was given, with the buttons that add, undo and turn in."""

from typing import ClassVar

from django.contrib import admin
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import display

from loyalty import clock
from loyalty.backoffice import screen
from loyalty.backoffice_buttons import OperationAdmin, OperationForm, operation
from loyalty.backoffice_long_lists import LongListAdmin
from loyalty.identity.backoffice import principal_of
from loyalty.identity.models import Location
from programs.rewards.backoffice.places import own_locations
from programs.rewards.backoffice.reasons import ShortReasonForm
from programs.rewards.backoffice.stamp_forms import StampsForm
from programs.rewards.backoffice.wording import day, filled_bar
from programs.rewards.stamps.models import Stamp, StampCard, StampSheet
from programs.rewards.stamps.operations import add_stamps, undo_stamps
from programs.rewards.stamps.selectors import in_status, status_of
from programs.rewards.stamps.turning_in import turn_into_voucher

SheetStatus = StampSheet.Status
PER_CENT = 100
SHEET_LABELS = {"Open": "info", "Full": "success", "Turned into a voucher": None, "Expired": "warning"}


class SheetStateFilter(admin.SimpleListFilter):
    """By the state that a sheet is read with."""

    title = gettext_lazy("state")
    parameter_name = "state"

    def lookups(self, request, model_admin):
        return SheetStatus.choices

    def queryset(self, request, queryset):
        return queryset.filter(in_status(self.value())) if self.value() in SheetStatus.values else queryset


@screen(StampSheet)
class StampSheetAdmin(OperationAdmin, LongListAdmin):
    """The cards that members hold: each a sheet, the first, the second and so on."""

    resource = "stamps"
    brand_path = "card__program__brand"
    list_display = ("member", "card", "number", "filled", "state", "until", "joined_at")
    list_filter = (SheetStateFilter, "card")
    lookups = ("member", "state")
    list_select_related = ("card__program", "member", "voucher")
    search_fields = ("=member__known_to__external_id",)
    search_help_text = gettext_lazy("The whole member number")
    fields = readonly_fields = (
        "member", "card", "number", "filled", "state", "until", "joined_at", "filled_at", "voucher",
    )  # fmt: skip
    actions_detail = ("add_stamps", "turn_in")

    class Media:
        css: ClassVar[dict] = {"all": ("loyalty/rewards.css",)}

    def get_search_results(self, request, queryset, search_term):
        """By a number that one of the person's own brands gave."""
        text, theirs = search_term.replace("\0", "").strip(), self.brands_where(request)
        if not text:
            return queryset, False
        own = {} if theirs is None else {"member__known_to__brand__in": theirs}
        found = queryset.order_by().filter(member__known_to__external_id=text, **own)
        return queryset.filter(pk__in=found.values("pk")), False

    def subject(self, obj):
        return f"{obj.member} · {obj.card} · {obj}"

    @display(description=gettext_lazy("Stamps"))
    def filled(self, sheet):
        told = _("%(stamps)s of %(needed)s") % {"stamps": sheet.stamps, "needed": sheet.stamps_needed}
        return filled_bar(sheet.stamps * PER_CENT // sheet.stamps_needed, told)

    @display(description=gettext_lazy("State"), label=SHEET_LABELS)
    def state(self, sheet):
        return SheetStatus(status_of(sheet, clock.now())).label

    @display(description=gettext_lazy("Until"), empty_value="-")
    def until(self, sheet):
        return day(sheet.expires_at) or None

    @operation(
        gettext_lazy("Add stamps"), text=gettext_lazy("What is over when the card is full goes on the next one."),
        form=StampsForm, verb="stamps.add", icon="approval",
        is_there=lambda sheet: sheet.card.status == StampCard.Status.ACTIVE,
    )  # fmt: skip
    def add_stamps(self, request, obj, data):
        reference = data["reference"].strip() or f"portal-{data['request_key']}"
        return stamped(request, obj.card, obj.member, data["count"], reference)

    @operation(
        gettext_lazy("Turn in the full card"), form=OperationForm, verb="stamps.turn_in", icon="redeem",
        text=gettext_lazy("The member gets the voucher that a full card is worth."),
        is_there=lambda sheet: sheet.status == SheetStatus.FULL,
    )  # fmt: skip
    def turn_in(self, request, obj, data):
        turn_into_voucher(obj.card, obj.member, actor=principal_of(request).actor)
        return _("The member has the voucher.")


@screen(Stamp)
class StampAdmin(OperationAdmin, LongListAdmin):
    """Every stamp; what was undone stays, and says so."""

    resource = "stamps"
    brand_path = "card__program__brand"
    list_display = ("occurred_at", "member", "card", "count", "source", "location", "reference", "state")
    list_filter = ("card", "source", "location", "occurred_at")
    lookups = ("member",)
    list_select_related = ("card__program", "member", "location")
    search_fields = ("=reference",)
    fields = readonly_fields = (
        "member", "card", "count", "source", "location", "reference", "occurred_at", "recorded_at", "state",
        "undone_at", "undone_reason",
    )  # fmt: skip
    actions_detail = ("undo",)

    def subject(self, obj):
        return f"{obj.member} · {obj.card} · {obj.count:,}"

    @display(description=gettext_lazy("State"), label={str(gettext_lazy("Undone")): "warning"}, empty_value="-")
    def state(self, stamp):
        return _("Undone") if stamp.undone_at else None

    @operation(
        gettext_lazy("Undo"), text=gettext_lazy("The stamps come off the member's card. Their receipt stays stamped."),
        form=ShortReasonForm, verb="stamps.undo", icon="undo", is_danger=True,
        is_there=lambda stamp: stamp.undone_at is None,
    )  # fmt: skip
    def undo(self, request, obj, data):
        undo_stamps(obj, actor=principal_of(request).actor, reason=data["reason"])
        return _("The stamps are taken back.")


def stamped(request, card: StampCard, member, count: int, reference: str) -> str:
    """Adds stamps in the name of the person, at the location of their post if it is bound to one; what came of it."""
    own = own_locations(request).get(card.program.brand_id)
    added = add_stamps(
        card, member, count=count, reference=reference, source=Stamp.Source.STAFF, actor=principal_of(request).actor,
        location=Location.objects.get(pk=own) if own else None,
    )  # fmt: skip
    last = added.sheets[-1]
    told = {"stamps": last.stamps, "needed": last.stamps_needed, "name": card.name}
    if added.filled:
        return _("Stamped; a card is full and can be turned in for its voucher.")
    return _("Stamped: %(stamps)s of %(needed)s on %(name)s.") % told
