"""What is asked of an endpoint: where events go, which, how many at once; and of a replay, from when to when."""

from datetime import datetime
from itertools import groupby

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loyalty.backoffice_buttons import OperationForm
from loyalty.delivery.webhooks import patterns
from loyalty.delivery.webhooks.models import WebhookEndpoint
from loyalty.events import catalogue
from loyalty.identity.models import Brand

LOOK = {"class": "text-field", "autocomplete": "off"}
MINUTES = "%Y-%m-%dT%H:%M"
URL_MAX, DESCRIPTION_MAX, AT_ONCE_MAX, AT_ONCE = 2000, 200, 64, 8
ALL = "*"
FIRST = ("points", "member", "membership", "tier", "voucher", "stamps", "exchange", "purchase", "campaign")


def types_by_group() -> list[tuple[str, list[catalogue.Told]]]:
    """The kinds of events that can be asked for, by the first word of their types, the usual ones
    first."""
    known = [catalogue.newest(type) for type in patterns.types_known()]
    groups = [(group, list(told)) for group, told in groupby(known, key=lambda told: told.type.partition(".")[0])]
    return sorted(groups, key=lambda one: FIRST.index(one[0]) if one[0] in FIRST else len(FIRST))


class EndpointForm(OperationForm):
    """Where a brand's events go, and which."""

    brand = forms.ModelChoiceField(
        Brand.objects.none(), label=gettext_lazy("Brand"), widget=forms.Select(LOOK), empty_label=None
    )
    url = forms.CharField(
        label=gettext_lazy("Address"), max_length=URL_MAX,
        widget=forms.TextInput(LOOK | {"inputmode": "url", "placeholder": "https://shop.example/loyalty"}),
        help_text=gettext_lazy("It takes a POST with JSON, and answers with 200 to 299 within 15 seconds."),
    )  # fmt: skip
    description = forms.CharField(
        label=gettext_lazy("What it is for"), max_length=DESCRIPTION_MAX, required=False,
        widget=forms.TextInput(LOOK), help_text=gettext_lazy("As your colleagues read it, say The CRM."),
    )  # fmt: skip
    in_flight_max = forms.IntegerField(
        label=gettext_lazy("How many at once"), min_value=1, max_value=AT_ONCE_MAX, initial=AT_ONCE,
        widget=forms.TextInput(LOOK | {"inputmode": "numeric"}),
        help_text=gettext_lazy("Requests open at one time. What happens to one member stays in order."),
    )  # fmt: skip

    def __init__(self, data=None, *, brands, endpoint: WebhookEndpoint | None = None, **more):
        if endpoint:
            names = ("url", "description", "in_flight_max")
            more["initial"] = {name: getattr(endpoint, name) for name in names}
        super().__init__(data, **more)
        if endpoint:
            del self.fields["brand"]
        else:
            self.fields["brand"].queryset = brands
        self.chosen = data.getlist("events") if data is not None else list(endpoint.events) if endpoint else [ALL]

    def groups(self) -> list[dict]:
        """The picker: each group with its kinds, and what is chosen of them."""
        found = []
        for group, told in types_by_group():
            kinds = [{"told": one, "is_chosen": one.type in self.chosen} for one in told]
            whole = f"{group}.*"
            found.append({
                "name": group.replace("_", " ").capitalize(), "whole": whole, "is_whole": whole in self.chosen,
                "kinds": kinds, "is_open": whole in self.chosen or any(one["is_chosen"] for one in kinds),
            })  # fmt: skip
        return found

    @property
    def is_all(self) -> bool:
        return ALL in self.chosen

    @property
    def others(self) -> list[str]:
        """What is asked for and stands in no group: finer patterns made by the API."""
        offered = {ALL} | {told.type for _group, kinds in types_by_group() for told in kinds}
        offered |= {f"{group}.*" for group, _kinds in types_by_group()}
        return [pattern for pattern in self.chosen if pattern not in offered]

    def clean(self):
        given = super().clean()
        if not self.chosen:
            self.add_error(None, _("Choose what it is told of: everything, or some kinds of events."))
        given["events"] = [ALL] if self.is_all else self.chosen
        return given


class ReplayForm(OperationForm):
    """The time of which events are sent again. `counted` is how many the person was told of."""

    since = forms.CharField(label=gettext_lazy("From"), widget=forms.TextInput(LOOK | {"type": "datetime-local"}))
    until = forms.CharField(
        label=gettext_lazy("Until"), required=False, widget=forms.TextInput(LOOK | {"type": "datetime-local"}),
        help_text=gettext_lazy("Empty: until now."),
    )  # fmt: skip

    def _instant(self, name: str) -> datetime | None:
        text = self.cleaned_data[name]
        try:
            wall = datetime.strptime(text[:16], MINUTES) if text else None  # noqa: DTZ007 (a wall clock)
        except ValueError:
            raise ValidationError(_("Enter a day and a time.")) from None
        return wall and timezone.make_aware(wall)

    def clean_since(self) -> datetime:
        return self._instant("since")

    def clean_until(self) -> datetime | None:
        return self._instant("until")

    def clean(self):
        given = super().clean()
        since, until = given.get("since"), given.get("until")
        if since and until and until <= since:
            self.add_error("until", _("It ends after it starts."))
        return given
