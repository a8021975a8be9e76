"""A segment as a form, and the numbers of members that are entered in its list or struck off it."""

import csv
import io
import re

from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loyalty.errors import Invalid, LoyaltyError
from programs.earning.backoffice.judging import read_text
from programs.earning.models import Segment
from programs.earning.segments.operations import MEMBERS_MAX

LOOK = {"class": "text-field", "autocomplete": "off"}
FILE_BYTES_MAX = 1_000_000
SEPARATORS = re.compile(r"[\s,;]+")
HEADINGS = {"member", "member number", "member_number", "member_id", "external_id", "id", "number"}


class SegmentForm(forms.Form):
    """A segment's name, and for one by conditions who is in it."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=120, widget=forms.TextInput(LOOK))
    key = forms.CharField(
        label=gettext_lazy("Short name"), required=False, max_length=60, widget=forms.TextInput(LOOK),
        help_text=gettext_lazy("Say vip, as rules name it. Empty: made of the name. It stays."),
    )  # fmt: skip
    kind = forms.ChoiceField(
        label=gettext_lazy("Who is in it"), choices=Segment.Kind.choices, initial=Segment.Kind.LIST,
        widget=forms.RadioSelect,
    )  # fmt: skip
    conditions = forms.CharField(required=False, max_length=262_144, widget=forms.Textarea)

    def __init__(self, *args, segment: Segment | None = None, **more):
        super().__init__(*args, **more)
        self.segment = segment
        if segment:
            del self.fields["key"], self.fields["kind"]
            if segment.kind == Segment.Kind.LIST:
                del self.fields["conditions"]

    def clean_key(self) -> str:
        return self.cleaned_data["key"].strip() or slugify(self.data.get(self.add_prefix("name"), ""))[:60]

    def clean_conditions(self):
        text = self.cleaned_data["conditions"].strip()
        try:
            return read_text(text) if text else {}
        except Invalid as refusal:
            raise ValidationError([one["detail"] for one in refusal.errors]) from None

    def clean(self):
        given = super().clean()
        if given.get("kind") == Segment.Kind.LIST:
            given["conditions"] = {}
        return given

    def take(self, refusal: LoyaltyError) -> None:
        """Puts a refusal's mistakes at the fields they are about."""
        for one in getattr(refusal, "errors", None) or [{"pointer": refusal.pointer or "", "detail": refusal.detail}]:
            name = one["pointer"].strip("/").split("/")[0]
            self.add_error(name if name in self.fields else None, one["detail"])


class NumbersForm(forms.Form):
    """Numbers of members, pasted or in a file, and what is to be done with them."""

    numbers = forms.CharField(
        label=gettext_lazy("Member numbers"), required=False, max_length=FILE_BYTES_MAX,
        widget=forms.Textarea(LOOK | {"rows": 4, "spellcheck": "false"}),
        help_text=gettext_lazy("One on a line, or with commas between them."),
    )  # fmt: skip
    file = forms.FileField(
        label=gettext_lazy("Or a CSV file"), required=False,
        widget=forms.FileInput({"class": "text-field", "accept": ".csv,.txt,text/csv,text/plain"}),
        help_text=gettext_lazy("Its first column is read; a heading in it is passed over."),
    )  # fmt: skip
    act = forms.ChoiceField(choices=[("add", ""), ("remove", "")], widget=forms.HiddenInput, initial="add")

    def clean(self):
        given = super().clean()
        refs = [ref for ref in SEPARATORS.split(given.get("numbers", "").replace("\0", "")) if ref]
        refs += self._in_file(given.get("file"))
        given["refs"] = list(dict.fromkeys(refs))
        if not given["refs"] and not self.errors:
            raise ValidationError(_("Give at least one number."))
        if len(given["refs"]) > MEMBERS_MAX:
            raise ValidationError(_("At most %(most)s at once.") % {"most": f"{MEMBERS_MAX:,}"})
        return given

    def _in_file(self, file) -> list[str]:
        if not file:
            return []
        if file.size > FILE_BYTES_MAX:
            raise ValidationError(_("The file may have 1 MB."))
        try:
            text = file.read().decode("utf-8-sig")
            first = text.partition("\n")[0]
            rows = csv.reader(io.StringIO(text), delimiter=";" if first.count(";") > first.count(",") else ",")
            found = [row[0].strip().replace("\0", "") for row in rows if row and row[0].strip()]
        except (UnicodeDecodeError, csv.Error):
            raise ValidationError(_("This is no text file in UTF-8.")) from None
        return found[1:] if found and found[0].lower() in HEADINGS else found
