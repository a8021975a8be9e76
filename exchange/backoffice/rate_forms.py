"""A new rate and a bonus as forms in plain words; times by the clock of the program whose points are given."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exchange.backoffice.agreement_forms import AS_DECIMAL
from exchange.backoffice.standing import Standing
from exchange.rates.models import Rate
from loyalty.backoffice_buttons import OperationForm
from programs.earning.lifetimes import first_instant

LOOK = {"class": "text-field", "autocomplete": "off"}
MINUTES = "%Y-%m-%dT%H:%M"
POINTS_MAX = 10**12
NAMES = (
    "rate", "fee_percent", "fee_points", "from_min", "from_step", "from_max", "member_daily_max", "pair_daily_max",
    "pending_hours", "is_open",
)  # fmt: skip


def _decimal(label, help_text: str = "", *, digits: int, places: int, required: bool = True, most=None):
    widget = forms.TextInput(LOOK | {"inputmode": "decimal"})
    return forms.DecimalField(
        label=label, help_text=help_text, required=required, min_value=0, max_value=most, max_digits=digits,
        decimal_places=places, widget=widget,
        error_messages=AS_DECIMAL,
    )  # fmt: skip


def _whole(label, help_text: str = "", least: int = 1, most: int = POINTS_MAX) -> forms.IntegerField:
    widget = forms.TextInput(LOOK | {"inputmode": "numeric"})
    return forms.IntegerField(
        label=label, help_text=help_text, required=False, min_value=least, max_value=most, widget=widget
    )


def _wall(label, help_text: str = "", *, required: bool = False) -> forms.CharField:
    widget = forms.TextInput(LOOK | {"type": "datetime-local"})
    return forms.CharField(label=label, help_text=help_text, required=required, widget=widget)


class ByTheClock(OperationForm):
    """Moments are entered as the clock of the program that gives shows them."""

    def __init__(self, *args, zone: ZoneInfo, **more):
        self.zone = zone
        super().__init__(*args, **more)

    def _instant(self, name: str) -> datetime | None:
        text = self.cleaned_data[name]
        try:
            wall = datetime.strptime(text[:16], MINUTES) if text else None  # noqa: DTZ007 (a wall clock)
        except ValueError:
            raise ValidationError(_("Enter a day and a time.")) from None
        return wall and first_instant(wall, self.zone)


class RateForm(ByTheClock):
    """Everything that a rate says. Empty bounds are none."""

    rate = _decimal(
        gettext_lazy("Points got for one point given"), digits=18, places=9, help_text=gettext_lazy("Say 2.5, or 0.3.")
    )
    valid_from = _wall(gettext_lazy("From"), gettext_lazy("Empty: from now on."))
    fee_percent = _decimal(
        gettext_lazy("Fee in per cent"), gettext_lazy("Of the points given, rounded up."), digits=5, places=2,
        required=False, most=99,
    )  # fmt: skip
    fee_points = _whole(gettext_lazy("Fee in points"), gettext_lazy("Kept besides."), least=0)
    from_min = _whole(gettext_lazy("Fewest points at once"))
    from_step = _whole(gettext_lazy("In steps of"))
    from_max = _whole(gettext_lazy("Most points at once"), gettext_lazy("Empty: no limit."))
    member_daily_max = _whole(gettext_lazy("Most a day for a member"), gettext_lazy("Empty: no limit."))
    pair_daily_max = _whole(gettext_lazy("Most a day for all members"), gettext_lazy("Empty: no limit."))
    pending_hours = _whole(gettext_lazy("Hours until the points can be spent"), least=0, most=24 * 90)
    is_open = forms.BooleanField(
        label=gettext_lazy("Open: members can exchange"), required=False, initial=True,
        help_text=gettext_lazy("Off: nobody can begin an exchange from then on."),
    )  # fmt: skip

    def clean_rate(self) -> Decimal:
        if self.cleaned_data["rate"] == 0:
            raise ValidationError(_("A rate is more than nothing. To close the pair, switch it off below."))
        return self.cleaned_data["rate"]

    def clean_valid_from(self) -> datetime | None:
        return self._instant("valid_from")

    def terms(self) -> dict[str, Any]:
        """The terms as the operation takes them: what was left empty as the model has it."""
        found = {name: self.cleaned_data[name] for name in NAMES}
        for name, instead in (("fee_percent", Decimal(0)), ("fee_points", 0), ("pending_hours", 0)):
            found[name] = found[name] or instead
        return found | {"from_min": found["from_min"] or 1, "from_step": found["from_step"] or 1}


def rate_now(pair: Standing) -> dict[str, Any]:
    """The rate in force as the form shows it, to be changed."""
    rate = pair.rate
    if rate is None:
        return {"is_open": True, "from_min": 1, "from_step": 1}
    shown = {name: getattr(rate, name) for name in NAMES}
    return {name: f"{one.normalize():f}" if isinstance(one, Decimal) else one for name, one in shown.items()}


def rate_tried(form: RateForm) -> Rate:
    """The rate that the form describes, kept nowhere: to reckon with."""
    return Rate(**form.terms(), valid_from=form.cleaned_data["valid_from"])


class BonusForm(ByTheClock):
    """What comes on top of the rate, and when."""

    name = forms.CharField(
        label=gettext_lazy("Name"), max_length=80, help_text=gettext_lazy("As members read it, say Spring bonus."),
        widget=forms.TextInput(LOOK),
    )  # fmt: skip
    percent = _decimal(
        gettext_lazy("Per cent on top of the rate"), gettext_lazy("30 makes 1.3 points of one."), digits=6, places=2
    )
    starts_at = _wall(gettext_lazy("From"), gettext_lazy("Empty: from now on."))
    ends_at = _wall(gettext_lazy("Until"), required=True)

    def clean_percent(self) -> Decimal:
        if self.cleaned_data["percent"] == 0:
            raise ValidationError(_("A bonus gives something."))
        return self.cleaned_data["percent"]

    def clean_starts_at(self) -> datetime | None:
        return self._instant("starts_at")

    def clean_ends_at(self) -> datetime | None:
        return self._instant("ends_at")

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        starts, ends = given.get("starts_at"), given.get("ends_at")
        if starts and ends and ends <= starts:
            self.add_error("ends_at", _("It ends after it starts."))
        return given
