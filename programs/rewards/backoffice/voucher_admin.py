"""The screen of vouchers: the list, the page of one with its uses and history, and the buttons that change it."""

from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django import forms
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponseNotAllowed
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from loyalty import clock
from loyalty.backoffice import screen, visible
from loyalty.backoffice_buttons import OperationAdmin, OperationForm, ReasonForm, operation
from loyalty.events.models import Event
from loyalty.identity.backoffice import principal_of
from loyalty.identity.models import Member
from programs.activity.member_page.timeline import names_of
from programs.earning.lifetimes import first_instant
from programs.membership.models import Program
from programs.rewards.backoffice.places import at_own_location
from programs.rewards.backoffice.reward_forms import MINUTES, wall_of
from programs.rewards.backoffice.telling import title_of
from programs.rewards.backoffice.voucher_lists import OPEN, VoucherList
from programs.rewards.backoffice.wording import code_shown, conditions, moment_told, money, worth
from programs.rewards.catalogue.cancelling import cancel_claim
from programs.rewards.models import Voucher, VoucherUse
from programs.rewards.vouchers.disabling import disable_voucher
from programs.rewards.vouchers.moving import change_voucher, move_voucher
from programs.rewards.vouchers.rolling_back import rollback_redemption
from programs.rewards.vouchers.terms import status_at

USES_SHOWN = 50
EVENTS_SHOWN = 50
Status = Voucher.Status


class RollBackForm(ReasonForm):
    """Which use, where there are several."""

    use = forms.ChoiceField(label=gettext_lazy("Which use"), widget=UnfoldAdminSelectWidget)
    field_order = ("use", "reason")

    def __init__(self, *args, uses=(), **more):
        super().__init__(*args, **more)
        self.fields["use"].choices = [(str(use.pk), use_told(use)) for use in uses]


class UntilForm(OperationForm):
    """A day and a time by the program's clock; empty is no end."""

    expires_at = forms.CharField(
        label=gettext_lazy("Until"), required=False, widget=UnfoldAdminTextInputWidget(attrs={"type": "datetime-local"})
    )

    def __init__(self, *args, voucher: Voucher, **more):
        self.zone = ZoneInfo(voucher.program.timezone)
        now = wall_of(voucher.expires_at, self.zone) if voucher.expires_at else ""
        super().__init__(*args, initial={"expires_at": now}, **more)
        told = _("By the clock of %(zone)s. Empty: without an end.") % {"zone": self.zone.key}
        self.fields["expires_at"].help_text = told

    def clean_expires_at(self):
        text = self.cleaned_data["expires_at"]
        try:
            wall = datetime.strptime(text[:16], MINUTES) if text else None  # noqa: DTZ007 (a wall clock)
        except ValueError:
            raise forms.ValidationError(_("Enter a day and a time.")) from None
        return wall and first_instant(wall, self.zone)


class ProgramForm(OperationForm):
    """Where it goes."""

    program = forms.ChoiceField(label=gettext_lazy("Program"), widget=UnfoldAdminSelectWidget)

    def __init__(self, *args, programs=(), **more):
        super().__init__(*args, **more)
        self.fields["program"].choices = [(str(one.pk), str(one)) for one in programs]


def use_told(use: VoucherUse) -> str:
    """A use of a voucher in a line."""
    off = money(use.discount_minor, use.currency)
    return " · ".join(filter(None, (moment_told(use.occurred_at), str(use.location or ""), use.reference, off)))


def _is_open(voucher: Voucher) -> bool:
    return status_at(voucher, clock.now()) in OPEN


def _has_uses(voucher: Voucher) -> bool:
    return VoucherUse.objects.filter(voucher=voucher, rolled_back_at=None).exists()


