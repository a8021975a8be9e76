"""The forms of messages: settings with secrets that are never shown, and templates that are checked when saved."""

from collections.abc import Iterable

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminPasswordWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from loyalty.backoffice_buttons import OperationForm
from loyalty.delivery.notifications.kinds import every_kind
from loyalty.delivery.notifications.models import NotificationSettings, NotificationTemplate
from loyalty.delivery.notifications.operations import (
    PROVIDERS,
    SECRETS,
    SETTINGS,
    check_template,
    mistakes_in_settings,
)
from loyalty.errors import Invalid, LoyaltyError

KEPT = _("Encrypted at rest and never shown. Empty: the one that is kept stays.")
NAMES = {"": _("None"), "twilio": "Twilio", "fcm": "Firebase Cloud Messaging"}


def _secret(label, *, rows: int = 0, max_length: int) -> forms.CharField:
    widget = UnfoldAdminTextareaWidget(attrs={"rows": rows, "autocomplete": "off"}) if rows else None
    return forms.CharField(
        label=label, required=False, max_length=max_length, help_text=KEPT,
        widget=widget or UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"}),
    )  # fmt: skip


class SettingsForm(forms.ModelForm):
    """How the brand tells its members things."""

    new_sms_secret = _secret(_("Auth token of text messages"), max_length=200)
    new_push_secret = _secret(_("Service account of push messages (JSON)"), rows=3, max_length=8000)

    class Meta:
        model = NotificationSettings
        fields = ("brand", *SETTINGS)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name, known in PROVIDERS.items():
            if name in self.fields:
                self.fields[name] = forms.ChoiceField(
                    label=self.fields[name].label, required=False, choices=[(one, NAMES[one]) for one in known],
                    widget=UnfoldAdminSelectWidget, help_text=self.fields[name].help_text,
                )  # fmt: skip

    def clean(self):
        given = super().clean()
        for name in SETTINGS:
            if name in given:
                setattr(self.instance, name, given[name])
        if not self.errors:
            _tell(self, mistakes_in_settings(self.instance))
        return given

    @property
    def changes(self) -> dict:
        """What was said, with the secrets that were typed in."""
        said = {name: self.cleaned_data[name] for name in SETTINGS if name in self.cleaned_data}
        typed = {name: self.cleaned_data.get(f"new_{name}") for name in SECRETS}
        return said | {name: value for name, value in typed.items() if value}


class TemplateForm(forms.ModelForm):
    """The brand's own words."""

    class Meta:
        model = NotificationTemplate
        fields = ("brand", "kind", "channel", "language", "subject", "body", "is_active")
        widgets = {"body": UnfoldAdminTextareaWidget(attrs={"rows": 10})}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if "kind" in self.fields:
            self.fields["kind"] = forms.ChoiceField(
                label=_("Kind"), widget=UnfoldAdminSelectWidget, choices=[(one.name, one.title) for one in every_kind()]
            )

    def clean(self):
        given = super().clean()
        if self.errors:
            return given
        for name, value in given.items():
            if name != "brand":
                setattr(self.instance, name, value)
        try:
            check_template(self.instance)
        except Invalid as refusal:
            _tell(self, refusal.errors)
        except LoyaltyError as refusal:
            _tell(self, [{"pointer": refusal.pointer or "", "detail": refusal.detail}])
        return given


class TestForm(OperationForm):
    """Where a test goes."""

    to = forms.CharField(
        label=_("To"), required=False, max_length=4096, widget=UnfoldAdminTextInputWidget,
        help_text=_("A phone number, or the token of an app. E-mails go to your own address, whatever stands here."),
    )  # fmt: skip


class PreviewForm(forms.Form):
    """For whom a template is filled in."""

    member = forms.CharField(
        label=_("Member number"), required=False, max_length=120, widget=UnfoldAdminTextInputWidget,
        help_text=_("Empty: example values. Else those of their last message of this kind."),
    )  # fmt: skip


def _tell(form: forms.ModelForm, mistakes: Iterable[dict]) -> None:
    for one in mistakes:
        field = one["pointer"].strip("/")
        form.add_error(field if field in form.fields else None, one["detail"])
