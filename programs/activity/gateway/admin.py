"""The screen of receipts that no member was named for: which can be claimed, which were, and what was bought. Nothing
is written here."""

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponseNotAllowed
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import display

from ledger.models import Posting
from loyalty.backoffice import screen, visible
from loyalty.backoffice_long_lists import LongListAdmin
from loyalty.http.money import from_minor
from loyalty.identity.models import Member
from programs.activity.gateway.models import Receipt
from programs.activity.gateway.selectors import EXPIRED, SETTLED, having_state, state_of, with_settling
from programs.membership.models import Program

Status = Receipt.Status
STATES = {
    **dict(Status.choices), SETTLED: gettext_lazy("Rung up for a member"), EXPIRED: gettext_lazy("Expired"),
}  # fmt: skip
STATE_LABELS = {
    str(Status.OPEN.label): "info", str(Status.CLAIMED.label): "success", str(Status.VOID.label): None,
    "Rung up for a member": "success", "Expired": "warning",
}  # fmt: skip


class StateFilter(admin.SimpleListFilter):
    """By the state that a receipt is read with."""

    title = gettext_lazy("state")
    parameter_name = "state"

    def lookups(self, request, model_admin):
        return [*STATES.items()]

    def queryset(self, request, queryset):
        return queryset.filter(having_state(self.value())) if self.value() in STATES else queryset


@screen(Receipt)
class ReceiptAdmin(LongListAdmin):
    """Receipts come from tills and are claimed by who holds them."""

    resource = "receipts"
    brand_path = "program__brand"
    list_display = ("occurred_at", "reference", "amount", "state", "until", "whose", "program", "location_id")
    list_filter = (StateFilter, "program")
    list_select_related = ("program",)
    lookups = ("member",)
    search_fields = ("=reference",)
    search_help_text = gettext_lazy("The whole number of a receipt")

    def get_queryset(self, request):
        return with_settling(super().get_queryset(request))

    def within(self, queryset, brands):
        """By their programs, which are few, so that the newest are found by an index."""
        if not brands:
            return super().within(queryset, brands)
        return queryset.filter(program__in=list(Program.objects.filter(brand__in=brands).values_list("pk", flat=True)))

    def get_search_results(self, request, queryset, search_term):
        text = search_term.replace("\0", "").strip()
        return (queryset.filter(reference=text) if text else queryset), False

    def prepare_rows(self, request, rows):
        """Who claimed them, for who sees the member."""
        asked = {row.member_id for row in rows if row.member_id}
        found = {one.pk: one for one in visible(request, Member).filter(pk__in=asked)} if asked else {}
        for row in rows:
            row.shown_member = found.get(row.member_id)

    @display(description=gettext_lazy("Total"))
    def amount(self, receipt):
        return money(receipt.amount_minor, receipt.currency)

    @display(description=gettext_lazy("State"), label=STATE_LABELS)
    def state(self, receipt):
        return str(STATES[state_of(receipt)])

    @display(description=gettext_lazy("To be claimed until"))
    def until(self, receipt):
        return date_format(receipt.expires_at, "j M Y")

    @display(description=gettext_lazy("Claimed by"), empty_value="-")
    def whose(self, receipt):
        return receipt.shown_member or (_("a member") if receipt.member_id else None)

    def change_view(self, request, object_id, form_url="", extra_context=None):
        """The page of a receipt, to look at. The code is as good as its points and is not shown."""
        receipt = self.get_object(request, unquote(object_id))
        if receipt is None:
            raise Http404
        if not self.has_view_permission(request, receipt):
            raise PermissionDenied
        if request.method == "POST":
            return HttpResponseNotAllowed(["GET"])
        self.prepare_rows(request, [receipt])
        state, posting = state_of(receipt), None
        bought = receipt.settled_by if state == SETTLED else receipt.transaction_id
        if bought and request.user.has_perm("transactions.view", receipt.program.brand_id):
            posting = Posting.objects.filter(public_id=bought).values_list("pk", flat=True).first()
        context = {
            **self.admin_site.each_context(request), "opts": self.opts, "receipt": receipt, "title": _("Receipt"),
            "state": STATES[state], "is_open": state == Status.OPEN,
            "amount": money(receipt.amount_minor, receipt.currency),
            "came_back": money(receipt.refunded_minor, receipt.currency) if receipt.refunded_minor else "",
            "transaction": posting and reverse("admin:ledger_posting_change", args=[posting]),
            "items": [_line(item, receipt.currency) for item in receipt.items],
        }  # fmt: skip
        return TemplateResponse(request, "admin/inbound/receipt.html", context)


def money(minor: int, currency: str) -> str:
    """An amount with its currency: 1,250.00 EUR."""
    whole, dot, cents = from_minor(minor, currency).partition(".")
    return f"{int(whole):,}{dot}{cents} {currency}"


def _line(item: dict, currency: str) -> dict:
    amount = item.get("amount_minor")
    return {
        "name": item.get("name") or item.get("sku", ""), "quantity": item.get("quantity", 1),
        "amount": money(amount, currency) if isinstance(amount, int) else "",
    }  # fmt: skip
