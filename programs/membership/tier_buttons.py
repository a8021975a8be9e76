"""Buttons of a membership's page for its tier: given by hand, taken back, kept from going down. Every one asks why."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminSingleDateWidget

from loyalty import clock
from loyalty.backoffice import VisibleRelatedFilter
from loyalty.backoffice_buttons import ReasonForm, operation
from loyalty.identity.backoffice import principal_of
from programs.membership.giving_tiers import clear_manual_tier, protect_tier, set_tier
from programs.membership.models import Membership, Program, Tier
from programs.membership.selectors import having_tier


class LastDayForm(ReasonForm):
    """Asks for a last day by the program's calendar, and why."""

    last_day = forms.DateField(label=_("Last day"), required=False, widget=UnfoldAdminSingleDateWidget)
    field_order = ("tier", "last_day", "reason")
    membership: Membership

    def fit(self, membership: Membership) -> None:
        self.membership = membership

    def clean_last_day(self):
        day = self.cleaned_data["last_day"]
        if day and end_of(day, self.membership.program) <= clock.now():
            raise forms.ValidationError(_("This day has passed."))
        return day


class GiveTierForm(LastDayForm):
    """Which tier, until when, and why."""

    tier = forms.ModelChoiceField(queryset=Tier.objects.none(), label=_("Tier"), widget=UnfoldAdminSelectWidget)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["last_day"].help_text = _("The tier ends with it. Empty: it is given for good.")

    def fit(self, membership: Membership) -> None:
        super().fit(membership)
        self.fields["tier"].queryset = Tier.objects.filter(program=membership.program_id)


class ProtectForm(LastDayForm):
    """Until when the member does not go down, and why."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["last_day"].help_text = _(
            "The member does not go down before it has ended. Empty: ends protection."
        )


def end_of(day: date, program: Program) -> datetime:
    """When the day has ended by the program's clock."""
    return datetime.combine(day + timedelta(days=1), time(), ZoneInfo(program.timezone))


def _takes_part(membership: Membership) -> bool:
    return membership.status != Membership.Status.CLOSED


class TierFilter(VisibleRelatedFilter):
    """Memberships by the tier they have, reached or given, as it was last assessed."""

    def queryset(self, request, queryset):
        chosen = self.used_parameters.get(self.lookup_kwarg)
        if not chosen:
            return super().queryset(request, queryset)
        return queryset.filter(having_tier(pk__in=chosen))


class TierButtons:
    """What the memberships' screen has for tiers."""

    def form_of(self, request, button, obj):
        form = super().form_of(request, button, obj)
        if isinstance(form, LastDayForm):
            form.fit(obj)
        return form

    @operation(
        _("Give a tier"),
        text=_("The member has it whatever they buy, or a higher one when they reach it."),
        form=GiveTierForm,
        verb="set_tier",
        icon="workspace_premium",
        is_there=_takes_part,
    )
    def give_tier(self, request, obj, data):
        until = data["last_day"] and end_of(data["last_day"], obj.program)
        set_tier(principal_of(request), obj, data["tier"], data["reason"], until=until)
        return _("The member has the tier %(tier)s.") % {"tier": data["tier"]}

    @operation(
        _("Take the tier back"),
        text=_("The member has the tier that they reached themselves."),
        verb="set_tier",
        icon="remove_moderator",
        is_there=lambda membership: _takes_part(membership) and membership.given_tier_id is not None,
    )
    def take_tier_back(self, request, obj, data):
        clear_manual_tier(principal_of(request), obj, data["reason"])
        return _("The tier that was given is taken back.")

    @operation(_("Protect the tier"), form=ProtectForm, verb="set_tier", icon="shield", is_there=_takes_part)
    def protect(self, request, obj, data):
        until = data["last_day"] and end_of(data["last_day"], obj.program)
        protect_tier(principal_of(request), obj, until, data["reason"])
        return _("The member does not go down until then.") if until else _("The member is not protected any more.")
