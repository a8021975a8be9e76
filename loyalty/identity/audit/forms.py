"""What the history can be narrowed down to on its page."""

from datetime import datetime, time, timedelta

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from loyalty.history.tracking import KINDS
from loyalty.identity.audit.selectors import ACTIONS, CONDITIONS, SOURCES


def _choices(known: dict, empty) -> list[tuple]:
    return [("", empty), *sorted(known.items(), key=lambda one: str(one[1]).lower())]


class HistoryForm(forms.Form):
    """All of it may be left out. Days are those of whoever reads."""

    actor = forms.CharField(
        label=_("Who"),
        max_length=255,
        required=False,
        widget=forms.TextInput(attrs={"placeholder": _("E-mail or key")}),
    )
    kind = forms.ChoiceField(label=_("What"), required=False)
    action = forms.ChoiceField(label=_("Done"), required=False, choices=_choices(ACTIONS, _("Anything")))
    source = forms.ChoiceField(label=_("From where"), required=False, choices=_choices(SOURCES, _("Anywhere")))
    first_day = forms.DateField(label=_("From day"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    last_day = forms.DateField(label=_("To day"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    object_id = forms.CharField(max_length=40, required=False, widget=forms.HiddenInput)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = _choices({kind.name: kind.title for kind in KINDS.values()}, _("Everything"))
        for field in self.fields.values():
            field.widget.attrs.setdefault("class", "text-field")

    def clean(self):
        given = super().clean()
        first, last = given.get("first_day"), given.get("last_day")
        if first and last and first > last:
            self.add_error("last_day", _("It ends before it begins."))
        return given

    @property
    def is_narrowed(self) -> bool:
        return any(self.cleaned_data.values())

    def __getattr__(self, name: str):
        """What was asked for, by the names of the question."""
        if name not in CONDITIONS:
            raise AttributeError(name)
        if name == "since":
            return _midnight(self.cleaned_data["first_day"])
        if name == "until":
            return _midnight(self.cleaned_data["last_day"], days=1)
        return self.cleaned_data[name] or None


def _midnight(day, *, days: int = 0) -> datetime | None:
    return day and timezone.make_aware(datetime.combine(day + timedelta(days=days), time.min))
