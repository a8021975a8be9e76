"""The brand's screens of brands, staff, people and server keys. Members have `admin_members`."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _
from msgspec import UNSET, UnsetType
from unfold.decorators import display
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminEmailInputWidget,
    UnfoldAdminPasswordWidget,
    UnfoldAdminTextInputWidget,
)

from loyalty import clock
from loyalty.backoffice import BrandScopedAdmin, is_operator, screen, take_over
from loyalty.backoffice_buttons import OperationAdmin, OperationForm, operation
from loyalty.identity import keys, tokens, users
from loyalty.identity.approvals.protection import PROTECTION, change_protection
from loyalty.identity.backoffice import principal_of
from loyalty.identity.logos.forms import BrandForm, logo_shown
from loyalty.identity.models import Brand, Person, ServerKey, Staff
from loyalty.identity.serializers import RoleChange
from loyalty.roles import SCOPES


@screen(Brand)
class BrandAdmin(BrandScopedAdmin):
    resource = "brands"
    brand_path = "id"
    list_display = ("name", "code", "approval_points_min", "created_at")
    search_fields = ("name", "code")
    form = BrandForm
    parts = (
        (None, ("name", "code", "country", "logo_now", "new_logo", "no_logo")),
        (_("What protects the brand"), PROTECTION),
        (_("More"), ("retention_months", "created_at")),
    )
    fields = tuple(name for _title, names in parts for name in names)
    readonly_fields = ("logo_now", "created_at")

    def get_queryset(self, request):
        return super().get_queryset(request).defer("logo")

    def get_fields(self, request, obj=None):
        may_change = self.has_change_permission(request, obj)
        return [name for name in self.fields if may_change or name not in ("new_logo", "no_logo")]

    def get_fieldsets(self, request, obj=None):
        shown = self.get_fields(request, obj)
        return [(title, {"fields": [name for name in names if name in shown]}) for title, names in self.parts]

    def get_readonly_fields(self, request, obj=None):
        return (*super().get_readonly_fields(request, obj), *(("code",) if obj else ()))

    def save_model(self, request, obj, form, change):
        limits = {name: form.cleaned_data[name] for name in form.changed_data if name in PROTECTION} if change else {}
        if change:
            own = {field.name for field in obj._meta.concrete_fields} - set(PROTECTION)
            obj.save(update_fields=own & set(form.changed_data))
        else:
            obj.save()
        form.keep_logo(obj)
        if limits and change_protection(principal_of(request), obj, limits):
            messages.warning(request, _("What protects the brand less waits for a second person."))

    @display(description=_("Logo"), empty_value="-")
    def logo_now(self, brand):
        return logo_shown(brand)


class NewStaffForm(forms.ModelForm):
    """Names a person by e-mail. The password is for somebody who has no login yet; who has one keeps theirs."""

    email = forms.EmailField(label=_("E-mail"), widget=UnfoldAdminEmailInputWidget)
    name = forms.CharField(label=_("Name"), max_length=120, required=False, widget=UnfoldAdminTextInputWidget)
    password = forms.CharField(
        label=_("First password"),
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"}),
        help_text=_("For somebody who has no login yet. Who has one keeps their password."),
    )

    class Meta:
        model = Staff
        fields = ("brand", "role", "location")

    def clean_email(self):
        return self.cleaned_data["email"].strip().lower()

    def clean_password(self):
        person = Person(email=self.cleaned_data.get("email", ""), name=self.cleaned_data.get("name", ""))
        validate_password(self.cleaned_data["password"], person)
        return self.cleaned_data["password"]

    def clean(self):
        given = super().clean()
        if Staff.objects.filter(brand=given.get("brand"), person__email=given.get("email")).exists():
            raise ValidationError(_("This person is on the brand's list already; change their role there."))
        location = given.get("location")
        if location and location.brand_id != getattr(given.get("brand"), "pk", None):
            raise ValidationError({"location": _("That is a location of another brand.")})
        return given


@screen(Staff)
class StaffAdmin(BrandScopedAdmin):
    resource = "staff"
    brand_path = "brand"
    list_display = ("person", "role", "location", "brand", "is_active", "created_at")
    list_filter = ("role", "is_active", "location", "brand")
    list_select_related = ("person", "brand", "location")
    search_fields = ("=person__email",)
    fields = ("person", "brand", "role", "location", "is_active")
    readonly_fields = ("person_email",)

    @display(description=_("Person"))
    def person_email(self, post):
        return post.person.email

    def get_fields(self, request, obj=None):
        if obj:
            return ("person_email", "brand", "role", "location", "is_active")
        return ("email", "name", "password", "brand", "role", "location")

    def get_form(self, request, obj=None, change=False, **kwargs):
        if obj is None:
            kwargs |= {"form": NewStaffForm, "fields": ("brand", "role", "location")}
        form = super().get_form(request, obj, change, **kwargs)
        if location := form.base_fields.get("location"):
            is_open = Q(is_active=True) | (Q(pk=obj.location_id) if obj else Q())
            theirs = location.queryset.filter(is_open)
            location.queryset = theirs.filter(brand=obj.brand_id) if obj else theirs
        return form

    def save_model(self, request, obj, form, change):
        asked, given = principal_of(request), form.cleaned_data
        if change:
            role = obj.role if obj.is_active else None
            where = obj.location_id if "location" in form.changed_data else UNSET
            post = _post_at(obj.brand_id, role, where)
            self._tell(request, users.change_user(asked, obj.person, {"roles": [post]}))
            return
        with transaction.atomic():
            person = Person.objects.filter(email=given["email"]).first()
            if person is None:
                person = Person.objects.create_user(given["email"], given["password"], name=given["name"])
            where = given["location"].pk if given["location"] else None
            waiting = users.change_user(asked, person, {"roles": [_post_at(given["brand"].id, given["role"], where)]})
            self._tell(request, waiting)
            # A post that waits for a second person is there already, and switched off.
            post, _made = person.posts.get_or_create(
                brand=given["brand"], defaults={"role": given["role"], "is_active": False}
            )
        take_over(obj, post)

    def _tell(self, request, waiting):
        if waiting:
            messages.warning(request, _("The role waits for a second person."))


def _post_at(brand_id: UUID, role: str | None, location_id: UUID | UnsetType | None) -> RoleChange:
    where = str(location_id) if isinstance(location_id, UUID) else location_id
    return RoleChange(brand_id=str(brand_id), role=role, location_id=where)


class PasswordForm(OperationForm):
    """Asks for a new password."""

    password = forms.CharField(
        label=_("New password"), widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"})
    )

    def clean_password(self):
        validate_password(self.cleaned_data["password"])
        return self.cleaned_data["password"]


@screen(Person)
class PersonAdmin(OperationAdmin):
    """Brand admins see the people who work for nobody else: of others they know the post and the e-mail only."""

    resource = "people"
    brand_path = "posts__brand"
    list_display = ("email", "name", "is_active", "is_operator", "created_at")
    list_filter = ("is_active",)
    search_fields = ("=email", "name")
    fields = ("email", "name", "is_active", "is_operator", "last_login", "created_at")
    readonly_fields = ("email", "is_operator", "last_login", "created_at")
    actions_detail = ("set_password",)

    def within(self, queryset, brands):
        found = super().within(queryset.filter(erased_at=None), brands)
        if brands is None:
            return found
        foreign = Staff.objects.exclude(brand__in=brands)
        return found.filter(is_operator=False, member=None).exclude(posts__in=foreign)

    def get_readonly_fields(self, request, obj=None):
        fixed = super().get_readonly_fields(request, obj)
        return [name for name in fixed if not (is_operator(request) and name in ("email", "is_operator"))]

    def save_model(self, request, obj, form, change):
        changed = {name: form.cleaned_data[name] for name in form.changed_data}
        if not change:
            obj.set_unusable_password()
            obj.save()
            return
        if above := changed.keys() & {"email", "is_operator"}:
            obj.save(update_fields=above)
        if theirs := {name: changed[name] for name in changed.keys() & {"name", "is_active"}}:
            users.change_user(principal_of(request), Person.objects.get(pk=obj.pk), theirs)

    @operation(_("Set password"), form=PasswordForm, icon="password")
    def set_password(self, request, obj, data):
        obj.set_password(data["password"])
        obj.save(update_fields=["password"])
        tokens.end_all_sessions(obj)
        return _("The password is set; every session of theirs has ended.")


class NewKeyForm(forms.ModelForm):
    scopes = forms.MultipleChoiceField(
        label=_("May"), choices=[(scope, scope) for scope in SCOPES], widget=UnfoldAdminCheckboxSelectMultipleWidget
    )

    class Meta:
        model = ServerKey
        fields = ("brand", "name", "scopes", "rate", "expires_at")


@screen(ServerKey)
class ServerKeyAdmin(OperationAdmin):
    """Keys are made and taken back here. The key itself is shown once, when it is made; its hash never."""

    resource = "server_keys"
    brand_path = "brand"
    list_display = ("name", "prefix", "brand", "state", "last_used_at", "expires_at", "created_at")
    list_filter = ("brand",)
    list_select_related = ("brand",)
    search_fields = ("name", "prefix")
    fields = ("brand", "name", "prefix", "scopes", "rate", "expires_at", "revoked_at", "last_used_at", "created_at")
    actions_detail = ("revoke",)

    @display(description=_("State"), label={_("Works"): "success", _("Revoked"): "danger", _("Expired"): "warning"})
    def state(self, key):
        if key.revoked_at:
            return _("Revoked")
        return _("Expired") if key.expires_at and key.expires_at <= clock.now() else _("Works")

    def get_fields(self, request, obj=None):
        return self.fields if obj else NewKeyForm.Meta.fields

    def get_form(self, request, obj=None, change=False, **kwargs):
        return super().get_form(request, obj, change, **(kwargs if obj else kwargs | {"form": NewKeyForm}))

    def save_model(self, request, obj, form, change):
        given = {name: form.cleaned_data[name] for name in ("name", "scopes", "rate", "expires_at")}
        key, request.plain_key = keys.create_server_key(
            form.cleaned_data["brand"], actor=principal_of(request).actor, **given
        )
        take_over(obj, key)

    def response_add(self, request, obj, post_url_continue=None):
        context = {**self.admin_site.each_context(request), "opts": self.opts, "title": _("The key is made")}
        context |= {"original": obj, "plain_key": request.plain_key, "back": self.page_of(obj)}
        return TemplateResponse(request, "admin/server_key_made.html", context)

    @operation(
        _("Revoke"),
        text=_("Whoever uses this key is refused from now on. This cannot be undone."),
        form=OperationForm,
        icon="block",
        is_danger=True,
        is_there=lambda key: key.revoked_at is None,
    )
    def revoke(self, request, obj, data):
        keys.revoke_server_key(obj, actor=principal_of(request).actor)
        return _("The key is revoked.")
