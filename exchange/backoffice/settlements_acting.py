"""Closing a month of a pair, and saying that it was paid."""

from uuid import UUID

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminTextInputWidget

from exchange.backoffice.asking import Act, ask
from exchange.backoffice.settlements import agreement_of, link_of, money_told, month_asked
from exchange.backoffice.sides import pair_told
from exchange.clearing.closing import REFERENCE_MAX, close_month, mark_paid
from exchange.clearing.months import month_told
from exchange.clearing.statements import statement
from loyalty.backoffice import allowed
from loyalty.backoffice_buttons import OperationForm
from loyalty.backoffice_menu import page
from loyalty.identity.backoffice import principal_of


class PaymentForm(OperationForm):
    """The payment's number."""

    reference = forms.CharField(
        label=gettext_lazy("Number of the payment"), max_length=REFERENCE_MAX,
        widget=UnfoldAdminTextInputWidget(attrs={"autofocus": True, "autocomplete": "off"}),
    )  # fmt: skip


@page("exchange/settlements/<uuid:agreement_id>/close/", name="exchange_settlement_close")
@allowed("settlements.close")
def close(request: HttpRequest, agreement_id: UUID) -> HttpResponse:
    """Keeps the figures of the month."""
    agreement, month = agreement_of(request, agreement_id, "settlements.close"), month_asked(request)
    one, two = agreement.from_program, agreement.to_program
    act = Act(
        title=_("Close the month"), subject=f"{pair_told(one, two)} · {month_told(month)}",
        text=_("Its figures stay as they are from then on, for both brands. What is put right later counts in the "
               "month in which that is done."),
        back=link_of(agreement, month),
    )  # fmt: skip

    def run(data: dict) -> str:
        settlement = close_month(principal_of(request), str(one.pk), str(two.pk), month)
        if settlement.amount_minor is None:
            return _("The month is closed. Nothing is owed in money.")
        return _("The month is closed with %(amount)s.") % {
            "amount": money_told(settlement.amount_minor, settlement.currency)
        }

    return ask(request, act, OperationForm(request.POST or None), run)


@page("exchange/settlements/<uuid:agreement_id>/pay/", name="exchange_settlement_pay")
@allowed("settlements.pay")
def pay(request: HttpRequest, agreement_id: UUID) -> HttpResponse:
    """Notes the payment of a closed month; who is owed it does. Refusals: Http404."""
    agreement, month = agreement_of(request, agreement_id, "settlements.pay"), month_asked(request)
    one, two = agreement.from_program, agreement.to_program
    if not request.user.has_perm("settlements.pay", two.brand_id):
        raise Http404
    told = statement(one, two, month)
    act = Act(
        title=_("Mark as paid"), back=link_of(agreement, month),
        subject=f"{pair_told(one, two)} · {month_told(month)} · {money_told(told.amount_minor, told.currency)}",
        text=_("The brand that is owed the amount says when it has come in."),
    )  # fmt: skip

    def run(data: dict) -> str:
        mark_paid(principal_of(request), str(one.pk), str(two.pk), month, reference=data["reference"])
        return _("The month is marked as paid.")

    return ask(request, act, PaymentForm(request.POST or None), run)
