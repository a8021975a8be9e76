"""A campaign as a form in plain words: its times by the program's clock, whom it is for, what it gives and how much."""

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
from programs.earning.backoffice.judging import read_text
from programs.earning.lifetimes import first_instant
from programs.earning.models import Campaign
from programs.membership.models import Program

LOOK = {"class": "text-field", "autocomplete": "off"}
MINUTES = "%Y-%m-%dT%H:%M"
WHOLE = {"inputmode": "numeric"}


def _whole(label, help_text: str = "") -> forms.IntegerField:
    widget = forms.TextInput(LOOK | WHOLE)
    return forms.IntegerField(label=label, help_text=help_text, required=False, min_value=1, widget=widget)


def _wall(label) -> forms.CharField:
    return forms.CharField(label=label, required=False, widget=forms.TextInput(LOOK | {"type": "datetime-local"}))


class CampaignForm(forms.Form):
    """Everything a brand says about a campaign."""

    name = forms.CharField(
        label=gettext_lazy("Name"), max_length=120, widget=forms.TextInput(LOOK),
        help_text=gettext_lazy("As members read it beside their points."),
    )  # fmt: skip
    key = forms.CharField(
        label=gettext_lazy("Short name"), required=False, max_length=60, widget=forms.TextInput(LOOK),
        help_text=gettext_lazy("Say spring-2026, for reports and servers. Empty: made of the name. It stays."),
    )  # fmt: skip
    description = forms.CharField(
        label=gettext_lazy("Notes"), required=False, max_length=5_000, widget=forms.Textarea(LOOK | {"rows": 2}),
        help_text=gettext_lazy("For your own people."),
    )  # fmt: skip
    starts_at = _wall(gettext_lazy("From"))
    ends_at = _wall(gettext_lazy("Until"))
    audience = forms.CharField(required=False, max_length=262_144, widget=forms.Textarea)
    rules = forms.CharField(required=False, max_length=262_144, widget=forms.Textarea)
    budget_points = _whole(gettext_lazy("Points it gives in all"), gettext_lazy("Empty: no bound."))
    budget_times = _whole(gettext_lazy("Times it gives in all"), gettext_lazy("Empty: no bound."))
    member_points = _whole(gettext_lazy("Points for each member"), gettext_lazy("Empty: no bound."))
    member_times = _whole(gettext_lazy("Times for each member"), gettext_lazy("Empty: no bound."))
    priority = forms.IntegerField(
        label=gettext_lazy("Order among campaigns"), required=False, min_value=0, max_value=1_000_000,
        widget=forms.TextInput(LOOK | WHOLE), help_text=gettext_lazy("The lower number goes first."),
    )  # fmt: skip
    goal_metric = forms.ChoiceField(
        label=gettext_lazy("What all members together are to reach"), required=False, widget=forms.Select(LOOK),
        choices=[("", gettext_lazy("No common goal")), *Campaign.GoalMetric.choices],
    )  # fmt: skip
    goal_target = forms.DecimalField(
        label=gettext_lazy("How much of it"), required=False, min_value=0, max_value=Decimal(10) ** 13,
        widget=forms.TextInput(LOOK | {"inputmode": "decimal"}),
    )  # fmt: skip
    goal_points = _whole(
        gettext_lazy("Points that each who took part gets then"),
        gettext_lazy("Whoever bought up to then, once. What comes back after it was reached takes nothing of it."),
    )

    def __init__(self, *args, program: Program, campaign: Campaign | None = None, **more):
        self.program, self.campaign, self.zone = program, campaign, ZoneInfo(program.timezone)
        super().__init__(*args, **more)
        if campaign:
            del self.fields["key"]
        for name in ("starts_at", "ends_at"):
            empty = _("as soon as it is active") if name == "starts_at" else _("until it is ended")
            words = _("By the clock of %(zone)s. Empty: %(empty)s.") % {"zone": program.timezone, "empty": empty}
            self.fields[name].help_text = words
        self.fields["goal_target"].help_text = _("Money in %(currency)s.") % {"currency": program.money_currency}

    def clean_key(self) -> str:
        return self.cleaned_data["key"].strip() or slugify(self.data.get(self.add_prefix("name"), ""))[:60]

    def clean_starts_at(self):
        return self._instant("starts_at")

    def clean_ends_at(self):
        return self._instant("ends_at")

    def clean_audience(self):
        return self._document("audience", {})

    def clean_rules(self):
        return self._document("rules", [])

    def clean(self):
        given = super().clean()
        target, metric = given.get("goal_target"), given.get("goal_metric")
        places = exponent(self.program.money_currency) if metric == Campaign.GoalMetric.SPEND else 0
        if target is not None and -target.normalize().as_tuple().exponent > places:
            self.add_error("goal_target", _("It has %(places)s decimals at most.") % {"places": places})
        elif target is not None:
            text = f"{target:.{places}f}"
            given["goal_target"] = to_minor(text, self.program.money_currency) if places else int(target)
        return given

    def terms(self) -> dict[str, Any]:
        """The campaign's fields as its operations take them."""
        given = {name: self.cleaned_data[name] for name in self.fields if name != "key"}
        given["priority"] = given["priority"] or 0
        given["description"] = given["description"].replace("\r\n", "\n")
        return given

    def take(self, refusal: LoyaltyError) -> None:
        """Puts a refusal's mistakes at the fields they are about."""
        for one in getattr(refusal, "errors", None) or [{"pointer": refusal.pointer or "", "detail": refusal.detail}]:
            name = one["pointer"].strip("/").split("/")[0]
            self.add_error(name if name in self.fields else None, one["detail"])

    def _instant(self, name: str) -> datetime | None:
        text = self.cleaned_data[name]
        if not text:
            return None
        kept = getattr(self.campaign, name, None)
        if kept and text[:16] == wall_of(kept, self.zone):
            return kept
        try:
            return first_instant(datetime.strptime(text[:16], MINUTES), self.zone)  # noqa: DTZ007 (a wall clock)
        except ValueError:
            raise ValidationError(_("Enter a day and a time.")) from None

    def _document(self, name: str, empty):
        text = self.cleaned_data[name].strip()
        try:
            return read_text(text) if text else empty
        except Invalid as refusal:
            raise ValidationError([one["detail"] for one in refusal.errors]) from None


def wall_of(moment: datetime, zone: ZoneInfo) -> str:
    """A moment as a field for it shows it."""
    return moment.astimezone(zone).strftime(MINUTES)


def initial_of(campaign: Campaign, write) -> dict[str, Any]:
    """What the form shows of a campaign at first; `write` makes a text of a document."""
    zone = ZoneInfo(campaign.program.timezone)
    found = {name: getattr(campaign, name) for name in CampaignForm.base_fields if name != "key"}
    for name in ("starts_at", "ends_at"):
        found[name] = wall_of(found[name], zone) if found[name] else ""
    if campaign.goal_metric == Campaign.GoalMetric.SPEND and campaign.goal_target:
        found["goal_target"] = from_minor(campaign.goal_target, campaign.program.money_currency)
    return found | {"audience": write(campaign.audience), "rules": write(campaign.rules)}
