"""What a Shopify shop tells by its webhooks, as events: orders that were paid or cancelled, refunds, new customers.

Only the body is signed, so what the headers say is believed as far as the body agrees: an event happens once by the
numbers of order and refund in it. Orders that are changed before they are paid are told when they are paid, and what
goes back later is a refund, so that orders/updated tells nothing. Points are for goods with their taxes, after
discounts: shipping, tips and bought gift cards are told beside (`total_minor`), for brands that count them too."""

import hashlib
import hmac
from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from loyalty.errors import Invalid
from loyalty.http import parsers
from programs.activity.inbound.adapters import register_kind, secrets_of
from programs.activity.inbound.amounts import Amounts
from programs.activity.inbound.envelope import Told
from programs.activity.inbound.errors import SignatureInvalid
from programs.activity.inbound.models import EventSource

PAID = frozenset({"paid", "partially_refunded", "refunded"})
GIFT_CARD = "gift_card"


class Shopify:
    """Sources of the kind Shopify. The secret is the app's client secret, or the shop's own for its webhooks."""

    def verify(self, source: EventSource, headers: Mapping[str, str], body: bytes, now: datetime) -> None:
        """Looks whether the shop signed the body. Refusals: SignatureInvalid."""
        given = headers.get("x-shopify-hmac-sha256", "").strip().encode("utf-8", "replace")
        right = [b64encode(hmac.digest(one.encode(), body, hashlib.sha256)) for one in secrets_of(source, now)]
        if not sum(hmac.compare_digest(given, one) for one in right):
            raise SignatureInvalid("The signature is not the shop's.")

    def told(self, source: EventSource, headers: Mapping[str, str], body: bytes) -> list[Told]:
        """The event, if it is one of those that matter here. Refusals: MalformedJson, Invalid."""
        topic = headers.get("x-shopify-topic", "")
        tell, payload = TOPICS.get(topic), parsers.parse(body)
        if tell is None or not isinstance(payload, dict) or payload.get("test") is True:
            return []
        number = headers.get("x-shopify-event-id") or headers.get("x-shopify-webhook-id")
        # One act of the shop's may be told by several topics, all with its number.
        id_ = f"{topic}:{number or hashlib.sha256(body).hexdigest()}"
        shop = headers.get("x-shopify-shop-domain") or str(source.id)
        currency = source.program.money_currency if source.program_id else ""
        try:
            return tell(payload, source=f"shopify:{shop}"[:200], id=id_[:200], currency=currency)
        except (KeyError, TypeError, ValueError, AttributeError) as mistake:
            detail = "This is not what Shopify sends of this topic."
            raise Invalid([{"pointer": "", "code": "invalid-type", "detail": detail}]) from mistake


def order_paid(order: Mapping[str, Any], *, source: str, id: str, currency: str = "") -> list[Told]:
    """A paid order: its lines after discounts and with their taxes. `currency` is the one that the program counts in:
    where the customer paid in that and the shop counts in another, it is what they paid."""
    if order.get("financial_status") not in PAID:
        return []
    money = _amounts(order, currency)
    refunds = order.get("refunds") or []
    # The total of now lacks what went back meanwhile, which is told by the refund.
    back = sum(_refunded(refund, money) for refund in refunds)
    total = money.first(order, "current_total_price", "total_price") + back
    lines = [_line(line, order, money, is_edited=not refunds) for line in order.get("line_items") or []]
    gift_cards = sum(line["amount_minor"] for line in lines if line["category"] == GIFT_CARD)
    shipping, tip = _shipping(order, money), money.of(order, "total_tip_received")
    data = {
        "reference": str(order["id"]),
        "order": str(order.get("name") or order.get("order_number") or ""),
        "currency": money.currency,
        "amount_minor": max(0, total - shipping - tip - gift_cards),
        "total_minor": total,
        "shipping_minor": shipping,
        "tip_minor": tip,
        "tax_minor": money.first(order, "current_total_tax", "total_tax"),
        "discount_minor": money.first(order, "current_total_discounts", "total_discounts"),
        "items": [line for line in lines if line["quantity"] and line["category"] != GIFT_CARD],
        "tenders": [{"type": str(name)[:40]} for name in (order.get("payment_gateway_names") or [])[:50]],
        "channel": str(order.get("source_name") or "")[:40],
        "discount_codes": [str(one["code"]) for one in order.get("discount_codes") or []],
        "tags": str(order.get("tags") or ""),
        "unmatched": "keep",
        **_customer(order.get("customer"), order),
    }
    return [_told("order.paid", order, data, source, id, order.get("processed_at") or order["created_at"])]


