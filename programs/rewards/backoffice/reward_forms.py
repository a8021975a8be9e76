"""A reward as a form in plain words: money in the program's currency, times by its clock, only the fields that its kind
needs. What is not needed is left empty, whatever was sent."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loyalty.errors import Invalid, LoyaltyError
from loyalty.http.money import exponent, from_minor, to_minor
from loyalty.identity.models import Location
from programs.earning.lifetimes import first_instant
from programs.earning.models import Segment
from programs.membership.models import Program, Tier
from programs.rewards.catalogue.validity import POINTERS
from programs.rewards.models import Reward

Kind, DiscountKind = Reward.Kind, Reward.DiscountKind
LOOK = {"class": "text-field", "autocomplete": "off"}
MINUTES = "%Y-%m-%dT%H:%M"
MONEY = ("value_minor", "order_minor_min", "discount_minor_max")
LISTS = ("skus", "categories")
TIMES = ("starts_at", "ends_at")
LIST_MAX = 200
FIELD_AT = {pointed: name for name, pointed in POINTERS.items()}
NEEDS = {
    "discount_kind": (Kind.DISCOUNT,),
    "value_minor": (f"{Kind.DISCOUNT}:{DiscountKind.AMOUNT}", Kind.GIFT_CARD),
    "percent": (f"{Kind.DISCOUNT}:{DiscountKind.PERCENT}", f"{Kind.DISCOUNT}:{DiscountKind.CHEAPEST}"),
    "buy_quantity": (f"{Kind.DISCOUNT}:{DiscountKind.BUY_X_GET_Y}",),
    "free_quantity": (f"{Kind.DISCOUNT}:{DiscountKind.BUY_X_GET_Y}",),
    "skus": (Kind.DISCOUNT, Kind.FREE_ITEM),
    "categories": (Kind.DISCOUNT, Kind.FREE_ITEM),
    "order_minor_min": (Kind.DISCOUNT, Kind.FREE_ITEM),
    "discount_minor_max": (Kind.DISCOUNT, Kind.FREE_ITEM),
    "uses_max": (Kind.PRODUCT, Kind.DISCOUNT, Kind.FREE_ITEM),
    "locations": (Kind.PRODUCT, Kind.DISCOUNT, Kind.FREE_ITEM, Kind.GIFT_CARD),
    "voucher_days": (Kind.PRODUCT, Kind.DISCOUNT, Kind.FREE_ITEM, Kind.GIFT_CARD, Kind.EXTERNAL_CODE),
}
"""For which kinds a field is asked, and of a discount for which of its kinds; what does not stand here always is."""


def _text(label, help_text: str = "", most: int = 120, *, required: bool = True, **attrs) -> forms.CharField:
    widget = forms.TextInput(LOOK | attrs)
    return forms.CharField(label=label, help_text=help_text, max_length=most, required=required, widget=widget)


def _whole(label, help_text: str = "", least: int = 1) -> forms.IntegerField:
    widget = forms.TextInput(LOOK | {"inputmode": "numeric"})
    bounds = {"min_value": least, "max_value": 2_000_000_000}
    return forms.IntegerField(label=label, help_text=help_text, required=False, widget=widget, **bounds)


def _money(label, help_text: str = "") -> forms.DecimalField:
    widget = forms.TextInput(LOOK | {"inputmode": "decimal"})
    bounds = {"min_value": 0, "max_value": Decimal(10) ** 12}
    return forms.DecimalField(label=label, help_text=help_text, required=False, widget=widget, **bounds)


def _wall(label) -> forms.CharField:
    return forms.CharField(label=label, required=False, widget=forms.TextInput(LOOK | {"type": "datetime-local"}))


def _several(label, help_text: str = "") -> forms.MultipleChoiceField:
    widget = forms.CheckboxSelectMultiple
    return forms.MultipleChoiceField(label=label, help_text=help_text, required=False, widget=widget)


class RewardForm(forms.Form):
    """Everything a brand says about a reward but its picture and its codes of somebody else."""

    name = _text(gettext_lazy("Name"), gettext_lazy("As members read it."))
    code = _text(
        gettext_lazy("Short name"),
        gettext_lazy("Say free-coffee; rules give the reward by it. Empty: made of the name. It stays."), 60,
        required=False, spellcheck="false",
    )  # fmt: skip
    description = forms.CharField(
        label=gettext_lazy("Description"), required=False, max_length=5_000,
        widget=forms.Textarea(LOOK | {"rows": 3}), help_text=gettext_lazy("What members read below the name."),
    )  # fmt: skip
    kind = forms.ChoiceField(
        label=gettext_lazy("Kind"), choices=Kind.choices, widget=forms.Select(LOOK | {"data-kind": "kind"})
    )
    discount_kind = forms.ChoiceField(
        label=gettext_lazy("What it takes off"), required=False, choices=DiscountKind.choices,
        widget=forms.Select(LOOK | {"data-kind": "discount_kind"}),
    )  # fmt: skip
    value_minor = _money(gettext_lazy("Amount"), gettext_lazy("What it takes off, or what the gift card holds."))
    percent = forms.DecimalField(
        label=gettext_lazy("Per cent"), required=False, min_value=0, max_value=100, max_digits=5, decimal_places=2,
        widget=forms.TextInput(LOOK | {"inputmode": "decimal"}), help_text=gettext_lazy("100 is all of it."),
    )  # fmt: skip
    buy_quantity = _whole(gettext_lazy("Buy"), gettext_lazy("Of 3 for 2: 2."))
    free_quantity = _whole(gettext_lazy("Get free"), gettext_lazy("Of 3 for 2: 1."))
    skus = _text(
        gettext_lazy("Only these items"), gettext_lazy("Item numbers, with commas between. Empty: all."), 4_000,
        required=False, spellcheck="false",
    )  # fmt: skip
    categories = _text(
        gettext_lazy("Only these categories"), gettext_lazy("With commas between. Empty: all."), 4_000, required=False
    )
    order_minor_min = _money(gettext_lazy("The order comes to at least"))
    discount_minor_max = _money(gettext_lazy("Takes off at most"))
    points_cost = _whole(gettext_lazy("Cost in points"), gettext_lazy("0 or empty: it costs nothing."), 0)
    stock_left = _whole(gettext_lazy("In stock"), gettext_lazy("Empty: no end of them."), 0)
    stock_low_at = _whole(gettext_lazy("Warn when so many are left"), least=0)
    member_max = _whole(gettext_lazy("For each member at most"), gettext_lazy("Empty: as many as they like."))
    starts_at = _wall(gettext_lazy("From"))
    ends_at = _wall(gettext_lazy("Until"))
    tiers = _several(gettext_lazy("Tiers that may claim it"), gettext_lazy("None chosen: all."))
    segments = _several(gettext_lazy("Segments that may claim it"), gettext_lazy("None chosen: everybody."))
    locations = _several(gettext_lazy("Where it is redeemed"), gettext_lazy("None chosen: everywhere."))
    voucher_days = _whole(gettext_lazy("Days that its voucher is good for"), gettext_lazy("Empty: without an end."))
    uses_max = _whole(gettext_lazy("How often its voucher can be used"), gettext_lazy("Empty: once."))
    is_birthday_gift = forms.BooleanField(
        label=gettext_lazy("Every member of the program gets it on their birthday"), required=False
    )
    position = _whole(gettext_lazy("Place in the catalogue"), gettext_lazy("The lower number stands first."), 0)

    def __init__(self, *args, program: Program, reward: Reward | None = None, **more):
        self.program, self.reward, self.zone = program, reward, ZoneInfo(program.timezone)
        super().__init__(*args, **more)
        places = Location.objects.filter(brand=program.brand_id)
        self.fields["tiers"].choices = list(Tier.objects.filter(program=program).values_list("code", "name"))
        self.fields["segments"].choices = list(
            Segment.objects.filter(brand=program.brand_id).order_by("name").values_list("key", "name")[:LIST_MAX]
        )
        self.fields["locations"].choices = list(places.order_by("name").values_list("code", "name")[:LIST_MAX])
        for name in ("tiers", "segments", "locations"):
            self._keep_what_is_gone(name)
        if reward:
            self.fields["kind"].disabled = True
        for name in TIMES:
            self.fields[name].help_text = _("By the clock of %(zone)s.") % {"zone": program.timezone}
        if reward:
            del self.fields["code"]

    def _keep_what_is_gone(self, name: str) -> None:
        """What the reward names stays a choice, also where there is no such tier, segment or location any more."""
        known = {value for value, _label in self.fields[name].choices}
        gone = [one for one in getattr(self.reward, name, ()) if one not in known]
        self.fields[name].choices += [(one, one) for one in gone]
        if not self.fields[name].choices:
            del self.fields[name]

    def needs_of(self, name: str) -> str:
        """For which kinds the page shows a field; "" for all."""
        return " ".join(map(str, NEEDS.get(name, ())))

    def is_needed(self, name: str) -> bool:
        kind, discount = self.cleaned_data.get("kind"), self.cleaned_data.get("discount_kind")
        return name not in NEEDS or bool({str(kind), f"{kind}:{discount}"} & set(map(str, NEEDS[name])))

    def clean_starts_at(self):
        return self._instant("starts_at")

    def clean_ends_at(self):
        return self._instant("ends_at")

    def clean(self):
        given = super().clean()
        for name in MONEY:
            if given.get(name) is not None:
                self._minor(name, given[name])
        for name in LISTS:
            given[name] = list(dict.fromkeys(filter(None, (one.strip() for one in given.get(name, "").split(",")))))
        return given

    def _minor(self, name: str, amount: Decimal) -> None:
        places = exponent(self.program.money_currency)
        if -amount.normalize().as_tuple().exponent > places:
            self.add_error(name, _("It has %(places)s decimals at most.") % {"places": places})
        else:
            self.cleaned_data[name] = to_minor(f"{amount:.{places}f}", self.program.money_currency)

    def terms(self) -> dict[str, Any]:
        """The reward's fields as its operations take them."""
        given = {name: self.cleaned_data[name] for name in self.fields if name not in ("code", "kind")}
        for name in NEEDS:
            if name in given and not self.is_needed(name):
                given[name] = type(given[name])() if isinstance(given[name], str | list) else None
        for name in ("points_cost", "position"):
            given[name] = given[name] or 0
        given["uses_max"] = given["uses_max"] or 1
        given["description"] = given["description"].replace("\r\n", "\n")
        return given

    def code_told(self) -> str:
        """The short name; one made of the name where none was given."""
        return self.cleaned_data["code"].strip() or slugify(self.cleaned_data["name"])[:60]

    def take(self, refusal: LoyaltyError) -> None:
        """Puts a refusal's mistakes at the fields they are about."""
        plain = [{"pointer": refusal.pointer or "", "detail": refusal.detail}]
        for one in refusal.errors if isinstance(refusal, Invalid) else plain:
            pointed = one["pointer"].strip("/").split("/")[0]
            name = FIELD_AT.get(pointed, pointed)
            self.add_error(name if name in self.fields else None, one["detail"])

    def _instant(self, name: str) -> datetime | None:
        text = self.cleaned_data[name]
        if not text:
            return None
        kept = getattr(self.reward, name, None)
        if kept and text[:16] == wall_of(kept, self.zone):
            return kept
        try:
            return first_instant(datetime.strptime(text[:16], MINUTES), self.zone)  # noqa: DTZ007 (a wall clock)
        except ValueError:
            raise ValidationError(_("Enter a day and a time.")) from None


def wall_of(moment: datetime, zone: ZoneInfo) -> str:
    """A moment as a field for it shows it."""
    return moment.astimezone(zone).strftime(MINUTES)


def initial_of(reward: Reward) -> dict[str, Any]:
    """What the form shows of a reward at first."""
    zone, currency = ZoneInfo(reward.program.timezone), reward.program.money_currency
    found = {name: getattr(reward, name) for name in RewardForm.base_fields if name != "code"}
    for name in TIMES:
        found[name] = wall_of(found[name], zone) if found[name] else ""
    for name in MONEY:
        found[name] = None if found[name] is None else from_minor(found[name], currency)
    return found | {name: ", ".join(found[name]) for name in LISTS}
