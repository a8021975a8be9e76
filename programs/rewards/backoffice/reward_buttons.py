"""What one does with a reward beside its form: start, pause and archive it, add to its stock. Each button calls an
operation."""

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminIntegerFieldWidget

from loyalty.backoffice_buttons import OperationForm, operation
from loyalty.identity.backoffice import principal_of
from programs.rewards.catalogue import operations
from programs.rewards.catalogue.stocking import add_stock
from programs.rewards.models import Reward

Kind, Status = Reward.Kind, Reward.Status
ADD_MAX = 1_000_000_000


class StockForm(OperationForm):
    """How many come in; of a reward as it was when the form was shown, so that sending it twice adds once."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    count = forms.IntegerField(
        label=gettext_lazy("How many more"), min_value=1, max_value=ADD_MAX,
        widget=UnfoldAdminIntegerFieldWidget(attrs={"min": 1, "autofocus": True}),
    )  # fmt: skip


def _is(*statuses):
    return lambda reward: reward.status in statuses


def _is_counted(reward: Reward) -> bool:
    return reward.status != Status.ARCHIVED and reward.stock_left is not None


class RewardButtons:
    """The buttons of the rewards' screen."""

    actions_detail = ("activate", "pause", "add_stock", "archive")

    def form_of(self, request, button, obj):
        if button.form is StockForm:
            return StockForm(request.POST or None, initial={"version": obj.version})
        return super().form_of(request, button, obj)

    @operation(
        gettext_lazy("Activate"), text=gettext_lazy("Members can claim it from now on, within its times."),
        form=OperationForm, verb="change", icon="play_arrow", is_there=_is(Status.DRAFT, Status.PAUSED),
    )  # fmt: skip
    def activate(self, request, obj, data):
        operations.change_reward(obj, {"status": Status.ACTIVE}, actor=principal_of(request).actor)
        return _("The reward is active.")

    @operation(
        gettext_lazy("Pause"), form=OperationForm, verb="change", icon="pause", is_there=_is(Status.ACTIVE),
        text=gettext_lazy("Nobody can claim it until it is activated again. Vouchers that are out stay good."),
    )  # fmt: skip
    def pause(self, request, obj, data):
        operations.change_reward(obj, {"status": Status.PAUSED}, actor=principal_of(request).actor)
        return _("The reward is paused.")

    @operation(
        gettext_lazy("Archive"), form=OperationForm, icon="archive", is_danger=True,
        text=gettext_lazy("It is out of the catalogue for good. Vouchers that are out stay good."),
        is_there=_is(Status.DRAFT, Status.ACTIVE, Status.PAUSED),
    )  # fmt: skip
    def archive(self, request, obj, data):
        operations.archive_reward(obj, actor=principal_of(request).actor)
        return _("The reward is archived.")

    @operation(
        gettext_lazy("Add stock"), text=gettext_lazy("What came in is added to what is left at that moment."),
        form=StockForm, verb="change", icon="inventory_2", is_there=_is_counted,
    )  # fmt: skip
    def add_stock(self, request, obj, data):
        left = add_stock(obj, data["count"], version=data["version"], actor=principal_of(request).actor)
        return _("%(left)s in stock now.") % {"left": f"{left:,}"}
