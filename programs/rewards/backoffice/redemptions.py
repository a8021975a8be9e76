"""The screen of redemptions: what was redeemed where, for which order and how much it took off, with sums and as CSV.
Who works at one location sees what was redeemed there."""

from datetime import timedelta

from django.db.models import Count, Sum
from django.http import StreamingHttpResponse
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from loyalty import clock
from loyalty.backoffice import allowed, screen
from loyalty.backoffice_long_lists import LongListAdmin
from loyalty.csv_files import csv_lines
from loyalty.http.money import from_minor
from programs.rewards.backoffice.places import at_own_location
from programs.rewards.backoffice.wording import code_shown, money
from programs.rewards.models import VoucherUse

EXPORT_MAX = 100_000
CURRENCIES_SHOWN = 3
SUM_DAYS = 30
COLUMNS = (
    "redeemed_at", "location", "reward", "program", "voucher", "receipt", "order", "taken_off", "currency", "off_line",
    "rolled_back_at",
)  # fmt: skip


@screen(VoucherUse)
class RedemptionAdmin(LongListAdmin):
    """Nobody changes a redemption here: it is rolled back at its voucher, or at the counter."""

    resource = "redemptions"
    brand_path = "brand"
    list_display = ("occurred_at", "code", "reward_name", "place", "reference", "order", "taken_off", "state")
    list_filter = ("location", "program", "voucher__reward", "occurred_at")
    lookups = ("voucher",)
    list_select_related = ("voucher__reward", "location", "program")
    search_fields = ("=reference", "=voucher__code")
    change_list_template = "admin/rewards/redemptions.html"
    fields = (
        "occurred_at", "code", "reward_name", "place", "reference", "order", "taken_off", "balance_after", "is_offline",
        "recorded_at", "rolled_back_at", "rolled_back_reason",
    )  # fmt: skip

    def scope(self, request, queryset, verb="view"):
        return at_own_location(request, super().scope(request, queryset, verb))

    def is_within(self, request, obj, verb):
        own = at_own_location(request, VoucherUse.objects.filter(pk=obj.pk))
        return super().is_within(request, obj, verb) and own.exists()

    def get_urls(self):
        view = self.admin_site.admin_view(self.export_view)
        return [path("export/", view, name="programs_voucheruse_export"), *super().get_urls()]

    def get_readonly_fields(self, request, obj=None):
        return self.fields

    def changelist_view(self, request, extra_context=None):
        answer = super().changelist_view(request, extra_context)
        listed = getattr(answer, "context_data", None) and answer.context_data.get("cl")
        if listed:
            answer.context_data["sums"] = sums_of(listed.queryset)
            query = request.GET.urlencode()
            answer.context_data["export_link"] = f"{reverse('admin:programs_voucheruse_export')}?{query}"
        return answer

    @allowed("redemptions.view")
    def export_view(self, request):
        """The list as it is filtered, as CSV. Codes of vouchers stand in it by their ends."""
        found = self.get_changelist_instance(request).queryset.select_related(*self.list_select_related)
        rows = (_line(use) for use in found.order_by("-pk")[:EXPORT_MAX].iterator(chunk_size=2000))
        answer = StreamingHttpResponse(csv_lines(COLUMNS, rows), content_type="text/csv; charset=utf-8")
        answer["Content-Disposition"] = f'attachment; filename="redemptions-{clock.now():%Y-%m-%d}.csv"'
        return answer

    @display(description=_("Voucher"))
    def code(self, use):
        return code_shown(use.voucher.code, is_masked=True)

    @display(description=_("Reward"))
    def reward_name(self, use):
        return use.voucher.terms.get("name") or use.voucher.reward or use.voucher.get_kind_display()

    @display(description=_("Location"), empty_value="-")
    def place(self, use):
        return use.location

    @display(description=_("Order"), empty_value="-")
    def order(self, use):
        return _amount(money(use.order_minor, use.currency))

    @display(description=_("Taken off"), empty_value="-")
    def taken_off(self, use):
        return _amount(money(use.discount_minor, use.currency))

    @display(description=_("Left on the gift card"), empty_value="-")
    def balance_after(self, use):
        return money(use.balance_after_minor, use.currency) or None

    @display(description=_("State"), label={str(_("Rolled back")): "warning", str(_("Off line")): "info"})
    def state(self, use):
        if use.rolled_back_at:
            return _("Rolled back")
        return _("Off line") if use.is_offline else None


def sums_of(uses) -> dict:
    """How many of the rows were redeemed in the last days, and what they took off, by currency; what was rolled back
    counts for nothing. One query, of some days, however long the list is."""
    since = clock.now() - timedelta(days=SUM_DAYS)
    standing = uses.order_by().filter(rolled_back_at=None, occurred_at__gte=since)
    found = standing.values("currency").annotate(count=Count("id"), off=Sum("discount_minor")).order_by("-count")
    rows = list(found)
    return {
        "days": SUM_DAYS,
        "count": sum(row["count"] for row in rows),
        "money": [money(row["off"], row["currency"]) for row in rows if row["currency"] and row["off"]][
            :CURRENCIES_SHOWN
        ],
    }


def _amount(told: str):
    return format_html('<span class="figure">{}</span>', told) if told else None


def _line(use: VoucherUse) -> tuple:
    plain = use.currency and use.order_minor is not None
    return (
        use.occurred_at, use.location.code if use.location else "",
        use.voucher.terms.get("reward_code") or str(use.voucher.reward or ""), use.program.code,
        code_shown(use.voucher.code, is_masked=True), use.reference,
        from_minor(use.order_minor, use.currency) if plain else "",
        from_minor(use.discount_minor, use.currency) if use.currency else "", use.currency,
        use.is_offline, use.rolled_back_at,
    )  # fmt: skip
