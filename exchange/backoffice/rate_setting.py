"""The forms that set a new rate of a pair and add a bonus to it: looked at first, then set. What would let points be
made in a circle is refused, and the circle told."""

from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from exchange.backoffice.rate_forms import BonusForm, RateForm, rate_now, rate_tried
from exchange.backoffice.rate_pages import example_of, pair_of
from exchange.backoffice.sides import pair_told
from exchange.backoffice.standing import Standing
from exchange.backoffice.wording import circle_of, moment_told, rate_told
from exchange.rates.models import Bonus
from exchange.rates.operations import add_bonus, set_rate
from exchange.rates.selectors import terms_of
from loyalty import clock
from loyalty.backoffice import allowed, mistakes_in
from loyalty.backoffice_menu import page
from loyalty.errors import LoyaltyError
from loyalty.identity.backoffice import principal_of

LOOK = "look"


@page("exchange/pairs/<uuid:agreement_id>/rate/", name="exchange_rate_new")
@allowed("rates.add")
def new_rate(request: HttpRequest, agreement_id: UUID) -> HttpResponse:
    """Asks for the new terms of a pair, says what they give, and sets them."""
    pair = _asked_for(request, agreement_id, "rates.add")
    form = RateForm(request.POST or None, zone=_zone(pair), initial=rate_now(pair))
    shown: dict = {}
    if request.method == "POST" and form.is_valid():
        if request.POST.get("act") == LOOK:
            shown = {"tried": example_of(terms_of(rate_tried(form), _bonus_at(pair, form.cleaned_data["valid_from"])))}
        else:
            try:
                return _set(request, pair, form)
            except LoyaltyError as refusal:
                shown = {"refusals": mistakes_in(refusal), "circle": circle_of(refusal)}
    context = {
        **_context(request, pair), "title": _("Set a new rate"), "form": form, **shown,
        "now_gives": example_of(pair.terms) if pair.rate else None, "rate": rate_told(pair.effective),
        "ceiling": rate_told(pair.agreement.rate_max),
    }  # fmt: skip
    return TemplateResponse(request, "admin/exchange/rate_form.html", context)


def _set(request: HttpRequest, pair: Standing, form: RateForm) -> HttpResponse:
    made = set_rate(
        principal_of(request), str(pair.from_program.pk), str(pair.to_program.pk),
        valid_from=form.cleaned_data["valid_from"], **form.terms(),
    )  # fmt: skip
    told = {"pair": pair_told(pair.from_program, pair.to_program), "rate": rate_told(made.rate)}
    if made.valid_from > clock.now():
        told["at"] = moment_told(made.valid_from)
        messages.success(request, _("%(pair)s: the rate will be %(rate)s from %(at)s on.") % told)
    else:
        messages.success(request, _("%(pair)s: the rate is %(rate)s from now on.") % told)
    return HttpResponseRedirect(reverse("admin:exchange_pair", args=[pair.agreement.pk]))


@page("exchange/pairs/<uuid:agreement_id>/bonus/", name="exchange_bonus_new")
@allowed("bonuses.add")
def new_bonus(request: HttpRequest, agreement_id: UUID) -> HttpResponse:
    """Asks for a bonus of the pair, and adds it."""
    pair = _asked_for(request, agreement_id, "bonuses.add")
    form = BonusForm(request.POST or None, zone=_zone(pair))
    shown: dict = {}
    if request.method == "POST" and form.is_valid():
        try:
            return _added(request, pair, form)
        except LoyaltyError as refusal:
            shown = {"refusals": mistakes_in(refusal), "circle": circle_of(refusal)}
    context = {**_context(request, pair), "title": _("Add a bonus"), "form": form, **shown,
               "rate": rate_told(pair.rate.rate) if pair.rate else ""}  # fmt: skip
    return TemplateResponse(request, "admin/exchange/bonus_form.html", context)


def _added(request: HttpRequest, pair: Standing, form: BonusForm) -> HttpResponse:
    given = form.cleaned_data
    made = add_bonus(
        principal_of(request), str(pair.from_program.pk), str(pair.to_program.pk), name=given["name"],
        percent=given["percent"], starts_at=given["starts_at"], ends_at=given["ends_at"],
    )  # fmt: skip
    messages.success(request, _("%(bonus)s is added.") % {"bonus": made.name})
    return HttpResponseRedirect(reverse("admin:exchange_pair", args=[pair.agreement.pk]))


def _asked_for(request: HttpRequest, agreement_id: UUID, permission: str) -> Standing:
    """A pair that the person may set: it is theirs to see (else Http404), and they may at the brand that gives (else
    PermissionDenied). Whether both brands have agreed, the operation says."""
    pair = pair_of(request, agreement_id)
    if not request.user.has_perm(permission, pair.from_program.brand_id):
        raise PermissionDenied
    return pair


def _bonus_at(pair: Standing, at: datetime | None) -> Bonus | None:
    """The bonus that runs when the new rate begins."""
    moment = at or clock.now()
    known = [pair.bonus, *pair.bonuses_coming]
    return next((one for one in known if one and one.starts_at <= moment < one.ends_at), None)


def _zone(pair: Standing) -> ZoneInfo:
    return ZoneInfo(pair.from_program.timezone)


def _context(request: HttpRequest, pair: Standing) -> dict:
    return {
        **admin.site.each_context(request), "pair": pair, "told": pair_told(pair.from_program, pair.to_program),
        "back": reverse("admin:exchange_pair", args=[pair.agreement.pk]), "zone": _zone(pair).key,
    }  # fmt: skip
