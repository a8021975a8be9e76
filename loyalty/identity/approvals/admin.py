"""The inbox of the portal: what waits for a second person, first what one can decide oneself."""

from dataclasses import replace

from django import forms
from django.contrib.admin.utils import unquote
from django.db.models import Case, IntegerField, When
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from loyalty.backoffice import ReadOnlyAdmin, screen
from loyalty.backoffice_buttons import OperationAdmin, OperationForm, ReasonForm, operation
from loyalty.identity.approvals import operations
from loyalty.identity.approvals.kinds import KINDS, differences_of, version_of
from loyalty.identity.approvals.models import ApprovalRequest
from loyalty.identity.backoffice import principal_of

WAITING = ApprovalRequest.Status.WAITING
LABELS = {
    _("Waiting"): "warning",
    _("Waiting for somebody else"): "info",
    _("Approved"): "success",
    _("Rejected"): "danger",
    _("Withdrawn"): None,
}


class ApproveForm(ReasonForm):
    """Whoever agrees may say why. What they looked at goes with it, so that they agree to nothing else."""

    version = forms.CharField(max_length=16, required=False, widget=forms.HiddenInput)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["reason"].required = False


def _place(**condition) -> Case:
    """1 where it is so, else 0."""
    return Case(When(**condition, then=1), default=0, output_field=IntegerField())


def _waits(request: ApprovalRequest) -> bool:
    return request.status == WAITING


@screen(ApprovalRequest)
class ApprovalRequestAdmin(ReadOnlyAdmin, OperationAdmin):
    resource = "approvals"
    brand_path = "brand"
    list_display = ("summary", "state", "what_kind", "requested_by", "requested_at", "reason", "brand")
    list_filter = ("status", "kind", "requested_at", "brand")
    list_select_related = ("brand", "requested_by")
    search_fields = ("summary", "reason")
    actions_detail = ("approve", "reject", "withdraw")
    fields = (
        "summary", "what_kind", "about", "differences", "state", "reason", "requested_by", "requested_at", "decided_by",
        "decided_at", "decision_reason", "result", "brand",
    )  # fmt: skip

    def get_queryset(self, request):
        found = super().get_queryset(request).select_related("brand", "requested_by", "decided_by")
        return found.annotate(is_own=_place(requested_by=request.user.pk))

    def get_ordering(self, request):
        """What waits for a decision of theirs first, then what waits for others', then what is settled."""
        return (_place(status=WAITING).desc(), _place(requested_by=request.user.pk).asc(), "-requested_at")

    def may_press(self, request, button, obj):
        """The buttons that would be refused are not shown: on one's own request there is only taking it back."""
        is_own = obj.requested_by_id == request.user.pk
        if (button.verb == "request") != is_own or not super().may_press(request, button, obj):
            return False
        kind = KINDS.get(obj.kind)
        return is_own or bool(kind and request.user.has_perm(kind.permission, obj.brand_id))

    def press(self, request, object_id, button, run):
        """The page that asks shows what would change by now."""
        obj = self.get_object(request, unquote(object_id))
        if button.form is ApproveForm and obj:
            differences = differences_of(obj)
            told = "; ".join(f"{each.what}: {each.before or '-'} → {each.after or '-'}" for each in differences)
            seen = {"version": forms.CharField(initial=version_of(differences), widget=forms.HiddenInput)}
            form = type("SeenForm", (ApproveForm,), seen)
            button = replace(button, form=form, text=f"{told}. {button.text}" if told else button.text)
        return super().press(request, object_id, button, run)

    @display(description=_("State"), label=LABELS)
    def state(self, obj):
        return _("Waiting for somebody else") if _waits(obj) and obj.is_own else obj.get_status_display()

    @display(description=_("Kind"))
    def what_kind(self, obj):
        kind = KINDS.get(obj.kind)
        return kind.title if kind else obj.kind

    @display(description=_("About"), empty_value="-")
    def about(self, obj):
        kind = KINDS.get(obj.kind)
        return (kind and kind.about and kind.about(obj)) or None

    @display(description=_("What would change"), empty_value="-")
    def differences(self, obj):
        rows = [(each.what, each.before or "-", each.after or "-") for each in differences_of(obj)]
        if not rows:
            return None
        lines = format_html_join("", "<li>{}: <del>{}</del> → <ins>{}</ins></li>", rows)
        return format_html("<ul>{}</ul>", lines)

    @operation(
        _("Approve"),
        text=_("It is carried out at once."),
        form=ApproveForm,
        verb="decide",
        icon="check",
        is_there=_waits,
    )
    def approve(self, request, obj, data):
        decided = operations.approve(principal_of(request), obj, reason=data["reason"], version=data["version"])
        return decided.result or _("Approved and done.")

    @operation(_("Reject"), form=ReasonForm, verb="decide", icon="close", is_danger=True, is_there=_waits)
    def reject(self, request, obj, data):
        operations.reject(principal_of(request), obj, reason=data["reason"])
        return _("Rejected: nothing was changed.")

    @operation(_("Withdraw"), form=OperationForm, verb="request", icon="undo", is_there=_waits)
    def withdraw(self, request, obj, data):
        operations.withdraw(principal_of(request), obj)
        return _("Withdrawn: nobody needs to decide any more.")
