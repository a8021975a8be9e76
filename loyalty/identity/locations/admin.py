"""The brand's screen of its locations."""

from loyalty.backoffice import BrandScopedAdmin, screen, take_over
from loyalty.identity.backoffice import principal_of
from loyalty.identity.locations import operations
from loyalty.identity.models import Location


@screen(Location)
class LocationAdmin(BrandScopedAdmin):
    resource = "locations"
    brand_path = "brand"
    list_display = ("name", "code", "brand", "is_active", "created_at")
    list_filter = ("is_active", "brand")
    list_select_related = ("brand",)
    search_fields = ("name", "code")
    fields = ("brand", "code", "name", "is_active", "created_at")
    readonly_fields = ("created_at",)
    ordering = ("code",)

    def get_fields(self, request, obj=None):
        return self.fields if obj else self.fields[:-1]

    def get_readonly_fields(self, request, obj=None):
        return (*super().get_readonly_fields(request, obj), *(("code",) if obj else ()))

    def save_model(self, request, obj, form, change):
        given, actor = form.cleaned_data, principal_of(request).actor
        if change:
            changes = {name: given[name] for name in operations.FIELDS if name in form.changed_data}
            take_over(obj, operations.change_location(obj, changes, actor=actor))
            return
        made = {name: given[name] for name in ("code", "name", "is_active")}
        take_over(obj, operations.create_location(given["brand"], **made, actor=actor))