def refund_created(refund: Mapping[str, Any], *, source: str, id: str, currency: str = "") -> list[Told]:
    """What went back of an order: the money, less that for shipping; where no money went back the goods that did."""
    items = [
        {"sku": _sku(one["line_item"]), "quantity": one["quantity"]}
        for one in refund.get("refund_line_items") or []
        if one.get("line_item") and one["quantity"] and not one["line_item"].get(GIFT_CARD)
    ]
    money = _amounts(refund, currency)
    paid_back = _paid_back(refund)
    data = {
        "purchase_reference": str(refund["order_id"]),
        "return_reference": str(refund["id"]),
        "currency": money.currency,
        "items": items,
        "is_capped": True,
    }
    if paid_back:
        beside = _shipping_back(refund, money) + _gift_cards_back(refund, money)
        data["amount_minor"] = max(0, _refunded(refund, money) - beside)
    if not (items or data.get("amount_minor")):
        return []
    return [_told("order.returned", refund, data, source, id, refund.get("processed_at") or refund["created_at"])]


def order_cancelled(order: Mapping[str, Any], *, source: str, id: str, currency: str = "") -> list[Told]:
    """A cancelled order: all that is left of it comes back. One that was never paid tells nothing."""
    if not order.get("cancelled_at") or order.get("financial_status") not in PAID:
        return []
    data = {
        "purchase_reference": str(order["id"]),
        "return_reference": f"cancelled:{order['id']}",
        "currency": _amounts(order, currency).currency,
        "is_capped": True,
    }
    return [_told("order.returned", order, data, source, id, order["cancelled_at"])]


def customer_created(customer: Mapping[str, Any], *, source: str, id: str, currency: str = "") -> list[Told]:
    """A new customer of the shop."""
    return [_told("guest.registered", customer, _customer(customer, {}), source, id, customer["created_at"])]


TOPICS: dict[str, Callable[..., list[Told]]] = {
    "orders/paid": order_paid,
    "refunds/create": refund_created,
    "orders/cancelled": order_cancelled,
    "customers/create": customer_created,
}


def _told(type: str, about: Mapping[str, Any], data: dict, source: str, id: str, at: str) -> Told:
    return Told(
        source=source,
        id=id,
        type=type,
        time=datetime.fromisoformat(at),
        subject=data.pop("subject", ""),
        data={name: value for name, value in data.items() if value not in ("", [], None)},
        extensions={"shopifyid": str(about["id"])},
    )


def _customer(customer: Mapping[str, Any] | None, order: Mapping[str, Any]) -> dict:
    """Whom it is about: the shop's number for them, else the address that the order was made with."""
    found = customer or {}
    name = " ".join(str(found[part]).strip() for part in ("first_name", "last_name") if found.get(part))
    return {
        "subject": str(found.get("id") or ""),
        "email": found.get("email") or order.get("email") or order.get("contact_email") or "",
        "phone": found.get("phone") or order.get("phone") or "",
        "name": name,
    }


