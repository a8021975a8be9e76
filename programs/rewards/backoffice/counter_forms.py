"""What somebody types at the counter: a code or what a scanner read, what the order comes to, the prices of items."""

import re
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loyalty.backoffice_buttons import OperationForm
from loyalty.http.money import exponent, to_minor
from loyalty.identity.models import Location
from programs.rewards.backoffice.reward_forms import LOOK
from programs.rewards.models import Reward
from programs.rewards.vouchers.asking import Order
from programs.rewards.vouchers.discounts import Line

TEXT_MAX = 700
ITEMS_MAX = 100
PIECES_MAX = 1_000
BY_PIECE = (Reward.DiscountKind.CHEAPEST, Reward.DiscountKind.BUY_X_GET_Y)
ITEM = re.compile(r"(?:(\d{1,4})\s*[x*]\s*)?(\d{1,9}(?:[.,]\d{1,4})?)\Z", re.IGNORECASE)
GAPS = re.compile(r"[;\s]+")
TIMES = re.compile(r"\s*[x*]\s*", re.IGNORECASE)


class CodeForm(forms.Form):
    """The one field. What a scanner types ends with Enter, and may hold blanks that mean something."""

    text = forms.CharField(
        label=gettext_lazy("Code of the voucher, or its QR code"), max_length=TEXT_MAX, strip=False,
        widget=forms.TextInput(
            LOOK | {"class": "text-field rw-counter-field", "autofocus": True, "spellcheck": "false",
                    "autocapitalize": "characters", "enterkeyhint": "search"}
        ),
    )  # fmt: skip
    amount = forms.CharField(
        label=gettext_lazy("The order comes to"), required=False, max_length=20,
        widget=forms.TextInput(LOOK | {"inputmode": "decimal"}),
    )  # fmt: skip
    location = forms.ChoiceField(label=gettext_lazy("Where"), required=False, widget=forms.Select(LOOK))

    def __init__(self, *args, locations: list[Location] = (), **more):
        super().__init__(*args, **more)
        self.fields["location"].choices = [("", _("No location")), *((str(one.pk), one.name) for one in locations)]
        if len(locations) <= 1:
            del self.fields["location"]

    def clean_text(self) -> str:
        text = self.cleaned_data["text"].replace("\0", "").lstrip().rstrip("\r\n\t")
        if not text.strip():
            raise ValidationError(_("Type the code, or scan it."))
        return text


class RedeemForm(OperationForm):
    """The voucher that was looked up, with what is needed to take something off."""

    text = forms.CharField(widget=forms.HiddenInput, max_length=TEXT_MAX, strip=False)
    location = forms.CharField(widget=forms.HiddenInput, max_length=40, required=False)
    amount = forms.CharField(
        label=gettext_lazy("The order comes to"), required=False, max_length=20,
        widget=forms.TextInput(LOOK | {"inputmode": "decimal"}),
    )  # fmt: skip
    items = forms.CharField(
        label=gettext_lazy("Prices of the items it is for"), required=False, max_length=1_000,
        widget=forms.TextInput(LOOK), help_text=gettext_lazy("With blanks between: 3.50 2.80, or 2x1.20 for two."),
    )  # fmt: skip
    reference = forms.CharField(
        label=gettext_lazy("Receipt number"), required=False, max_length=200, widget=forms.TextInput(LOOK)
    )

    def __init__(self, *args, terms: dict, currency: str, **more):
        self.terms, self.currency = terms, currency
        super().__init__(*args, **more)
        if not asks_for_items(terms):
            del self.fields["items"]
        elif not _is_for_some(terms):
            self.fields["items"].label = _("Prices of all items")

    def clean_amount(self) -> int | None:
        text = self.cleaned_data["amount"].strip()
        return minor_of(text, self.currency) if text else None

    def clean_items(self) -> list[tuple[int, int]]:
        words = filter(None, GAPS.split(TIMES.sub("x", self.cleaned_data["items"].strip())))
        found = []
        for word in words:
            matched = ITEM.match(word)
            if not matched or len(found) >= ITEMS_MAX or int(matched[1] or 1) > PIECES_MAX:
                raise ValidationError(_("Write prices with blanks between: 3.50 2.80, or 2x1.20 for two."))
            found.append((minor_of(matched[2], self.currency), int(matched[1] or 1)))
        return found

    def order(self) -> Order | None:
        """The order as it was typed: the items that the voucher is for, and one line of what is beside them."""
        given: dict[str, Any] = self.cleaned_data
        items, amount = given.get("items") or [], given.get("amount")
        skus, categories = self.terms.get("skus") or (), self.terms.get("categories") or ()
        named = {"sku": skus[0]} if skus else {"category": categories[0]} if categories else {}
        lines = [Line(price * count, count, **named) for price, count in items]
        rest = (amount or 0) - sum(line.amount_minor for line in lines)
        if amount is not None and rest > 0 and (not lines or named):
            lines.append(Line(rest))
        return Order(self.currency, lines) if lines else None


def asks_for_items(terms: dict) -> bool:
    """Whether what it takes off depends on single items."""
    return terms.get("discount_kind") in BY_PIECE or terms.get("kind") == Reward.Kind.FREE_ITEM or _is_for_some(terms)


def _is_for_some(terms: dict) -> bool:
    return bool(terms.get("skus") or terms.get("categories"))


def minor_of(text: str, currency: str) -> int:
    """An amount as people type it, with a point or a comma, in the currency's smallest unit. ValidationError."""
    try:
        amount = Decimal(text.replace(",", ".").replace(" ", ""))
    except InvalidOperation:
        amount = Decimal(-1)
    places = exponent(currency)
    if not amount.is_finite() or not 0 <= amount < Decimal(10) ** 12:
        raise ValidationError(_("Enter an amount, say 12.50."))
    if -amount.normalize().as_tuple().exponent > places:
        raise ValidationError(_("It has %(places)s decimals at most.") % {"places": places})
    return to_minor(f"{amount:.{places}f}", currency)
