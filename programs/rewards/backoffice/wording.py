"""What a voucher or reward is worth, in words; money, codes and states as the screens show them. Pure, no database."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import gettext as _

from loyalty.http.money import from_minor
from programs.rewards.models import Reward, Voucher
from programs.rewards.vouchers.codes import shown

Kind, DiscountKind = Reward.Kind, Reward.DiscountKind
STATUS_LABELS = {
    str(Voucher.Status.ISSUED.label): "info", str(Voucher.Status.CLAIMED.label): "success",
    str(Voucher.Status.REDEEMED.label): None, str(Voucher.Status.EXPIRED.label): "warning",
    str(Voucher.Status.DISABLED.label): "danger",
}  # fmt: skip
END_SHOWN = 4
PER_CENT = 100


def money(minor: int | None, currency: str) -> str:
    """An amount with its currency: 1,250.00 EUR; "" for none."""
    if minor is None:
        return ""
    whole, dot, cents = from_minor(minor, currency).partition(".")
    return f"{int(whole):,}{dot}{cents} {currency}".strip()


def code_shown(code: str, *, is_masked: bool = False) -> str:
    """A code as it is read aloud; of a masked one the end alone."""
    return f"•••• {code[-END_SHOWN:]}" if is_masked else shown(code)


def worth(terms: Mapping[str, Any], currency: str = "") -> str:
    """What the terms give, in a few words: 10 % off."""
    currency = terms.get("currency") or currency
    kind, value = terms.get("kind"), terms.get("value_minor")
    if kind == Kind.GIFT_CARD:
        return _("Gift card of %(amount)s") % {"amount": money(value, currency)} if value else _("Gift card")
    if kind == Kind.DISCOUNT:
        return _discount(terms, value, currency)
    if kind == Kind.EXTERNAL_CODE:
        return _("A code of somebody else")
    if kind == Kind.DONATION:
        return _("A donation")
    return _("Free: %(name)s") % {"name": terms.get("name", "")} if kind == Kind.FREE_ITEM else terms.get("name", "")


def _discount(terms: Mapping[str, Any], value: int | None, currency: str) -> str:
    told = {"percent": _per_cent(terms.get("percent")), "amount": money(value, currency)}
    match terms.get("discount_kind"):
        case DiscountKind.PERCENT:
            return _("%(percent)s %% off") % told
        case DiscountKind.CHEAPEST:
            if told["percent"] in ("", "100"):
                return _("The cheapest item free")
            return _("%(percent)s %% off the cheapest item") % told
        case DiscountKind.BUY_X_GET_Y:
            counts = {"buy": terms.get("buy_quantity") or 1, "free": terms.get("free_quantity") or 1}
            return _("Buy %(buy)s, get %(free)s free") % counts
    return _("%(amount)s off") % told


def _per_cent(text: Any) -> str:
    """A percentage without zeros that say nothing."""
    text = "" if text is None else str(text)
    return text.rstrip("0").rstrip(".") if "." in text else text


def conditions(terms: Mapping[str, Any], currency: str = "") -> list[str]:
    """What the terms ask for beside: of what, from how much on, where."""
    currency = terms.get("currency") or currency
    found = []
    if terms.get("skus"):
        found.append(_("For these items: %(items)s") % {"items": ", ".join(terms["skus"])})
    if terms.get("categories"):
        found.append(_("For these categories: %(categories)s") % {"categories": ", ".join(terms["categories"])})
    if terms.get("order_minor_min"):
        found.append(_("Orders of %(amount)s or more") % {"amount": money(terms["order_minor_min"], currency)})
    if terms.get("discount_minor_max"):
        found.append(_("%(amount)s off at most") % {"amount": money(terms["discount_minor_max"], currency)})
    if terms.get("locations"):
        found.append(_("Only at: %(places)s") % {"places": ", ".join(terms["locations"])})
    return found


def filled_bar(per_cent: int, told: str):
    """A bar with the words below it."""
    bar = '<span class="rw-filled"><progress max="100" value="{}" aria-label="{}"></progress><small>{}</small></span>'
    return format_html(bar, min(per_cent, PER_CENT), told, told)


def day(moment: datetime | None) -> str:
    """A day, short; "" for none."""
    return date_format(moment, "j M Y") if moment else ""


def moment_told(moment: datetime | None) -> str:
    """A day and a time; "" for none."""
    return date_format(moment, "j M Y, H:i") if moment else ""
