"""The order that is tried: its lines, where and when it is, and whose it is."""

from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loyalty import clock
from loyalty.http.money import exponent, to_minor
from programs.earning.backoffice.contexts import Names
from programs.earning.facts import ItemFacts, PurchaseFacts
from programs.earning.lifetimes import first_instant
from programs.earning.models import Segment
from programs.earning.rules.happening import MemberFacts
from programs.membership.models import Program

LOOK = {"class": "text-field", "autocomplete": "off"}
MINUTES = "%Y-%m-%dT%H:%M"
LINES = 4
LINES_MAX = 50
AMOUNT_MAX = Decimal(1_000_000_000)


class LineForm(forms.Form):
    """One line of the order; an empty one counts for nothing."""

    sku = forms.CharField(label=gettext_lazy("SKU"), required=False, max_length=120, widget=forms.TextInput(LOOK))
    category = forms.CharField(
        label=gettext_lazy("Category"), required=False, max_length=120, widget=forms.TextInput(LOOK)
    )
    quantity = forms.IntegerField(
        label=gettext_lazy("Pieces"), required=False, min_value=1, max_value=100_000,
        widget=forms.TextInput(LOOK | {"inputmode": "numeric"}),
    )  # fmt: skip
    amount = forms.DecimalField(
        label=gettext_lazy("Amount"), required=False, min_value=0, max_value=AMOUNT_MAX,
        widget=forms.TextInput(LOOK | {"inputmode": "decimal"}),
    )  # fmt: skip

    def is_empty(self) -> bool:
        """Whether nothing was filled in."""
        return not any(self.cleaned_data.get(name) for name in ("sku", "category", "amount"))


LinesForm = forms.formset_factory(LineForm, extra=LINES, max_num=LINES_MAX, absolute_max=LINES_MAX)


class OrderForm(forms.Form):
    """The order itself, and its member: a real one by a number, or an imagined one."""

    total = forms.DecimalField(
        label=gettext_lazy("Order total"), required=False, min_value=0, max_value=AMOUNT_MAX,
        widget=forms.TextInput(LOOK | {"inputmode": "decimal"}),
        help_text=gettext_lazy("Empty: what the lines come to."),
    )  # fmt: skip
    channel = forms.CharField(
        label=gettext_lazy("Channel"), required=False, max_length=40, widget=forms.TextInput(LOOK)
    )
    location = forms.CharField(
        label=gettext_lazy("Location"), required=False, max_length=80, widget=forms.TextInput(LOOK)
    )
    tender = forms.CharField(label=gettext_lazy("Paid by"), required=False, max_length=40, widget=forms.TextInput(LOOK))
    at = forms.CharField(
        label=gettext_lazy("When"), required=False, widget=forms.TextInput(LOOK | {"type": "datetime-local"})
    )
    member = forms.CharField(
        label=gettext_lazy("A member of the program"), required=False, max_length=200, widget=forms.TextInput(LOOK),
        help_text=gettext_lazy("Member number or card number. Empty: somebody imagined, as follows."),
    )  # fmt: skip
    tier = forms.ChoiceField(label=gettext_lazy("Tier"), required=False, widget=forms.Select(LOOK))
    segments = forms.MultipleChoiceField(
        label=gettext_lazy("In the segments"), required=False, widget=forms.CheckboxSelectMultiple
    )
    orders_before = forms.IntegerField(
        label=gettext_lazy("Orders before"), required=False, min_value=0, max_value=1_000_000, initial=0,
        widget=forms.TextInput(LOOK | {"inputmode": "numeric"}),
    )  # fmt: skip
    spend_before = forms.DecimalField(
        label=gettext_lazy("Spent before"), required=False, min_value=0, max_value=AMOUNT_MAX,
        widget=forms.TextInput(LOOK | {"inputmode": "decimal"}),
    )  # fmt: skip
    is_birthday_month = forms.BooleanField(label=gettext_lazy("It is their birthday month"), required=False)
    is_referred = forms.BooleanField(label=gettext_lazy("Somebody brought them"), required=False)

    def __init__(self, *args, program: Program, names: Names, **more):
        super().__init__(*args, **more)
        self.program, self.zone = program, ZoneInfo(program.timezone)
        self.fields["at"].help_text = _("By the clock of %(zone)s. Empty: now.") % {"zone": program.timezone}
        self.fields["tier"].choices = [("", _("none")), *names["tiers"].items()]
        # Who is in a segment by conditions follows from the member.
        lists = Segment.objects.filter(brand=program.brand_id, kind=Segment.Kind.LIST).values_list("key", "name")
        self.fields["segments"].choices = list(lists)
        if not self.fields["segments"].choices:
            del self.fields["segments"]
        for name in ("total", "spend_before"):
            self.fields[name].label = f"{self.fields[name].label} ({program.money_currency})"

    def clean_at(self) -> datetime:
        text = self.cleaned_data["at"]
        if not text:
            return clock.now()
        try:
            wall = datetime.strptime(text[:16], MINUTES)  # noqa: DTZ007 (a wall clock has no zone)
        except ValueError:
            raise forms.ValidationError(_("Enter a day and a time.")) from None
        return first_instant(wall, self.zone)

    def clean_total(self):
        return self._in_currency("total")

    def clean_spend_before(self):
        return self._in_currency("spend_before")

    def _in_currency(self, name: str):
        value, places = self.cleaned_data[name], exponent(self.program.money_currency)
        if value is not None and -value.as_tuple().exponent > places:
            raise forms.ValidationError(_("It has %(places)s decimals at most.") % {"places": places})
        return value

    def imagined(self) -> MemberFacts:
        """The made-up member."""
        given = self.cleaned_data
        return MemberFacts(
            id="imagined",
            referrer_id="imagined-referrer" if given["is_referred"] else "",
            tier=given["tier"],
            segments=frozenset(given.get("segments", ())),
            orders_before=given["orders_before"] or 0,
            spend_before_minor=minor_of(given["spend_before"], self.program),
            is_birthday_month=given["is_birthday_month"],
        )

    def purchase(self, lines: list[ItemFacts]) -> PurchaseFacts:
        """The order as the rules see it."""
        given, program = self.cleaned_data, self.program
        total = (
            sum(line.amount_minor for line in lines) if given["total"] is None else minor_of(given["total"], program)
        )
        return PurchaseFacts(
            amount_minor=total, currency=program.money_currency, occurred_at=given["at"], items=tuple(lines),
            location_id=given["location"].strip(), source=given["channel"].strip(),
        )  # fmt: skip


def items_of(lines: forms.BaseFormSet, program: Program) -> list[ItemFacts]:
    """The lines that were filled in."""
    return [
        ItemFacts(
            sku=given["sku"].strip(), category=given["category"].strip(), quantity=given["quantity"] or 1,
            amount_minor=minor_of(given["amount"], program),
        )
        for line in lines
        if not line.is_empty() and (given := line.cleaned_data)
    ]  # fmt: skip


def minor_of(amount: Decimal | None, program: Program) -> int:
    """An amount that somebody typed, in minor units; what the currency has no decimals for is left off."""
    if amount is None:
        return 0
    places = exponent(program.money_currency)
    return to_minor(f"{amount:.{places + 6}f}"[: -6 if places else -7], program.money_currency)
