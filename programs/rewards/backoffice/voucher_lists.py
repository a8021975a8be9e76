"""The list of vouchers: found by their code in any spelling, filtered by the state that they are read with. What one
does with a voucher is in `voucher_admin`."""

from django.contrib import admin
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from loyalty import clock
from loyalty.backoffice_long_lists import LongListAdmin
from loyalty.identity.selectors import as_uuid
from programs.membership.models import Program
from programs.rewards.backoffice.wording import STATUS_LABELS, code_shown, day, money, worth
from programs.rewards.models import Voucher
from programs.rewards.vouchers.codes import read_code
from programs.rewards.vouchers.terms import status_at

Status = Voucher.Status
CODE_MAX = 200
OPEN = (Status.ISSUED, Status.CLAIMED)


class StateFilter(admin.SimpleListFilter):
    """By the state that a voucher is read with: expired from its last moment on, swept or not."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request, model_admin):
        return Status.choices

    def queryset(self, request, queryset):
        is_past = Q(expires_at__lte=clock.now())
        chosen = self.value()
        if chosen == Status.EXPIRED:
            return queryset.filter(Q(status=Status.EXPIRED) | Q(status__in=OPEN) & is_past)
        if chosen in OPEN:
            return queryset.filter(status=chosen).exclude(is_past)
        return queryset.filter(status=chosen) if chosen in Status.values else queryset


class VoucherList(LongListAdmin):
    """Every voucher of the brand, the newest first."""

    resource = "vouchers"
    brand_path = "brand"
    list_display = ("code_told", "worth_told", "state", "kind", "program", "member", "used", "until", "issued_at")
    list_filter = (StateFilter, "kind", "program", "reward", "batch")
    lookups = ("member", "state")
    list_select_related = ("program", "reward", "member", "brand")
    search_fields = ("code",)
    search_help_text = _("The whole code, in any spelling, or a receipt's number")

    def within(self, queryset, brands):
        """By their programs, which are few, so that the newest are found by an index."""
        if not brands:
            return super().within(queryset, brands)
        programs = list(Program.objects.filter(brand__in=brands).values_list("pk", flat=True))
        return queryset.filter(program__in=programs)

    def get_search_results(self, request, queryset, search_term):
        """By the whole code, ours or somebody else's, by the receipt that it was used for, or by id."""
        text = search_term.replace("\0", "").strip()
        if not text:
            return queryset, False
        named = Q(code=read_code(text[:CODE_MAX])) | Q(external_code=text)
        named |= Q(redemptions__reference=text)
        if uuid := as_uuid(text):
            named |= Q(pk=uuid)
        return queryset.filter(pk__in=queryset.order_by().filter(named).values("pk")), False

    def prepare_rows(self, request, rows):
        issuing, now = self.brands_where(request, "issue"), clock.now()
        for row in rows:
            row.is_masked = issuing is not None and row.brand_id not in issuing
            row.read_status = Status(status_at(row, now))

    @display(description=_("Code"))
    def code_told(self, voucher):
        return code_shown(voucher.code, is_masked=voucher.is_masked)

    @display(description=_("Worth"))
    def worth_told(self, voucher):
        return worth(voucher.terms, voucher.program.money_currency) or voucher.reward or "-"

    @display(description=_("State"), label=STATUS_LABELS)
    def state(self, voucher):
        return voucher.read_status.label

    @display(description=_("Used"))
    def used(self, voucher):
        if voucher.balance_minor is not None:
            told = {"left": money(voucher.balance_minor, voucher.terms.get("currency", ""))}
            return _("%(left)s left") % told
        return f"{voucher.uses:,} / {voucher.uses_max:,}" if voucher.uses_max else f"{voucher.uses:,}"

    @display(description=_("Until"), empty_value="-")
    def until(self, voucher):
        return day(voucher.expires_at) or None