@screen(Voucher)
class VoucherAdmin(OperationAdmin, VoucherList):
    """Vouchers are issued by what they are for, never entered by hand here, and never deleted."""

    actions_detail = ("roll_back", "extend", "move", "cancel", "disable")

    def change_view(self, request, object_id, form_url="", extra_context=None):
        voucher = self._voucher(request, object_id)
        if request.method == "POST":
            return HttpResponseNotAllowed(["GET"])
        return TemplateResponse(request, "admin/rewards/voucher.html", self._page(request, voucher, object_id))

    def log_change(self, request, obj, message):
        """Who pressed what is written down without the code, which is as good as the voucher."""
        entry = super().log_change(request, obj, message)
        entry.object_repr = self.subject(obj)[:200]
        entry.save(update_fields=["object_repr"])
        return entry

    def subject(self, obj):
        named = worth(obj.terms, obj.program.money_currency) or str(obj.reward or "")
        return " · ".join(filter(None, [code_shown(obj.code, is_masked=True), named, str(obj.member or "")]))

    def form_of(self, request, button, obj):
        sent = request.POST or None
        if button.form is RollBackForm:
            uses = VoucherUse.objects.filter(voucher=obj, rolled_back_at=None).select_related("location")
            return RollBackForm(sent, uses=at_own_location(request, uses)[:USES_SHOWN])
        if button.form is UntilForm:
            return UntilForm(sent, voucher=obj)
        if button.form is ProgramForm:
            programs = Program.objects.filter(brand=obj.brand_id).exclude(pk=obj.program_id)
            return ProgramForm(sent, programs=programs.exclude(status=Program.Status.ARCHIVED))
        return super().form_of(request, button, obj)

    @operation(
        gettext_lazy("Disable"),
        text=gettext_lazy("It is not taken any more, for good. Points that were paid for it stay paid."),
        icon="block", is_danger=True, is_there=lambda voucher: voucher.status in OPEN,
    )  # fmt: skip
    def disable(self, request, obj, data):
        disable_voucher(principal_of(request), str(obj.pk), reason=data["reason"][:200])
        return _("The voucher is disabled.")

    @operation(
        gettext_lazy("Roll back a use"),
        text=gettext_lazy("As if it had not been used: it can be used again, and a gift card holds again what it did."),
        form=RollBackForm, verb="vouchers.roll_back", icon="undo", is_there=_has_uses,
    )  # fmt: skip
    def roll_back(self, request, obj, data):
        rollback_redemption(
            principal_of(request), str(obj.pk), key=f"admin:{data['request_key']}", reason=data["reason"][:200],
            use_id=UUID(data["use"]),
        )  # fmt: skip
        return _("The use is rolled back.")

    @operation(
        gettext_lazy("Extend"), text=gettext_lazy("Until when it can be used from now on."), form=UntilForm,
        verb="change", icon="event_available", is_there=_is_open,
    )  # fmt: skip
    def extend(self, request, obj, data):
        change_voucher(principal_of(request), str(obj.pk), expires_at=data["expires_at"])
        return _("It can be used until then.") if data["expires_at"] else _("It can be used without an end.")

    @operation(
        gettext_lazy("Move"), text=gettext_lazy("To another program of the brand. What it is worth stays as it is."),
        form=ProgramForm, verb="change", icon="move_down",
        is_there=lambda voucher: _is_open(voucher) and not voucher.uses,
    )  # fmt: skip
    def move(self, request, obj, data):
        moved = move_voucher(principal_of(request), str(obj.pk), program_ref=data["program"])
        return _("The voucher is one of %(program)s now.") % {"program": moved.program}

    @operation(
        gettext_lazy("Cancel the claim"), verb="offers.cancel", icon="cancel", is_danger=True,
        text=gettext_lazy("The voucher is disabled, the points go back where they came from, the stock has one more."),
        is_there=lambda voucher: voucher.claim_key is not None and _is_open(voucher) and not voucher.uses,
    )  # fmt: skip
    def cancel(self, request, obj, data):
        key = f"admin:{data['request_key']}"
        done = cancel_claim(principal_of(request), str(obj.pk), key=key, reason=data["reason"][:200])
        return _("The claim is cancelled; %(points)s points went back.") % {"points": f"{done.points:,}"}

    def _voucher(self, request, object_id) -> Voucher:
        voucher = self.get_object(request, unquote(object_id))
        if voucher is None:
            raise Http404
        if not self.has_view_permission(request, voucher):
            raise PermissionDenied
        return voucher

    def _page(self, request, voucher: Voucher, object_id: str) -> dict:
        self.prepare_rows(request, [voucher])
        currency = voucher.terms.get("currency") or voucher.program.money_currency
        uses = at_own_location(request, VoucherUse.objects.filter(voucher=voucher)).select_related("location", "member")
        events = list(Event.objects.filter(aggregate_id=voucher.pk).order_by("-sequence")[:EVENTS_SHOWN])
        names = names_of({event.data.get("actor", "") for event in events}, self.brands_where(request))
        return {
            **self.admin_site.each_context(request), "opts": self.opts, "voucher": voucher,
            "title": _("Voucher"), "code": self.code_told(voucher), "worth": self.worth_told(voucher),
            "conditions": conditions(voucher.terms, currency), "status": str(voucher.read_status),
            "state": voucher.read_status.label, "used": self.used(voucher),
            "paid": f"{voucher.points:,}" if voucher.points else "", "value": money(voucher.value_minor, currency),
            "uses": [_shown(use) for use in uses.order_by("-pk")[:USES_SHOWN]],
            "history": [(event, title_of(event.type), names.get(event.data.get("actor", ""), "")) for event in events],
            "sees_member": voucher.member_id and visible(request, Member).filter(pk=voucher.member_id).exists(),
            "buttons": self._get_actions_navigation(
                self.actions_detail, self.get_actions_detail(request, object_id), object_id
            ),
        }  # fmt: skip


def _shown(use: VoucherUse) -> dict:
    return {
        "use": use, "order": money(use.order_minor, use.currency), "off": money(use.discount_minor, use.currency),
        "left": money(use.balance_after_minor, use.currency),
    }  # fmt: skip
