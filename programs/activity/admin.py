"""The brand's screens of purchases and returns, and the buttons that move points: reverse a transaction,
adjust a balance."""

from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.widgets import UnfoldAdminIntegerFieldWidget

from ledger.admin import PostingAdmin
from ledger.models import Posting
from loyalty.backoffice import ReadOnlyAdmin, screen
from loyalty.backoffice_buttons import OperationAdmin, OperationForm, ReasonForm, operation
from loyalty.backoffice_long_lists import LongListAdmin
from loyalty.http.money import from_minor
from loyalty.identity.approvals.errors import ApprovalRequired
from loyalty.identity.backoffice import principal_of
from programs.activity import corrections
from programs.activity.models import Purchase, Return, Submission
from programs.activity.releasing import is_waiting, release_transaction
from programs.membership.admin import MembershipAdmin
from programs.membership.models import Membership, Program

REVERSIBLE = {"earn", "deposit", "redeem", "adjust"}
WAITING = {"earn", "deposit"}


@screen(Posting)
class TransactionAdmin(OperationAdmin, PostingAdmin):
    """The ledger's transactions, which nobody changes; one button undoes one by another."""

    actions_detail = ("reverse", "release_pending")

    def subject(self, obj):
        parts = (obj.get_kind_display(), f"{obj.points:+,} {obj.unit}", obj.reference, self.member(obj))
        return " · ".join(part for part in parts if part)

    @operation(
        _("Reverse"),
        text=_(
            "Points spent go back to the member with their first expiry; points given are taken back as the program's "
            "policy on returns says. The transaction stays in the books, with its reversal beside it."
        ),
        verb="points.reverse",
        icon="undo",
        is_danger=True,
        is_there=lambda posting: posting.kind in REVERSIBLE and not posting.reversals.filter(kind="reverse").exists(),
    )
    def reverse(self, request, obj, data):
        asked = principal_of(request)
        done = corrections.reverse(asked, obj.public_id, key=f"admin:{data['request_key']}", reason=data["reason"])
        return _("Reversed: %(points)+d, the balance is %(balance)d now.") % {
            "points": done.posted.points,
            "balance": done.posted.balance_after,
        }

    @operation(
        _("Release pending points"),
        text=_("What still waits of these points can be spent at once, however long it was to wait."),
        form=OperationForm,
        verb="points.release",
        icon="event_available",
        is_there=lambda posting: posting.kind in WAITING and is_waiting(posting.public_id),
    )
    def release_pending(self, request, obj, data):
        done = release_transaction(principal_of(request), obj.public_id)
        return _("%(points)s points can be spent now.") % {"points": f"{done.points:,}"}


class AdjustForm(ReasonForm):
    """How many points, and why."""

    points = forms.IntegerField(
        label=_("Points"),
        widget=UnfoldAdminIntegerFieldWidget,
        min_value=-1_000_000_000_000,
        max_value=1_000_000_000_000,
        help_text=_("More than nothing gives, less than nothing takes: 250 or -250."),
    )
    field_order = ("points", "reason")

    def clean_points(self):
        if self.cleaned_data["points"] == 0:
            raise ValidationError(_("No points: nothing to do."))
        return self.cleaned_data["points"]


@screen(Membership)
class CardAdmin(MembershipAdmin):
    """Memberships, with the button that gives or takes points as such."""

    actions_detail = ("statement", "adjust", "suspend", "reinstate", "close")

    @operation(
        _("Adjust points"),
        text=_("A large adjustment waits for a second person, as the brand's limit says."),
        form=AdjustForm,
        verb="points.adjust",
        icon="exposure",
        is_there=lambda membership: membership.status == Membership.Status.ACTIVE,
    )
    def adjust(self, request, obj, data):
        asked, points, reason = principal_of(request), data["points"], data["reason"]
        key = f"admin:{data['request_key']}"
        try:
            done = corrections.adjust(asked, obj, points=points, reason=reason, key=key)
        except ApprovalRequired:
            corrections.request_adjustment(asked, obj, points=points, reason=reason)
            told = _("%(points)s points need a second person: the request waits under Approvals.")
            return told % {"points": f"{points:+,}"}
        return _("Adjusted by %(points)s, the balance is %(balance)s now.") % {
            "points": f"{done.points:+,}",
            "balance": f"{done.balance_after:,}",
        }


class ReceiptAdmin(LongListAdmin):
    """Receipts, which are found by the program's index of their references."""

    brand_path = "program__brand"
    search_fields = ("reference",)
    search_help_text = _("Whole reference")

    def within(self, queryset, brands):
        return queryset if brands is None else queryset.filter(program__in=_programs(brand__in=brands))

    def get_search_results(self, request, queryset, search_term):
        if not (reference := search_term.strip()):
            return queryset, False
        return queryset.filter(program__in=_programs(), reference=reference), False


def _programs(**where) -> list[UUID]:
    return list(Program.objects.filter(**where).values_list("pk", flat=True))


@screen(Purchase)
class PurchaseAdmin(ReceiptAdmin):
    resource = "purchases"
    list_display = ("occurred_at", "reference", "member", "amount", "came_back", "program", "location_id", "source")
    list_display_links = ("occurred_at", "reference")
    list_filter = ("program", "occurred_at")
    list_select_related = ("member", "program")
    exclude = ("amount_minor", "refunded_minor", "facts", "gifts")
    readonly_fields = ("amount", "came_back", "why")

    @display(description=_("Amount"))
    def amount(self, purchase):
        return f"{from_minor(purchase.amount_minor, purchase.currency)} {purchase.currency}"

    @display(description=_("Why this many points?"), empty_value="-")
    def why(self, purchase):
        posting = Posting.objects.filter(public_id=purchase.pk).values_list("pk", flat=True).first()
        if not posting:
            return None
        told = _("What each rule gave, and why others gave nothing")
        link = '<a class="text-primary-700 dark:text-primary-400" href="{}"><u>{}</u></a>'
        return format_html(link, reverse("admin:ledger_posting_why", args=[posting]), told)

    @display(description=_("Came back"), empty_value="-")
    def came_back(self, purchase):
        return from_minor(purchase.refunded_minor, purchase.currency) if purchase.refunded_minor else None


@screen(Return)
class ReturnAdmin(ReceiptAdmin):
    resource = "returns"
    list_display = ("occurred_at", "reference", "member", "amount", "purchase", "program")
    list_filter = ("program", "occurred_at")
    list_select_related = ("member", "program", "purchase")
    exclude = ("amount_minor",)
    readonly_fields = ("amount",)

    @display(description=_("Amount"))
    def amount(self, returned):
        return f"{from_minor(returned.amount_minor, returned.currency)} {returned.currency}"


@screen(Submission)
class SubmissionAdmin(ReadOnlyAdmin):
    resource = "submissions"
    list_display = ("created_at", "kind", "status", "brand", "program", "actor")
    list_filter = ("status", "kind")
    list_select_related = ("brand", "program")
    ordering = ("-id",)
    exclude = ("fingerprint",)
