"""The screen of what programs let members do with each other's points: gifts, passing on, households."""

from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from exchange.gifts.models import TransferPolicy
from exchange.gifts.policies import FIELDS, change_policy
from loyalty.backoffice import BrandScopedAdmin, screen, take_over
from loyalty.identity.backoffice import principal_of
from programs.membership.models import Program


@screen(TransferPolicy)
class TransferPolicyAdmin(BrandScopedAdmin):
    """A program without a policy has the usual one; saving one makes it the program's own."""

    resource = "transfer_policies"
    brand_path = "program__brand"
    list_display = ("program", "gifts_shown", "hold_shown", "gift_hops_max", "households_shown")
    list_select_related = ("program",)
    search_fields = ("program__code", "program__name")
    ordering = ("program__name",)
    fieldsets = (
        (None, {"fields": ("program",)}),
        (
            _("Gifts"),
            {"fields": (
                "gifts_are_open", "gift_min", "gift_max", "gift_daily_max", "gift_daily_count", "gift_hold_hours",
            )},
        ),
        (_("Points that changed hands"), {"fields": ("gift_hops_max", "exchange_hops_max")}),
        (_("Households"), {"fields": ("households_are_open", "household_size_max", "household_wait_hours")}),
    )  # fmt: skip

    def offers(self, verb):
        return verb != "delete"

    def permission(self, verb):
        """Who may change the policy may make it the program's own."""
        return super().permission("change" if verb == "add" else verb)

    def get_readonly_fields(self, request, obj=None):
        fixed = super().get_readonly_fields(request, obj)
        return (*fixed, "program") if obj else fixed

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        """Programs that have no policy of their own yet."""
        if db_field.name == "program":
            brands = self.brands_where(request, "change")
            free = Program.objects.filter(transfer_policy=None).exclude(status=Program.Status.ARCHIVED)
            kwargs["queryset"] = free if brands is None else free.filter(brand__in=brands)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_model(self, request, obj, form, change):
        changes = {name: form.cleaned_data[name] for name in FIELDS if name in form.cleaned_data}
        if not change:
            TransferPolicy.objects.create(program=obj.program)
        take_over(obj, change_policy(obj.program, changes, actor=principal_of(request).actor))

    @display(description=_("Gifts"), boolean=True)
    def gifts_shown(self, policy):
        return policy.gifts_are_open

    @display(description=_("Pending for (hours)"))
    def hold_shown(self, policy):
        return policy.gift_hold_hours

    @display(description=_("Households"), boolean=True)
    def households_shown(self, policy):
        return policy.households_are_open
