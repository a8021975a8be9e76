"""What is asked for many codes at once: of a reward or of terms typed in, how many, under which name, until when."""

from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loyalty.backoffice_buttons import OperationForm
from loyalty.http.money import exponent, to_minor
from programs.earning.lifetimes import first_instant
from programs.membership.models import Program
from programs.rewards.backoffice.reward_forms import LOOK, MINUTES
from programs.rewards.issuing.batches import COUNT_MAX, NOT_ISSUABLE, BatchRequest
from programs.rewards.models import Reward, Voucher

Kind, DiscountKind = Reward.Kind, Reward.DiscountKind
OWN = "own"
WORTHS = [
    (f"{Kind.DISCOUNT}:{DiscountKind.PERCENT}", gettext_lazy("A percentage off")),
    (f"{Kind.DISCOUNT}:{DiscountKind.AMOUNT}", gettext_lazy("An amount off")),
    (Kind.GIFT_CARD, gettext_lazy("Gift card")),
]
REWARDS_MAX = 500


class BatchForm(OperationForm):
    """Codes of a reward, or of an amount or percentage that is no reward in the catalogue."""

    name = forms.CharField(
        label=gettext_lazy("What they are for"), max_length=120, widget=forms.TextInput(LOOK | {"autofocus": True}),
        help_text=gettext_lazy("Say Spring mailing. The file is named after it."),
    )  # fmt: skip
    count = forms.IntegerField(
        label=gettext_lazy("How many codes"), min_value=1, max_value=COUNT_MAX,
        widget=forms.TextInput(LOOK | {"inputmode": "numeric"}),
    )  # fmt: skip
    reward = forms.ChoiceField(
        label=gettext_lazy("For which reward"), widget=forms.Select(LOOK | {"data-kind": "kind"})
    )
    worth = forms.ChoiceField(
        label=gettext_lazy("What each is worth"), required=False, choices=WORTHS,
        widget=forms.Select(LOOK | {"data-kind": "discount_kind"}),
    )  # fmt: skip
    figure = forms.DecimalField(
        label=gettext_lazy("How much"), required=False, min_value=0, max_value=Decimal(10) ** 12,
        widget=forms.TextInput(LOOK | {"inputmode": "decimal"}),
    )  # fmt: skip
    expires_at = forms.CharField(
        label=gettext_lazy("Until"), required=False, widget=forms.TextInput(LOOK | {"type": "datetime-local"})
    )

    def __init__(self, *args, program: Program, **more):
        self.program, self.zone = program, ZoneInfo(program.timezone)
        super().__init__(*args, **more)
        offered = Reward.objects.filter(program=program).exclude(status=Reward.Status.ARCHIVED)
        offered = offered.exclude(kind__in=NOT_ISSUABLE).order_by("name")[:REWARDS_MAX]
        self.rewards = {str(reward.pk): reward for reward in offered}
        none = (OWN, _("None: say here what they are worth"))
        self.fields["reward"].choices = [(pk, reward.name) for pk, reward in self.rewards.items()] + [none]
        told = _("Per cent, or money in %(currency)s.") % {"currency": program.money_currency}
        self.fields["figure"].help_text = told
        words = _("By the clock of %(zone)s. Empty: as the reward says.") % {"zone": program.timezone}
        self.fields["expires_at"].help_text = words

    def clean_expires_at(self) -> datetime | None:
        text = self.cleaned_data["expires_at"]
        try:
            wall = datetime.strptime(text[:16], MINUTES) if text else None  # noqa: DTZ007 (a wall clock)
        except ValueError:
            raise ValidationError(_("Enter a day and a time.")) from None
        return wall and first_instant(wall, self.zone)

    def clean(self):
        given = super().clean()
        if given.get("reward") == OWN and not given.get("figure"):
            self.add_error("figure", _("Say how much each is worth."))
        elif given.get("reward") == OWN:
            self._check_figure(given["figure"], given.get("worth", ""))
        return given

    def _check_figure(self, figure: Decimal, kind: str) -> None:
        is_percent = kind == WORTHS[0][0]
        places = 2 if is_percent else exponent(self.program.money_currency)
        if -figure.normalize().as_tuple().exponent > places:
            self.add_error("figure", _("It has %(places)s decimals at most.") % {"places": places})
        elif is_percent and figure > 100:
            self.add_error("figure", _("100 per cent is all of it."))

    def asked(self) -> BatchRequest:
        """What the operation is asked for."""
        given = self.cleaned_data
        reward = self.rewards.get(given["reward"])
        own = None if reward else self._terms()
        return BatchRequest(
            count=given["count"], name=given["name"].strip(), reward=reward, terms=own,
            kind=Voucher.Kind.GIFT if own and own["kind"] == Kind.GIFT_CARD else Voucher.Kind.UNIQUE,
            expires_at=given["expires_at"], key=f"admin:{given['request_key']}",
        )  # fmt: skip

    def _terms(self) -> dict:
        kind, _colon, discount_kind = self.cleaned_data["worth"].partition(":")
        figure, currency = self.cleaned_data["figure"], self.program.money_currency
        is_percent = discount_kind == DiscountKind.PERCENT
        minor = None if is_percent else to_minor(f"{figure:.{exponent(currency)}f}", currency)
        return {
            "reward_code": "", "name": self.cleaned_data["name"].strip(), "kind": kind, "discount_kind": discount_kind,
            "value_minor": minor, "percent": f"{figure:.2f}" if is_percent else None, "buy_quantity": None,
            "free_quantity": None, "skus": [], "categories": [], "order_minor_min": None, "discount_minor_max": None,
            "currency": currency, "locations": [],
        }  # fmt: skip
