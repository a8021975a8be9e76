"""What brands fill in about an agreement: with whom, which way, and its terms."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminRadioSelectWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanWidget,
)

from exchange.rates.models import Agreement
from loyalty.backoffice_buttons import OperationForm

TERMS = ("rate_max", "point_price", "currency", "is_prefunded", "note")
OUT, IN = "out", "in"
DIRECTIONS = [
    (OUT, _("Our members give our points and get theirs")),
    (IN, _("Their members give their points and get ours")),
]

AS_DECIMAL = {"invalid": _("Write the number with a point and without a comma, as in 2.5.")}


def figure(label, help_text, digits: int, places: int) -> forms.DecimalField:
    """A decimal that may be left out."""
    return forms.DecimalField(
        label=label, help_text=help_text, required=False, min_value=0, max_digits=digits, decimal_places=places,
        widget=UnfoldAdminTextInputWidget(attrs={"inputmode": "decimal", "autocomplete": "off"}), localize=False,
        error_messages=AS_DECIMAL,
    )  # fmt: skip


class TermsFields(forms.Form):
    """The terms of an agreement."""

    rate_max = figure(
        _("Highest rate"), _("No rate of the pair may be higher, bonuses included. Empty: no bound but circles."), 18, 9
    )
    point_price = figure(
        _("Price of a point"), _("What the brand that gives pays for each point issued. Empty: nothing is owed."), 12, 6
    )
    currency = forms.CharField(
        label=_("Currency"), required=False, max_length=3, help_text=_("Of the price, say EUR."),
        widget=UnfoldAdminTextInputWidget(attrs={"autocapitalize": "characters", "spellcheck": "false"}),
    )  # fmt: skip
    is_prefunded = forms.BooleanField(
        label=_("Out of a prefunded pool"), required=False, widget=UnfoldBooleanWidget,
        help_text=_("Points come out of a pool that was paid for before. When it is empty, exchanges fail."),
    )  # fmt: skip
    note = forms.CharField(label=_("Note"), required=False, max_length=200, widget=UnfoldAdminTextInputWidget)

    def clean_currency(self) -> str:
        return self.cleaned_data["currency"].strip().upper()

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        if given.get("point_price") is not None and not given.get("currency"):
            self.add_error("currency", _("A price has a currency."))
        if given.get("rate_max") is not None and given["rate_max"] <= 0:
            self.add_error("rate_max", _("More than nothing."))
        return given


class ProposalForm(TermsFields, forms.ModelForm):
    """One's own program, the partner's by its code, which way points go, and the terms."""

    partner_code = forms.CharField(
        label=_("Code of the partner's program"), max_length=60, widget=UnfoldAdminTextInputWidget,
        help_text=_("Your partner knows it: say SKY."),
    )  # fmt: skip
    direction = forms.ChoiceField(
        label=_("Which way"), choices=DIRECTIONS, initial=OUT, widget=UnfoldAdminRadioSelectWidget
    )

    class Meta:
        model = Agreement
        fields = ("from_program",)
        labels = {"from_program": _("Your program")}
        help_texts = {"from_program": ""}

    def ends(self) -> tuple[str, str]:
        """From which program to which, as the operation names them."""
        own, other = str(self.cleaned_data["from_program"].pk), self.cleaned_data["partner_code"].strip()
        return (own, other) if self.cleaned_data["direction"] == OUT else (other, own)

    def _post_clean(self):
        """The operation judges the agreement, not the model: which way it goes is decided after the form."""


class ChangeForm(OperationForm, TermsFields):
    """The terms, as long as the other brand has not accepted them."""


def terms_given(form: dict[str, Any]) -> dict[str, Any]:
    """The terms as the operations take them."""
    return {name: form[name] for name in TERMS}


def terms_now(agreement: Agreement) -> dict[str, Any]:
    """The terms as a form shows them."""
    shown = {name: getattr(agreement, name) for name in TERMS}
    return {name: f"{one.normalize():f}" if isinstance(one, Decimal) else one for name, one in shown.items()}
