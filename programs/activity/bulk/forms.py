"""What is asked before something is done with many members."""

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget

from loyalty.identity.models import Brand
from loyalty.identity.notes import LENGTH_MAX
from programs.activity.bulk.exporting import COLUMNS
from programs.membership.models import Program

POINTS_MAX = 1_000_000


class ActForm(forms.Form):
    """Why; and for whose brand, where there is more than one to choose from."""

    brand = forms.ModelChoiceField(queryset=Brand.objects.none(), label=_("Brand"), widget=UnfoldAdminSelectWidget)
    reason = forms.CharField(
        max_length=400, label=_("Reason"), widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}),
        help_text=_("Kept with what is done."),
    )  # fmt: skip

    def __init__(self, *args, brands, brand, **kwargs):
        super().__init__(*args, **kwargs)
        self.brands = brands
        self.fields["brand"].queryset = brands
        self.fields["brand"].initial = brand
        if brands.count() == 1:
            self.fields["brand"].widget = forms.HiddenInput()
        self.fields["reason"].required = self.needs_reason
        self.order_fields(["brand", *(name for name in self.fields if name not in ("brand", "reason")), "reason"])

    needs_reason = True

    def arguments(self) -> dict:
        """What the form says, for the run."""
        return {}

    def points_each(self) -> int:
        return 0


class ProgramForm(ActForm):
    """In which program; only active ones are offered."""

    program = forms.ModelChoiceField(
        queryset=Program.objects.none(), label=_("Program"), widget=UnfoldAdminSelectWidget
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        programs = Program.objects.filter(brand__in=self.brands, status=Program.Status.ACTIVE)
        self.fields["program"].queryset = programs
        if self.fields["program"].required and programs.count() == 1:
            self.fields["program"].initial = programs.get()

    def clean(self):
        given = super().clean()
        program, brand = given.get("program"), given.get("brand")
        if program and brand and program.brand_id != brand.pk:
            self.add_error("program", _("This program is of another brand."))
        return given

    def arguments(self) -> dict:
        program = self.cleaned_data["program"]
        return {"program": str(program.pk) if program else ""}


class CardsForm(ProgramForm):
    """In one program, or in all of the brand's."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["program"].required = False
        self.fields["program"].empty_label = _("All programs")


class PointsForm(ProgramForm):
    points = forms.IntegerField(
        label=_("Points for each"), min_value=1, max_value=POINTS_MAX, widget=UnfoldAdminIntegerFieldWidget
    )

    def arguments(self) -> dict:
        return super().arguments() | {"points": self.cleaned_data["points"]}

    def points_each(self) -> int:
        return self.cleaned_data["points"]


class NoteForm(ActForm):
    needs_reason = False
    text = forms.CharField(
        max_length=LENGTH_MAX, label=_("Note"), widget=UnfoldAdminTextareaWidget(attrs={"rows": 4}),
        help_text=_("For your colleagues; the members do not see it, but get it if they ask for their data."),
    )  # fmt: skip


class ExportForm(ActForm):
    columns = forms.MultipleChoiceField(
        label=_("Columns"), choices=list(COLUMNS.items()), initial=["external_id", "name", "email", "phone", "points"],
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip

    def arguments(self) -> dict:
        return {"columns": self.cleaned_data["columns"]}
