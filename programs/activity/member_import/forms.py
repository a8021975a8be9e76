"""The forms of an import: the file, and what its columns mean."""

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminFileFieldWidget, UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from loyalty.csv_files import Bounds, UnreadableFile, header_of, read_csv
from loyalty.identity.models import Brand
from programs.activity.member_import.columns import CONSENT, DATE_ORDERS, FIELDS, example_of, guess
from programs.membership.models import Program

SAMPLES = 3


class FileForm(forms.Form):
    """The file; it is read through once, so that what cannot be read is told at once."""

    brand = forms.ModelChoiceField(queryset=Brand.objects.none(), label=_("Brand"), widget=UnfoldAdminSelectWidget)
    file = forms.FileField(
        label=_("CSV file"),
        widget=UnfoldAdminFileFieldWidget(attrs={"accept": ".csv,text/csv"}),
        help_text=_("UTF-8, up to 100,000 rows and 32 MB; the first line names the columns, whatever their names."),
    )

    def __init__(self, *args, brands, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["brand"].queryset = brands
        if brands.count() == 1:
            self.fields["brand"].initial = brands.get()
            self.fields["brand"].widget = forms.HiddenInput()

    def clean_file(self):
        file = self.cleaned_data["file"]
        if file.size > Bounds().bytes_max:
            raise forms.ValidationError(_("The file has more than 32 MB; split it."), code="too-large")
        try:
            self.names = header_of(file)
            self.rows = sum(1 for _row in read_csv(file, columns=self.names))
        except UnreadableFile as refusal:
            raise forms.ValidationError(refusal.detail, code=refusal.code) from refusal
        if not self.rows:
            raise forms.ValidationError(_("There are no rows below the first line."), code="empty")
        file.seek(0)
        self.text = file.read().decode("utf-8-sig")
        return file


class ColumnsForm(forms.Form):
    """What stands in each column (`column_0`, ...), and how rows are to be taken."""

    existing = forms.ChoiceField(
        label=_("Members whom you know already"),
        choices=[("update", _("Change them to what the file says")), ("skip", _("Leave them as they are"))],
        widget=UnfoldAdminSelectWidget,
    )
    country = forms.CharField(
        label=_("Country of phone numbers without one"), max_length=2, required=False,
        widget=UnfoldAdminTextInputWidget, help_text=_("Two letters, say NL."),
    )  # fmt: skip
    dates = forms.ChoiceField(
        label=_("Dates are written like"),
        choices=[(order, example_of(order)) for order in DATE_ORDERS], widget=UnfoldAdminSelectWidget,
    )  # fmt: skip
    enrol = forms.ModelMultipleChoiceField(
        label=_("Enrol everybody in"), queryset=Program.objects.none(), required=False,
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip
    points_program = forms.ModelChoiceField(
        label=_("Opening balances go to"), queryset=Program.objects.none(), required=False,
        widget=UnfoldAdminSelectWidget, help_text=_("The program whose points these are; the members are enrolled."),
    )  # fmt: skip
    reason = forms.CharField(
        label=_("Reason"), max_length=400, widget=UnfoldAdminTextInputWidget,
        help_text=_("Kept with the import and with the points it gives."),
    )  # fmt: skip

    def __init__(self, *args, brand: Brand, names: list[str], **kwargs):
        super().__init__(*args, **kwargs)
        programs = Program.objects.filter(brand=brand, status=Program.Status.ACTIVE)
        self.fields["enrol"].queryset = self.fields["points_program"].queryset = programs
        self.fields["country"].initial = brand.country
        if programs.count() == 1:
            self.fields["points_program"].initial = programs.get()
        self.names, guessed = names, guess(names)
        for n, name in enumerate(names):
            consent = guessed[name] if guessed[name].startswith(CONSENT) else f"{CONSENT}{name}"[:60]
            choices = [("", _("Do not import")), *FIELDS.items(), (consent, _("Consent: %s") % consent[len(CONSENT) :])]
            self.fields[f"column_{n}"] = forms.ChoiceField(
                label=name, choices=choices, required=False, initial=guessed[name], widget=UnfoldAdminSelectWidget
            )

    def columns(self) -> list[forms.BoundField]:
        return [self[f"column_{n}"] for n in range(len(self.names))]

    def options(self) -> list[forms.BoundField]:
        return [self[name] for name in ("existing", "country", "dates", "enrol", "points_program", "reason")]

    def clean(self):
        given = super().clean()
        chosen = [given.get(f"column_{n}", "") for n in range(len(self.names))]
        named = [each for each in chosen if each]
        for n, each in enumerate(chosen):
            if each and named.count(each) > 1:
                self.add_error(f"column_{n}", _("Two columns hold the same."))
        if "external_id" not in named:
            self.add_error(None, _("Say which column holds the external id: members are known by it."))
        if "opening_balance" in named and not given.get("points_program"):
            self.add_error("points_program", _("Say whose points the opening balances are."))
        return given

    def arguments(self) -> dict:
        """What the form says, for the run."""
        given = self.cleaned_data
        return {
            "columns": {name: given[f"column_{n}"] for n, name in enumerate(self.names)},
            "existing": given["existing"],
            "country": given["country"].upper(),
            "dates": given["dates"],
            "enrol": [str(program.id) for program in given["enrol"]],
            "points_program": str(given["points_program"].id) if given["points_program"] else "",
        }
