"""The screen of what tills redeemed off line: each item with its verdict and loss, and the decision on what is held."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import display

from loyalty.backoffice import screen
from loyalty.backoffice_buttons import OperationAdmin, OperationForm, operation
from loyalty.backoffice_long_lists import LongListAdmin
from loyalty.identity.backoffice import principal_of
from programs.rewards.backoffice.reasons import ShortReasonForm
from programs.rewards.backoffice.wording import money, worth
from programs.rewards.offline import reviewing
from programs.rewards.offline.models import OfflineScan

VERDICT_LABELS = {
    "Accepted": "success", "Already used": "danger", "Expired then": "warning", "Held for review": "warning",
    "Refused": "danger",
}  # fmt: skip


def _is_held(scan: OfflineScan) -> bool:
    return scan.verdict == OfflineScan.Verdict.HELD


@screen(OfflineScan)
class OfflineScanAdmin(OperationAdmin, LongListAdmin):
    """What tills brought when they had a line again, each with its verdict."""

    resource = "offline_scans"
    brand_path = "till__brand"
    list_display = (
        "scanned_at", "till", "sequence", "verdict_label", "why", "voucher_told", "member", "loss", "borne_by",
    )  # fmt: skip
    list_filter = ("verdict", "till", "borne_by", "scanned_at")
    list_select_related = ("till__brand", "till__location", "voucher__program", "member")
    search_fields = ("=till__name", "=voucher__code")
    actions_detail = ("accept", "refuse")
    fields = (
        "till", "sequence", "verdict_label", "why", "voucher_told", "member", "loss", "borne_by", "scanned_at",
        "received_at", "is_forked", "decided_at",
    )  # fmt: skip

    def get_readonly_fields(self, request, obj=None):
        return self.fields

    @display(description=gettext_lazy("Verdict"), label=VERDICT_LABELS)
    def verdict_label(self, scan):
        return scan.get_verdict_display()

    @display(description=gettext_lazy("Why"), empty_value="-")
    def why(self, scan):
        return scan.detail or scan.reason.replace("-", " ").capitalize() or None

    @display(description=gettext_lazy("Voucher"), empty_value="-")
    def voucher_told(self, scan):
        return worth(scan.voucher.terms, scan.voucher.program.money_currency) if scan.voucher else None

    @display(description=gettext_lazy("Loss"), empty_value="-")
    def loss(self, scan):
        """What was handed out and nothing covers."""
        currency = scan.voucher.terms.get("currency", "") if scan.voucher else ""
        points = _("%(points)s points") % {"points": f"{scan.loss_points:,}"} if scan.loss_points else ""
        return " · ".join(filter(None, [points, money(scan.loss_minor or None, currency)])) or None

    def subject(self, obj):
        told = (obj.till, self.voucher_told(obj), obj.member, self.why(obj))
        return " · ".join(str(one) for one in told if one)

    @operation(
        gettext_lazy("Accept"), verb="decide", form=OperationForm, icon="check", is_there=_is_held,
        text=gettext_lazy("It is settled as of the till's time; the voucher may have been used since."),
    )  # fmt: skip
    def accept(self, request, obj, data):
        done = reviewing.decide_scan(principal_of(request), str(obj.pk), accept=True)
        return _("Decided: %(verdict)s.") % {"verdict": done.get_verdict_display()}

    @operation(
        gettext_lazy("Refuse"), verb="decide", form=ShortReasonForm, icon="close", is_danger=True, is_there=_is_held,
        text=gettext_lazy("It is not settled, and what was handed out is written down as a loss."),
    )  # fmt: skip
    def refuse(self, request, obj, data):
        done = reviewing.decide_scan(principal_of(request), str(obj.pk), accept=False, note=data["reason"])
        return _("Decided: %(verdict)s.") % {"verdict": done.get_verdict_display()}
