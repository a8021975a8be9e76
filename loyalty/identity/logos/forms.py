"""The brand's form in the portal, with a place for its logo."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminFileFieldWidget, UnfoldBooleanSwitchWidget

from loyalty.identity.logos.operations import remove_logo, set_logo
from loyalty.identity.logos.pictures import BadPicture, as_logo
from loyalty.identity.logos.views import logo_address
from loyalty.identity.models import Brand


class BrandForm(forms.ModelForm):
    """Takes a picture, or the wish to have none."""

    new_logo = forms.FileField(
        label=_("New logo"),
        required=False,
        widget=UnfoldAdminFileFieldWidget(attrs={"accept": "image/png,image/jpeg,image/webp"}),
        help_text=_("PNG, JPEG or WebP, up to 2 MB; it is made smaller and stripped of everything but its pixels."),
    )
    no_logo = forms.BooleanField(label=_("Take the logo away"), required=False, widget=UnfoldBooleanSwitchWidget)

    class Meta:
        model = Brand
        fields = ("name", "code")

    def clean_new_logo(self):
        file = self.cleaned_data["new_logo"]
        if not file:
            return None
        try:
            return as_logo(file)
        except BadPicture as refusal:
            raise ValidationError(refusal.detail) from None

    def keep_logo(self, brand: Brand) -> None:
        """Does with the saved brand what was asked for."""
        if self.cleaned_data.get("new_logo"):
            set_logo(brand, self.cleaned_data["new_logo"])
        elif self.cleaned_data.get("no_logo"):
            remove_logo(brand)


def logo_shown(brand: Brand | None) -> str | None:
    """The logo as the portal shows it beside the form."""
    address = logo_address(brand) if brand else ""
    return format_html('<img src="{}" alt="{}" height="64" class="max-h-16">', address, brand.name) if address else None
