"""The screen of tills that redeem off line: which there are, whether they are trusted, and the buttons that end that.
What they sent is in `scans`."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import display

from loyalty.backoffice import ReadOnlyAdmin, screen
from loyalty.backoffice_buttons import OperationAdmin, operation
from loyalty.identity.backoffice import principal_of
from programs.rewards.backoffice.reasons import ShortReasonForm
from programs.rewards.offline import reviewing, tills
from programs.rewards.offline.models import OfflineScan, TillDevice
from programs.rewards.offline.selectors import WAITING

Status = TillDevice.Status
TILL_LABELS = {"Active": "success", "Quarantined": "warning", "Revoked": "danger"}


def has_gap(till: TillDevice) -> bool:
    """Whether items of the till wait for one that never came."""
    early = OfflineScan.objects.filter(till=till, sequence__gt=till.last_sequence, is_forked=False)
    first = early.order_by("sequence").values_list("sequence", flat=True).first()
    return first is not None and first > till.last_sequence + 1


@screen(TillDevice)
class TillAdmin(OperationAdmin, ReadOnlyAdmin):
    """Tills register themselves with a key of their own; here they are looked at, trusted again and revoked."""

    resource = "tills"
    brand_path = "brand"
    list_display = ("name", "status_label", "place", "waiting", "last_seen_at", "last_sequence", "brand")
    list_filter = ("status", "location", "brand")
    list_select_related = ("brand", "location")
    search_fields = ("name",)
    actions_detail = ("release", "give_up", "revoke")
    fields = (
        "name", "status_label", "place", "note", "offline_max", "last_seen_at", "last_scanned_at", "last_sequence",
        "waiting", "revoked_at", "created_at", "public_key",
    )  # fmt: skip
    readonly_fields = ("status_label", "place", "waiting")

    def get_queryset(self, request):
        return super().get_queryset(request).annotate(waiting=WAITING)

    @display(description=gettext_lazy("State"), ordering="status", label=TILL_LABELS)
    def status_label(self, till):
        return till.get_status_display()

    @display(description=gettext_lazy("Location"), empty_value="-", ordering="location")
    def place(self, till):
        return till.location

    @display(description=gettext_lazy("Held for review"), empty_value="-")
    def waiting(self, till):
        return till.waiting or None

    @operation(
        gettext_lazy("Trust it again"),
        text=gettext_lazy("From now on what it brings is settled again. What is held stays held until it is decided."),
        form=ShortReasonForm, verb="offline_scans.decide", icon="lock_open",
        is_there=lambda till: till.status == Status.QUARANTINED,
    )  # fmt: skip
    def release(self, request, obj, data):
        tills.release_quarantine(principal_of(request), str(obj.pk), reason=data["reason"])
        return _("The till is trusted again.")

    @operation(
        gettext_lazy("Go on without what is missing"),
        text=gettext_lazy("What waits behind the gap is settled. Should the missing items come yet, they are held."),
        form=ShortReasonForm, verb="offline_scans.decide", icon="skip_next", is_there=has_gap,
    )  # fmt: skip
    def give_up(self, request, obj, data):
        reviewing.give_up_missing(principal_of(request), str(obj.pk), reason=data["reason"])
        return _("It goes on without them.")

    @operation(
        gettext_lazy("Revoke"),
        text=gettext_lazy("For a till that is lost or given away: what it scans from now on is refused, for good."),
        form=ShortReasonForm, icon="phonelink_erase", is_danger=True,
        is_there=lambda till: till.status != Status.REVOKED,
    )  # fmt: skip
    def revoke(self, request, obj, data):
        tills.revoke_till(principal_of(request), str(obj.pk), reason=data["reason"])
        return _("The till is revoked.")
