"""The brand's screen of its single sign-on: where the provider is, which groups have which role, and a button that
tries it."""

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminPasswordWidget,
    UnfoldAdminTextareaWidget,
)

from loyalty.backoffice import screen, take_over
from loyalty.backoffice_buttons import OperationAdmin, OperationForm, operation
from loyalty.identity.backoffice import principal_of
from loyalty.identity.models import Staff
from loyalty.identity.signon import operations
from loyalty.identity.signon.models import SignOn

is_domain = RegexValidator(
    r"\A(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]\Z",
    _("Not the name of a domain, say cafe.example."),
)


class Lines(forms.CharField):
    """Some texts, each on a line of its own."""

    def __init__(self, **kwargs):
        super().__init__(required=False, widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}), max_length=4000, **kwargs)

    def prepare_value(self, value):
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value) -> list[str]:
        return list(dict.fromkeys(line.strip() for line in (value or "").splitlines() if line.strip()))

    def run_validators(self, value) -> None:
        for line in value:
            super().run_validators(line)


class SignOnForm(forms.ModelForm):
    """The provider, with groups by role and the secret, which is never shown."""

    secret = forms.CharField(
        label=_("Client secret"),
        required=False,
        max_length=500,
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "off"}),
        help_text=_(
            "Encrypted at rest and never shown. Empty: the one that is kept stays, but not for another issuer."
        ),
    )
    admins = Lines(label=_("Groups of brand admins"), help_text=_("As the provider names them, one on a line."))
    staff = Lines(label=_("Groups of staff"), help_text=_("They do the daily work: members, points, corrections."))
    partners = Lines(
        label=_("Groups of partners"),
        help_text=_("They earn and redeem only. Whoever is in no group named here is not let in."),
    )
    email_domains = Lines(label=_("E-mail domains"), validators=[is_domain])
    break_glass = forms.TypedMultipleChoiceField(
        label=_("May enter by password all the same"),
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text=_("Admins of the brand, for the day the provider fails."),
    )

    GROUPS = {"admins": Staff.Role.ADMIN, "staff": Staff.Role.STAFF, "partners": Staff.Role.PARTNER}

    class Meta:
        model = SignOn
        fields = (
            "brand", "name", "issuer", "client_id", "groups_claim", "email_domains", "asks_second_factor", "is_active",
            "is_required", "break_glass",
        )  # fmt: skip

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for field, role in self.GROUPS.items():
            if field in self.fields:
                named = self.instance.role_by_group.items()
                self.fields[field].initial = [group for group, given in named if given == role]
        for field in ("email_domains", "break_glass"):
            if field in self.fields:
                self.fields[field].help_text = self.fields[field].help_text or SignOn._meta.get_field(field).help_text
        if "break_glass" in self.fields:
            admins = Staff.objects.filter(brand_id=self.instance.brand_id, is_active=True, role=Staff.Role.ADMIN)
            self.fields["break_glass"].choices = [
                (str(post.person_id), str(post.person)) for post in admins.select_related("person")
            ]
            self.initial["break_glass"] = [str(one) for one in self.instance.break_glass]

    def clean_issuer(self) -> str:
        issuer = self.cleaned_data["issuer"].strip()
        schemes = ("https://", "http://") if settings.SIGN_ON_PRIVATE_ADDRESSES else ("https://",)
        if not issuer.startswith(schemes) or any(character in issuer for character in "@?# "):
            raise ValidationError(_("An address that begins with https:// and has no user, query or fragment in it."))
        return issuer

    def clean(self):
        given = super().clean()
        groups: dict[str, str] = {}
        for field, role in self.GROUPS.items():
            for group in given.get(field, []):
                if groups.setdefault(group, role) != role:
                    self.add_error(field, _("The group %(group)s is named twice.") % {"group": group})
        self.instance.role_by_group = groups
        if given.get("is_required") and not given.get("is_active"):
            self.add_error("is_required", _("Only a single sign-on that is switched on can be required."))
        if given.get("is_required") and not given.get("break_glass"):
            self.add_error("break_glass", _("Name somebody who can still enter when the provider fails."))
        return given


