"""The pages of prefunded pools: what is left of each and for how long, what was paid in, and putting points in."""

from uuid import UUID

from django import forms
from django.contrib import admin
from django.db.models import Sum
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminTextInputWidget

from exchange.backoffice.asking import Act, ask
from exchange.backoffice.sides import is_one_of, looked_at, of_either_side, pair_told
from exchange.clearing.low_pools import told_low
from exchange.clearing.models import PoolChange
from exchange.clearing.pools import LOW_DAYS, REFERENCE_MAX, Pool, pool_of, pools_of, top_up, with_pool, withdraw
from exchange.rates.models import Agreement
from ledger.models import POINTS_MAX
from loyalty.backoffice import allowed, brands_where
from loyalty.backoffice_buttons import OperationForm
from loyalty.backoffice_menu import page, waits
from loyalty.identity.backoffice import principal_of

SEE, FILL = "pools.view", "pools.top_up"
POOLS_MAX = 200
CHANGES_SHOWN = 50
SIDES = ("from_program__brand", "from_program__unit", "to_program__brand", "to_program__unit")


class PoolForm(OperationForm):
    """How many points, and by which payment."""

    points = forms.IntegerField(
        label=gettext_lazy("Points"), min_value=1, max_value=POINTS_MAX,
        widget=UnfoldAdminIntegerFieldWidget(attrs={"autofocus": True}),
    )  # fmt: skip
    reference = forms.CharField(
        label=gettext_lazy("Number of the payment"), max_length=REFERENCE_MAX,
        help_text=gettext_lazy("The same number counts once."),
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
    )  # fmt: skip


@waits(
    "admin:exchange_pools", is_alarm=True,
    one="%(n)s prefunded pool runs low", many="%(n)s prefunded pools run low",
)  # fmt: skip
def low_pools(request: HttpRequest) -> int:
    return of_either_side(told_low(), looked_at(request, SEE)).count()


@page("exchange/pools/", name="exchange_pools")
@allowed(SEE)
def pools(request: HttpRequest) -> HttpResponse:
    """The pools of which a brand of the person's is a side."""
    found = of_either_side(with_pool(Agreement.objects.select_related(*SIDES)), looked_at(request, SEE))
    listed = list(found.order_by("from_program__code", "to_program__code", "created_at")[: POOLS_MAX + 1])
    shown = pools_of(listed[:POOLS_MAX])
    paid = _paid([pool.agreement for pool in shown])
    context = {
        **admin.site.each_context(request), "title": _("Prefunded pools"), "has_more": len(listed) > POOLS_MAX,
        "rows": [_row(request, pool, paid.get(pool.agreement.pk, 0)) for pool in shown],
        "may_agree": request.user.has_perm("agreements.add"),
    }  # fmt: skip
    return TemplateResponse(request, "admin/exchange/pools.html", context)


@page("exchange/pools/<uuid:agreement_id>/", name="exchange_pool")
@allowed(SEE)
def pool(request: HttpRequest, agreement_id: UUID) -> HttpResponse:
    """A pool: what is left, how long that lasts, and what was put in and taken out by hand."""
    agreement = _agreement(request, agreement_id, SEE)
    changes = list(PoolChange.objects.filter(agreement=agreement).order_by("-id")[: CHANGES_SHOWN + 1])
    paid = _paid([agreement]).get(agreement.pk, 0)
    context = {
        **admin.site.each_context(request), "title": _("Prefunded pool"), "changes": changes[:CHANGES_SHOWN],
        "has_more": len(changes) > CHANGES_SHOWN, "row": _row(request, pool_of(agreement), paid),
        "sees_settlements": bool(agreement.active_since) and request.user.has_perm("settlements.view"),
    }  # fmt: skip
    return TemplateResponse(request, "admin/exchange/pool.html", context)


@page("exchange/pools/<uuid:agreement_id>/top-up/", name="exchange_pool_top_up")
@allowed(FILL)
def fill(request: HttpRequest, agreement_id: UUID) -> HttpResponse:
    """Puts points in."""
    agreement = _issuers(request, agreement_id)
    act = Act(
        title=_("Top up"), subject=_subject(agreement), back=_link(agreement),
        text=_("Points that %(brand)s has paid for. Members can get so many more.") % {
            "brand": agreement.from_program.brand.name
        },
    )  # fmt: skip

    def run(data: dict) -> str:
        change = top_up(principal_of(request), agreement.pk, points=data["points"], reference=data["reference"])
        return _("%(points)s points are in the pool.") % {"points": f"{change.points:,}"}

    return ask(request, act, PoolForm(request.POST or None), run)


@page("exchange/pools/<uuid:agreement_id>/withdraw/", name="exchange_pool_withdraw")
@allowed(FILL)
def take(request: HttpRequest, agreement_id: UUID) -> HttpResponse:
    """Takes points out."""
    agreement = _issuers(request, agreement_id)
    act = Act(
        title=_("Take out"), subject=_subject(agreement), back=_link(agreement), is_danger=True,
        text=_("Points whose payment goes back to %(brand)s. Members cannot get them any more.") % {
            "brand": agreement.from_program.brand.name
        },
    )  # fmt: skip

    def run(data: dict) -> str:
        change = withdraw(principal_of(request), agreement.pk, points=data["points"], reference=data["reference"])
        return _("%(points)s points are out of the pool.") % {"points": f"{-change.points:,}"}

    return ask(request, act, PoolForm(request.POST or None), run)


def _agreement(request: HttpRequest, agreement_id: UUID, permission: str) -> Agreement:
    found = Agreement.objects.select_related(*SIDES).filter(pk=agreement_id).first()
    if found is None or not is_one_of(brands_where(request, permission), found.from_program, found.to_program):
        raise Http404
    return found


def _issuers(request: HttpRequest, agreement_id: UUID) -> Agreement:
    """The agreement, for whoever may at the brand that issues the points. Refusals: Http404."""
    agreement = _agreement(request, agreement_id, FILL)
    if not request.user.has_perm(FILL, agreement.to_program.brand_id):
        raise Http404
    return agreement


def _row(request: HttpRequest, pool: Pool, paid: int) -> dict:
    agreement = pool.agreement
    is_open = agreement.is_prefunded and agreement.status != Agreement.Status.ENDED
    may = request.user.has_perm(FILL, agreement.to_program.brand_id)
    return {
        "agreement": agreement, "told": pair_told(agreement.from_program, agreement.to_program), "pool": pool,
        "unit": agreement.to_program.unit.name, "paid": paid, "used": max(paid - pool.points, 0),
        "bar_max": max(paid, pool.points, 1), "link": _link(agreement), "low_days": LOW_DAYS,
        "is_open": is_open, "may_top_up": may and is_open, "may_withdraw": may and pool.points > 0,
    }  # fmt: skip


def _paid(agreements: list[Agreement]) -> dict[UUID, int]:
    """What was put in, less what was taken out by hand."""
    found = PoolChange.objects.filter(agreement__in=agreements).order_by().values_list("agreement")
    return dict(found.annotate(sum=Sum("points")))


def _subject(agreement: Agreement) -> str:
    left = _("%(points)s left") % {"points": f"{agreement.pool_points:,}"}
    return f"{pair_told(agreement.from_program, agreement.to_program)} · {agreement.to_program.unit.name} · {left}"


def _link(agreement: Agreement) -> str:
    return reverse("admin:exchange_pool", args=[agreement.pk])
