"""The pages of rates: every pair of the brand as it stands, and one pair with its history, bonuses and what changes
next. New rates are set and bonuses added in `rate_setting`."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from exchange.backoffice.sides import is_one_of, looked_at, of_either_side, pair_told
from exchange.backoffice.standing import PAIRS_MAX, Standing, standings
from exchange.backoffice.step_chart import step_chart
from exchange.backoffice.wording import fee_told, limits_told, per_cent, rate_told
from exchange.rates.arithmetic import Terms, convert
from exchange.rates.models import Agreement, Bonus, Rate
from exchange.rates.selectors import terms_of
from loyalty import clock
from loyalty.backoffice import allowed, brands_where
from loyalty.backoffice_menu import page
from loyalty.errors import LoyaltyError

SEE = "rates.view"
TRIED = 1_000
HISTORY_MAX = 50
BONUSES_MAX = 20
SIDES = ("from_program__brand", "from_program__unit", "to_program__brand", "to_program__unit")


@page("exchange/rates/", name="exchange_rates")
@allowed(SEE)
def rates(request: HttpRequest) -> HttpResponse:
    """The pairs of which a brand of the person's has one side, with what holds now and what comes next."""
    found = of_either_side(Agreement.objects.exclude(status=Agreement.Status.ENDED), looked_at(request, SEE))
    found = found.select_related(*SIDES).order_by("from_program__code", "to_program__code")[: PAIRS_MAX + 1]
    pairs = standings(found, clock.now())
    context = {
        **admin.site.each_context(request), "title": _("Rates"), "rows": [_row(pair) for pair in pairs[:PAIRS_MAX]],
        "has_more": len(pairs) > PAIRS_MAX, "may_propose": request.user.has_perm("agreements.add"),
        "sees_bonuses": request.user.has_perm("bonuses.view"),
    }  # fmt: skip
    return TemplateResponse(request, "admin/exchange/rates.html", context)


@page("exchange/pairs/<uuid:agreement_id>/", name="exchange_pair")
@allowed(SEE)
def pair_page(request: HttpRequest, agreement_id: UUID) -> HttpResponse:
    """One pair: what holds now, what comes, what was, and its bonuses."""
    pair = pair_of(request, agreement_id)
    now = clock.now()
    history = list(_history(pair)[: HISTORY_MAX + 1])
    shown = history[:HISTORY_MAX]
    giver = pair.from_program.brand_id
    context = {
        **admin.site.each_context(request), **_row(pair), "title": _("Rate"), "now": now,
        "example": example_of(pair.terms) if pair.rate else None,
        "history": [_line(rate, pair, now) for rate in shown], "has_more": len(history) > HISTORY_MAX,
        "chart": step_chart([(rate.valid_from, rate.rate) for rate in reversed(shown)], now),
        "bonuses": _bonuses(pair, now), "sees_agreement": request.user.has_perm("agreements.view"),
        "may_rate": is_active(pair) and request.user.has_perm("rates.add", giver),
        "may_bonus": is_active(pair) and bool(pair.rate) and request.user.has_perm("bonuses.add", giver),
        "may_end_bonus": request.user.has_perm("bonuses.end", giver),
        "sees_bonuses": request.user.has_perm("bonuses.view"),
    }  # fmt: skip
    return TemplateResponse(request, "admin/exchange/pair.html", context)


def pair_of(request: HttpRequest, agreement_id: UUID) -> Standing:
    """The pair of an agreement of which a brand of the person's has one side. Refusals: Http404."""
    agreement = Agreement.objects.select_related(*SIDES).filter(pk=agreement_id).first()
    if agreement is None or not is_one_of(
        brands_where(request, SEE), agreement.from_program, agreement.to_program
    ):  # fmt: skip
        raise Http404
    return standings([agreement], clock.now())[0]


def is_active(pair: Standing) -> bool:
    """Whether both brands have agreed, so that the pair can have rates."""
    return pair.agreement.status == Agreement.Status.ACTIVE


def example_of(terms: Terms) -> dict:
    """What a thousand points give, or the fewest that are taken, and why none are."""
    amount = max(TRIED, terms.from_min)
    amount = min(-(-amount // terms.from_step) * terms.from_step, terms.from_max or amount)
    amount -= amount % terms.from_step
    try:
        done = convert(terms, amount)
    except LoyaltyError as refusal:
        return {"amount": amount, "refusal": refusal.detail}
    return {"amount": amount, "fee": done.fee, "got": done.to_amount, "residue": rate_told(done.residue)}


def _row(pair: Standing) -> dict:
    """A pair as a line of the list, and as the head of its page."""
    return {
        "pair": pair, "told": pair_told(pair.from_program, pair.to_program), "agreement": pair.agreement,
        "rate": rate_told(pair.effective), "base": rate_told(pair.rate.rate) if pair.rate and pair.bonus else "",
        "fee": fee_told(pair.rate.fee_percent, pair.rate.fee_points) if pair.rate else "",
        "limits": limits_told(pair.rate) if pair.rate else [], "bonus": _bonus_told(pair.bonus),
        "next": _next_told(pair), **_state(pair),
    }  # fmt: skip


def _state(pair: Standing) -> dict:
    if pair.agreement.status == Agreement.Status.PROPOSED:
        return {"state": _("Not yet agreed"), "state_class": "rw-warn"}
    if pair.agreement.status == Agreement.Status.ENDED:
        return {"state": _("Ended"), "state_class": ""}
    if pair.rate is None:
        return {"state": _("No rate yet"), "state_class": "rw-warn"}
    if not pair.is_open:
        return {"state": _("Closed"), "state_class": "rw-bad"}
    return {"state": _("Open"), "state_class": "rw-good"}


def _bonus_told(bonus: Bonus | None) -> str:
    return f"+{per_cent(bonus.percent)} {bonus.name}" if bonus else ""


def _next_told(pair: Standing) -> tuple[datetime, str] | None:
    """When something changes next, and what in words."""
    if not (change := pair.next_change):
        return None
    at, what, is_end = change
    if is_end:
        return at, _("%(bonus)s ends") % {"bonus": what.name}
    if isinstance(what, Bonus):
        return at, _bonus_told(what)
    return at, _("rate %(rate)s") % {"rate": rate_told(what.rate)} if what.is_open else _("closed")


def _history(pair: Standing):
    return Rate.objects.filter(from_program=pair.from_program, to_program=pair.to_program).order_by("-valid_from")


def _line(rate: Rate, pair: Standing, now: datetime) -> dict:
    is_current = bool(pair.rate and rate.pk == pair.rate.pk)
    state = _("in force") if is_current else _("to come") if rate.valid_from > now else _("past")
    return {
        "rate": rate, "told": rate_told(rate.rate), "fee": fee_told(rate.fee_percent, rate.fee_points),
        "limits": limits_told(rate), "state": state, "is_current": is_current,
    }  # fmt: skip


def _bonuses(pair: Standing, now: datetime) -> list[dict]:
    found = Bonus.objects.filter(from_program=pair.from_program, to_program=pair.to_program).order_by("-starts_at")
    base = pair.rate.rate if pair.rate else Decimal(0)
    return [
        {
            "bonus": one, "percent": per_cent(one.percent), "is_over": one.ends_at <= now,
            "is_running": one.starts_at <= now < one.ends_at,
            "rate": rate_told(terms_of(pair.rate, one).rate) if base else "",
        }
        for one in found[:BONUSES_MAX]
    ]  # fmt: skip