class DomainsForm(OperationForm):
    """Which domains the operator has seen to be the brand's."""

    domains = Lines(
        label=_("E-mail domains that are the brand's"),
        validators=[is_domain],
        help_text=_("One on a line, as you have checked them, say by a TXT record. Those not named are not confirmed."),
    )


@screen(SignOn)
class SignOnScreen(OperationAdmin):
    """Single sign-on of the brand."""

    resource = "sign_on"
    brand_path = "brand"
    form = SignOnForm
    list_display = ("name", "brand", "issuer", "is_active", "is_required")
    list_filter = ("is_active",)
    list_select_related = ("brand",)
    search_fields = ("name", "issuer")
    readonly_fields = ("return_address", "confirmed")
    actions_detail = ("test", "confirm_domains")
    fieldsets = (
        (None, {"fields": ("brand", "name", "is_active")}),
        (_("Provider"), {"fields": ("issuer", "client_id", "secret", "return_address")}),
        (_("Who gets in"), {"fields": ("groups_claim", "admins", "staff", "partners", "email_domains", "confirmed")}),
        (_("Rules"), {"fields": ("asks_second_factor", "is_required", "break_glass")}),
    )
    later = ("return_address", "confirmed", "is_active", "is_required", "break_glass")

    def get_fieldsets(self, request, obj=None):
        """What needs a provider that is there comes once it is."""
        if obj:
            return self.fieldsets
        shown = ((title, [name for name in part["fields"] if name not in self.later]) for title, part in self.fieldsets)
        return [(title, {"fields": names}) for title, names in shown]

    @display(description=_("Where the provider sends people back to"))
    def return_address(self, sign_on):
        address = settings.SITE_URL + reverse("openid_connect_callback", kwargs={"provider_id": sign_on.slug})
        return format_html('<span style="overflow-wrap: anywhere">{}</span>', address)

    @display(description=_("Confirmed domains"))
    def confirmed(self, sign_on):
        waiting = sorted(set(sign_on.email_domains) - sign_on.domains)
        confirmed = ", ".join(sorted(sign_on.domains)) or _("None yet.")
        if not waiting:
            return confirmed
        return _("%(confirmed)s The platform's operators have yet to confirm %(waiting)s.") % {
            "confirmed": confirmed if str(confirmed).endswith(".") else f"{confirmed}.",
            "waiting": ", ".join(waiting),
        }

    def subject(self, sign_on):
        """With the domains that the brand asks for, which the operator judges."""
        return f"{sign_on} ({', '.join(sign_on.email_domains)})" if sign_on.email_domains else str(sign_on)

    def save_model(self, request, obj, form, change):
        saved = operations.save_sign_on(principal_of(request), obj, secret=form.cleaned_data.get("secret", ""))
        take_over(obj, saved)
        if saved.waits_for:
            messages.warning(request, _("What lets more people in, or with less, waits for a second person."))

    def delete_model(self, request, obj):
        operations.remove_sign_on(principal_of(request), obj)

    @operation(
        _("Test the connection"),
        text=_("Asks the provider for its description and its keys, and says what is missing here. Nothing changes."),
        form=OperationForm,
        icon="cable",
    )
    def test(self, request, obj, data):
        return operations.test_connection(obj)

    @operation(
        _("Confirm the domains"),
        text=_("Whoever this provider vouches for within these domains is taken for the owner of the address."),
        form=DomainsForm,
        icon="verified",
        is_there=lambda sign_on: bool(sign_on.email_domains),
    )
    def confirm_domains(self, request, obj, data):
        operations.confirm_domains(principal_of(request), obj, data["domains"])
        return _("Confirmed: %(domains)s.") % {"domains": ", ".join(data["domains"]) or _("none")}
