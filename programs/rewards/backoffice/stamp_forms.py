"""What is asked of a stamp card, and of stamps that somebody adds by hand."""

from typing import Any

from django import forms
from django.utils.text import slugify
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from loyalty.backoffice_buttons import OperationForm
from loyalty.errors import Invalid, LoyaltyError
from programs.membership.models import Program
from programs.rewards.backoffice.reward_forms import LOOK
from programs.rewards.models import Reward
from programs.rewards.stamps.models import StampCard

REWARDS_MAX = 500
STAMPS_MAX = 1_000
WHOLE = LOOK | {"inputmode": "numeric"}


def _whole(label, help_text: str = "", *, least: int = 1, required: bool = False) -> forms.IntegerField:
    widget = forms.TextInput(WHOLE)
    return forms.IntegerField(label=label, help_text=help_text, required=required, min_value=least, widget=widget)


class CardForm(forms.Form):
    """Everything a brand says about a stamp card."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=120, widget=forms.TextInput(LOOK))
    code = forms.CharField(
        label=gettext_lazy("Short name"), required=False, max_length=60, widget=forms.TextInput(LOOK),
        help_text=gettext_lazy("Say coffee; rules add stamps by it. Empty: made of the name. It stays."),
    )  # fmt: skip
    description = forms.CharField(
        label=gettext_lazy("Description"), required=False, max_length=5_000, widget=forms.Textarea(LOOK | {"rows": 2})
    )
    stamps_needed = _whole(gettext_lazy("Stamps that make it full"), required=True)
    reward = forms.ChoiceField(label=gettext_lazy("What a full card is worth"), widget=forms.Select(LOOK))
    expires_after_days = _whole(
        gettext_lazy("Days that a card can be filled"), gettext_lazy("From its first stamp on. Empty: without an end.")
    )
    day_max = _whole(gettext_lazy("Stamps for a member in a day"), gettext_lazy("Empty: as many as they earn."))
    scan_hours = _whole(
        gettext_lazy("Hours between two scans"),
        gettext_lazy("Before one member can scan the code on the counter again."), least=0, required=True,
    )  # fmt: skip

    def __init__(self, *args, program: Program, card: StampCard | None = None, **more):
        super().__init__(*args, **more)
        offered = Reward.objects.filter(program=program).exclude(status=Reward.Status.ARCHIVED).order_by("name")
        self.fields["reward"].choices = [(str(one.pk), one.name) for one in offered[:REWARDS_MAX]]
        if card:
            del self.fields["code"]

    def terms(self) -> dict[str, Any]:
        """The card's fields as its operations take them."""
        given = {name: self.cleaned_data[name] for name in self.fields if name != "code"}
        return given | {"description": given["description"].replace("\r\n", "\n")}

    def code_told(self) -> str:
        return self.cleaned_data["code"].strip() or slugify(self.cleaned_data["name"])[:60]

    def take(self, refusal: LoyaltyError) -> None:
        """Puts a refusal's mistakes at the fields they are about."""
        plain = [{"pointer": refusal.pointer or "", "detail": refusal.detail}]
        for one in refusal.errors if isinstance(refusal, Invalid) else plain:
            name = one["pointer"].strip("/").removesuffix("_id")
            self.add_error(name if name in self.fields else None, one["detail"])


def initial_of(card: StampCard) -> dict[str, Any]:
    """What the form shows of a card at first."""
    found = {name: getattr(card, name) for name in CardForm.base_fields if name not in ("code", "reward")}
    return found | {"reward": str(card.reward_id)}


class StampsForm(OperationForm):
    """How many stamps, and for which receipt."""

    count = forms.IntegerField(
        label=gettext_lazy("Stamps"), min_value=1, max_value=STAMPS_MAX, initial=1,
        widget=UnfoldAdminIntegerFieldWidget(attrs={"min": 1, "autofocus": True}),
    )  # fmt: skip
    reference = forms.CharField(
        label=gettext_lazy("Receipt number"), required=False, max_length=200, widget=UnfoldAdminTextInputWidget,
        help_text=gettext_lazy("If there is one: no receipt is stamped twice."),
    )  # fmt: skip

    def reference_told(self) -> str:
        """The receipt; without one the form itself is the reference, so that sending it twice stamps once."""
        return self.cleaned_data["reference"].strip() or f"portal-{self.cleaned_data['request_key']}"


class CardStampsForm(StampsForm):
    """The same, on which of the cards that the member can collect on."""

    card = forms.ChoiceField(label=gettext_lazy("Stamp card"), widget=UnfoldAdminSelectWidget)
    field_order = ("card", "count", "reference")

    def __init__(self, *args, cards=(), **more):
        super().__init__(*args, **more)
        self.cards = {str(card.pk): card for card in cards}
        self.fields["card"].choices = [(pk, f"{card.name} · {card.program}") for pk, card in self.cards.items()]
