"""The screen of exchanges: the page of one with its way, and the buttons that cancel it, try it again or give it up.
What nobody could settle has a list of its own."""

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from exchange.backoffice.exchange_list import ExchangeList, title_of
from exchange.backoffice.exchange_steps import steps_of
from exchange.backoffice.pipeline import WAITING, pipeline_of, shown_to
from exchange.backoffice.sides import pair_told
from exchange.backoffice.wording import STATE_CLASS, failure_told, rate_told
from exchange.requests.cancelling import cancel as cancel_exchange
from exchange.requests.models import Exchange
from exchange.settling.reviving import REASON_MAX, give_up, retry
from loyalty.backoffice import allowed, mistakes_in, screen
from loyalty.backoffice_buttons import OperationAdmin, ReasonForm, operation
from loyalty.backoffice_menu import page
from loyalty.errors import LoyaltyError
from loyalty.identity.backoffice import principal_of

RETRIED_MAX = 500
TOLD_MAX = 5
Status = Exchange.Status


class WhyForm(ReasonForm):
    """Asks why, as briefly as it is kept."""

    def clean_reason(self):
        reason = self.cleaned_data["reason"].strip()
        if len(reason) > REASON_MAX:
            raise ValidationError(_("At most %(most)s characters.") % {"most": REASON_MAX})
        return reason


def _can_be_given_up(exchange: Exchange) -> bool:
    return exchange.status in WAITING and (exchange.is_dead or exchange.attempts > 0)


@screen(Exchange)
class ExchangeAdmin(OperationAdmin, ExchangeList):
    """Exchanges are asked for by members, servers and staff, settled by the worker, and never entered here."""

    actions_detail = ("retry", "cancel", "give_up")
    actions = ("retry_chosen",)
    change_list_template = "admin/exchange/exchanges.html"

    def get_queryset(self, request):
        found = super().get_queryset(request)
        return found.filter(is_dead=True) if getattr(request, "is_of_the_dead", False) else found

    def get_list_filter(self, request):
        shown = super().get_list_filter(request)
        return shown[1:2] if getattr(request, "is_of_the_dead", False) else shown

    def get_actions(self, request):
        """Those that a person must look at can be tried again together."""
        offered = super().get_actions(request)
        if not getattr(request, "is_of_the_dead", False) or not self.may(request, "retry"):
            return {}
        return offered

    def changelist_view(self, request, extra_context=None):
        shown = {"pipeline": pipeline_of(shown_to(request))} if request.method == "GET" else {}
        return super().changelist_view(request, {**shown, **(extra_context or {})})

    def dead_view(self, request):
        """The list of those alone that nobody could settle."""
        request.is_of_the_dead = True
        return self.changelist_view(request, {"title": _("Stuck exchanges"), "is_of_the_dead": True})

    @admin.action(description=gettext_lazy("Try again"), permissions=["retry"])
    def retry_chosen(self, request, queryset):
        done, refused = 0, []
        for exchange in queryset.order_by("pk")[:RETRIED_MAX]:
            try:
                retry(principal_of(request), exchange.pk)
                done += 1
            except LoyaltyError as refusal:
                refused += mistakes_in(refusal)
        if done:
            told = ngettext("%(n)s exchange is tried again.", "%(n)s exchanges are tried again.", done)
            messages.success(request, told % {"n": f"{done:,}"})
        for mistake in dict.fromkeys(refused[:TOLD_MAX]):
            messages.error(request, mistake)

    def has_retry_permission(self, request):
        return self.may(request, "retry")

    def change_view(self, request, object_id, form_url="", extra_context=None):
        exchange = self._exchange(request, object_id)
        if request.method == "POST":
            return HttpResponseNotAllowed(["GET"])
        return TemplateResponse(request, "admin/exchange/exchange.html", self._page(request, exchange, object_id))

    def may_press(self, request, button, obj):
        """The side that gives takes back what was asked for."""
        if button.verb == "cancel" and not request.user.has_perm("exchanges.cancel", obj.from_program.brand_id):
            return False
        return super().may_press(request, button, obj)

    def subject(self, obj):
        told = (pair_told(obj.from_program, obj.to_program), title_of(obj), self._whose(obj))
        return " · ".join(str(one) for one in told)

    @operation(
        gettext_lazy("Try again"), text=gettext_lazy("It is settled like any other, from the first attempt on."),
        form=ReasonForm, icon="restart_alt", is_there=lambda exchange: exchange.is_dead,
    )  # fmt: skip
    def retry(self, request, obj, data):
        retry(principal_of(request), obj.pk)
        return _("It is tried again.")

    @operation(
        gettext_lazy("Give up"), form=WhyForm, icon="block", is_danger=True,
        text=gettext_lazy("It fails for good. The points that were set aside are the member's again."),
        is_there=_can_be_given_up,
    )  # fmt: skip
    def give_up(self, request, obj, data):
        give_up(principal_of(request), obj.pk, data["reason"])
        return _("Given up: the points are the member's again.")

    @operation(
        gettext_lazy("Cancel"), form=ReasonForm, icon="cancel", is_danger=True,
        text=gettext_lazy("It is not settled any more. The points that were set aside are the member's again."),
        is_there=lambda exchange: exchange.status == Status.PENDING and not exchange.is_dead,
    )  # fmt: skip
    def cancel(self, request, obj, data):
        cancel_exchange(principal_of(request), obj.pk)
        return _("Cancelled: the points are the member's again.")

    def get_object(self, request, object_id, from_field=None):
        found = super().get_object(request, object_id, from_field)
        if found:
            self.prepare_rows(request, [found])
        return found

    def _exchange(self, request, object_id) -> Exchange:
        exchange = self.get_object(request, unquote(object_id))
        if exchange is None:
            raise Http404
        if not self.has_view_permission(request, exchange):
            raise PermissionDenied
        return exchange

    def _whose(self, exchange: Exchange) -> str:
        return str(exchange.member) if getattr(exchange, "sees_member", False) else _("a member")

    def _page(self, request, exchange: Exchange, object_id: str) -> dict:
        return {
            **self.admin_site.each_context(request), "opts": self.opts, "exchange": exchange, "title": _("Exchange"),
            "told": title_of(exchange), "pair": pair_told(exchange.from_program, exchange.to_program),
            "state": exchange.get_status_display(), "state_class": STATE_CLASS[exchange.status],
            "rate": rate_told(exchange.rate), "residue": rate_told(exchange.residue) if exchange.residue else "",
            "failure": failure_told(exchange.failure) if exchange.failure else "", "whose": self._whose(exchange),
            "steps": steps_of(request, exchange, self.brands_where(request)),
            "buttons": self._get_actions_navigation(
                self.actions_detail, self.get_actions_detail(request, object_id), object_id
            ),
        }  # fmt: skip


@page("exchange/dead-letters/", name="dead_letters")
@allowed("exchanges.retry")
def dead_letters(request: HttpRequest) -> HttpResponse:
    """Exchanges that wait for a person, to be tried again together or one by one."""
    return admin.site._registry[Exchange].dead_view(request)
