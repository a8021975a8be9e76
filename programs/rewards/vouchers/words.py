"""What a voucher is worth, in words that a cashier and a member read. Pure."""

from decimal import Decimal

from loyalty.http.money import from_minor

KINDS = {
    "product": "a product",
    "free_item": "a free item",
    "donation": "a donation",
    "external_code": "a code of somebody else",
}


def in_words(terms: dict, currency: str, *, value_minor: int | None = None) -> str:
    """One sentence without its full stop: "15 % off the cheapest item of tea, coffee, on orders of 20.00 EUR or more".
    `value_minor` is what a gift card held at first."""
    said = _worth(terms, currency, value_minor)
    things = [*(terms.get("skus") or ()), *(terms.get("categories") or ())]
    if things:
        said += f" of {', '.join(things)}"
    if terms.get("order_minor_min"):
        said += f", on orders of {_money(terms['order_minor_min'], currency)} or more"
    if terms.get("discount_minor_max"):
        said += f", {_money(terms['discount_minor_max'], currency)} at most"
    return said


def percent_text(percent: str | None) -> str | None:
    """The percentage without zeros at its end: "12.50" is 12.5."""
    return None if percent is None else f"{Decimal(percent).normalize():f}"


def _worth(terms: dict, currency: str, value_minor: int | None) -> str:
    kind, how = terms.get("kind", ""), terms.get("discount_kind", "")
    if kind == "gift_card" or value_minor is not None:
        return f"a gift card of {_money(value_minor or terms.get('value_minor') or 0, currency)}"
    if kind != "discount":
        return terms.get("name") or KINDS.get(kind, "a product")
    if how == "amount":
        return f"{_money(terms.get('value_minor') or 0, currency)} off"
    if how == "buy_x_get_y":
        bought, free = terms.get("buy_quantity") or 0, terms.get("free_quantity") or 0
        return f"{bought + free} for {bought} (the cheapest free)"
    percent = percent_text(terms.get("percent")) or "0"
    return f"{percent} % off the cheapest item" if how == "cheapest" else f"{percent} % off"


def _money(minor: int, currency: str) -> str:
    return f"{from_minor(minor, currency)} {currency}"