def _amounts(payload: Mapping[str, Any], wanted: str) -> Amounts:
    """How the payload's money is read: as the shop counts it, or as the customer paid if that is what is wanted."""
    pairs = list(_pairs(payload))
    shop = payload.get("currency") or next((pair["shop_money"]["currency_code"] for pair in pairs), "")
    theirs = payload.get("presentment_currency")
    theirs = theirs or next((pair["presentment_money"]["currency_code"] for pair in pairs), "")
    is_theirs = bool(wanted) and wanted not in (shop,) and wanted == theirs
    if not (shop or is_theirs):
        shop = next((one["currency"] for one in payload.get("transactions") or [] if one.get("currency")), "")
    return Amounts(currency=theirs if is_theirs else shop, side="presentment_money" if is_theirs else "shop_money")


def _pairs(value: Any) -> Iterable[Mapping[str, Any]]:
    """The amounts in two currencies, wherever they stand."""
    if isinstance(value, dict):
        if {"shop_money", "presentment_money"} <= value.keys():
            yield value
        else:
            for one in value.values():
                yield from _pairs(one)
    elif isinstance(value, list):
        for one in value:
            yield from _pairs(one)


def _sku(line: Mapping[str, Any]) -> str:
    """The same for a line in an order and in its refund."""
    return str(line.get("sku") or line.get("variant_id") or line["id"])[:120]


def _line(line: Mapping[str, Any], order: Mapping[str, Any], money: Amounts, *, is_edited: bool) -> dict:
    """A line as it stands: what was taken off it by editing the order is gone, what came back later is not."""
    bought = line["quantity"]
    left = line.get("current_quantity", bought) if is_edited else bought
    off = sum(money.of(one, "amount") for one in line.get("discount_allocations") or [])
    taxes = 0 if order.get("taxes_included") else sum(money.of(one, "price") for one in line.get("tax_lines") or [])
    amount = money.of(line, "price") * bought - off + taxes
    kind = GIFT_CARD if line.get(GIFT_CARD) else str(line.get("product_type") or "")[:120]
    labels = {name: str(line[name])[:200] for name in ("vendor", "variant_title") if line.get(name)}
    return {
        "sku": _sku(line),
        "quantity": left,
        "amount_minor": max(0, amount * left // bought) if bought else 0,
        "name": str(line.get("title") or line.get("name") or "")[:200],
        "category": kind,
        "labels": labels,
    }


def _shipping(order: Mapping[str, Any], money: Amounts) -> int:
    """What sending it cost, after discounts and with its taxes."""
    total = 0
    for line in order.get("shipping_lines") or []:
        if line.get("is_removed"):
            continue
        off = sum(money.of(one, "amount") for one in line.get("discount_allocations") or [])
        taxes = sum(money.of(one, "price") for one in line.get("tax_lines") or [])
        total += money.of(line, "price") - off + (0 if order.get("taxes_included") else taxes)
    return total


def _paid_back(refund: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [
        one
        for one in refund.get("transactions") or []
        if one.get("kind") == "refund" and one.get("status") == "success" and one.get("test") is not True
    ]


def _refunded(refund: Mapping[str, Any], money: Amounts) -> int:
    """The money that went back, in all."""
    return sum(money.of(one, "amount") for one in _paid_back(refund))


def _shipping_back(refund: Mapping[str, Any], money: Amounts) -> int:
    adjusted = [one for one in refund.get("order_adjustments") or [] if one.get("kind") == "shipping_refund"]
    told = sum(-money.of(one, "amount") - money.of(one, "tax_amount") for one in adjusted)
    lines = refund.get("refund_shipping_lines") or []
    return told or sum(money.of(one, "subtotal_amount") for one in lines)


def _gift_cards_back(refund: Mapping[str, Any], money: Amounts) -> int:
    lines = [one for one in refund.get("refund_line_items") or [] if (one.get("line_item") or {}).get(GIFT_CARD)]
    return sum(money.of(one, "subtotal") for one in lines)


register_kind(EventSource.Kind.SHOPIFY, Shopify())
