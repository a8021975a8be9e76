"""Rates, limits, states and failures as the screens say them. Pure, no database."""

from datetime import datetime
from decimal import ROUND_DOWN, Decimal
from fractions import Fraction
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exchange.rates.arithmetic import in_words
from exchange.requests.models import Exchange
from loyalty.errors import LoyaltyError

Status = Exchange.Status
STATUS_LABELS = {
    str(Status.PENDING.label): "info", str(Status.PROCESSING.label): "info", str(Status.COMPLETED.label): "success",
    str(Status.FAILED.label): "danger", str(Status.CANCELLED.label): "warning",
}  # fmt: skip
STATE_CLASS = {
    Status.PENDING: "", Status.PROCESSING: "", Status.COMPLETED: "rw-good", Status.FAILED: "rw-bad",
    Status.CANCELLED: "rw-warn",
}  # fmt: skip
FAILURES = {
    "given-up": gettext_lazy("Given up by a person"),
    "pool-exhausted": gettext_lazy("The prefunded pool is empty"),
    "program-not-active": gettext_lazy("One of the programs is closed"),
    "membership-required": gettext_lazy("Not a member of both programs"),
    "membership-not-active": gettext_lazy("The membership is not active"),
    "member-inactive": gettext_lazy("The member is switched off"),
    "insufficient-points": gettext_lazy("Not enough points"),
    "balance-limit": gettext_lazy("The balance would pass its limit"),
    "account-closed": gettext_lazy("The account is closed"),
    "hop-limit": gettext_lazy("The points have changed hands too often"),
    "hold-resolved": gettext_lazy("The points that were set aside are gone"),
    "pair-not-open": gettext_lazy("The pair is closed"),
}
PLACES = Decimal("0.001")


def rate_told(rate: Decimal | None) -> str:
    """A rate without noughts that say nothing; "" for none."""
    return "" if rate is None else in_words(rate)


def product_told(product: Fraction) -> str:
    """What a circle makes of one point, rounded down to three places, so that just below 1 never reads as 1."""
    exact = Decimal(product.numerator) / Decimal(product.denominator)
    return in_words(exact.quantize(PLACES, ROUND_DOWN))


def per_cent(figure: Decimal) -> str:
    """A percentage: 2.5 %; "" for nothing."""
    return f"{in_words(figure)} %" if figure else ""


def fee_told(percent: Decimal, points: int) -> str:
    """What is kept of the points given: 2 % and 5 points; "" for nothing."""
    fixed = _("%(points)s points") % {"points": f"{points:,}"} if points else ""
    return _("%(percent)s and %(points)s") % {"percent": per_cent(percent), "points": fixed} if (
        percent and points
    ) else per_cent(percent) or fixed  # fmt: skip


def limits_told(terms: Any) -> list[str]:
    """The limits of a rate, each in a few words."""
    found = []
    if terms.from_min > 1:
        found.append(_("at least %(points)s") % {"points": f"{terms.from_min:,}"})
    if terms.from_step > 1:
        found.append(_("in steps of %(points)s") % {"points": f"{terms.from_step:,}"})
    if terms.from_max:
        found.append(_("at most %(points)s") % {"points": f"{terms.from_max:,}"})
    if terms.member_daily_max:
        found.append(_("%(points)s a day for a member") % {"points": f"{terms.member_daily_max:,}"})
    if terms.pair_daily_max:
        found.append(_("%(points)s a day for all") % {"points": f"{terms.pair_daily_max:,}"})
    if terms.pending_hours:
        found.append(_("pending for %(hours)s hours") % {"hours": f"{terms.pending_hours:,}"})
    return found


def failure_told(code: str) -> str:
    """Why an exchange failed, in words."""
    return str(FAILURES.get(code) or code.replace("-", " ").capitalize())


def circle_of(refusal: LoyaltyError) -> dict[str, Any] | None:
    """The circle for which a rate is refused: its steps in words, what a point becomes on the way round, and when."""
    steps = refusal.facts.get("circle")
    if not steps:
        return None
    told = [f"{one['from_program_code']} → {one['to_program_code']}: {one['rate']}" for one in steps]
    at = refusal.facts.get("at")
    return {
        "steps": told, "product": refusal.facts.get("product", ""),
        "at": moment_told(datetime.fromisoformat(at)) if at else "",
    }  # fmt: skip


def moment_told(moment: datetime | None) -> str:
    """A day and a time; "" for none."""
    return date_format(moment, "j M Y, H:i") if moment else ""


def lasting_told(seconds: int) -> str:
    """How long something waits, in its greatest unit."""
    for size, told in ((86_400, _("%(n)s d")), (3_600, _("%(n)s h")), (60, _("%(n)s min"))):
        if seconds >= size:
            return told % {"n": f"{seconds // size:,}"}
    return _("%(n)s s") % {"n": seconds}
