"""Messages as Shopify and Square send them: complete in shape, with numbers and names of our own."""

import base64
import hashlib
import hmac
from itertools import count

import msgspec

_numbers = count(5_000_000_001)
SHOP_SECRET = "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"
SQUARE_SECRET = "s1GnAtuR3k3y-Of-A-Test"
SQUARE_ADDRESS = "https://loyalty.example/api/events/from/square"
CUSTOMER = 7_210_000_555_001


def both(amount: str, currency: str = "EUR", other: str = "", other_currency: str = "") -> dict:
    """An amount in the shop's currency and in the customer's."""
    theirs = {"amount": other or amount, "currency_code": other_currency or currency}
    return {"shop_money": {"amount": amount, "currency_code": currency}, "presentment_money": theirs}


def customer(**more) -> dict:
    """A customer of the shop."""
    return {
        "id": CUSTOMER,
        "email": "ana@example.com",
        "created_at": "2026-03-01T09:12:00+01:00",
        "updated_at": "2026-03-01T09:12:00+01:00",
        "first_name": "Ana",
        "last_name": "Silva",
        "state": "disabled",
        "note": None,
        "verified_email": True,
        "multipass_identifier": None,
        "tax_exempt": False,
        "phone": None,
        "currency": "EUR",
        "tax_exemptions": [],
        "email_marketing_consent": {"state": "not_subscribed", "opt_in_level": "single_opt_in"},
        "admin_graphql_api_id": f"gid://shopify/Customer/{CUSTOMER}",
    } | more


def line(sku: str, price: str, quantity: int = 1, *, off: str = "0.00", currency: str = "EUR", **more) -> dict:
    """A line of an order."""
    number = next(_numbers)
    return {
        "id": number,
        "admin_graphql_api_id": f"gid://shopify/LineItem/{number}",
        "current_quantity": quantity,
        "fulfillable_quantity": quantity,
        "fulfillment_service": "manual",
        "fulfillment_status": None,
        "gift_card": False,
        "grams": 250,
        "name": f"The {sku}",
        "price": price,
        "price_set": both(price, currency),
        "product_exists": True,
        "product_id": number + 1_000_000,
        "properties": [],
        "quantity": quantity,
        "requires_shipping": True,
        "sku": sku,
        "taxable": True,
        "title": f"The {sku}",
        "total_discount": "0.00",
        "total_discount_set": both("0.00", currency),
        "variant_id": number + 2_000_000,
        "variant_inventory_management": "shopify",
        "variant_title": None,
        "vendor": "Cafe",
        "tax_lines": [],
        "duties": [],
        "discount_allocations": [
            {"amount": off, "amount_set": both(off, currency), "discount_application_index": 0},
        ]
        if off != "0.00"
        else [],
    } | more


ORDER = {
    "app_id": 580111,
    "browser_ip": None,
    "buyer_accepts_marketing": False,
    "cancel_reason": None,
    "cancelled_at": None,
    "cart_token": None,
    "checkout_id": None,
    "client_details": None,
    "closed_at": None,
    "confirmation_number": "XK4P1M9QD",
    "confirmed": True,
    "contact_email": "ana@example.com",
    "created_at": "2026-03-01T10:00:00+01:00",
    "current_total_discounts": "0.00",
    "current_total_tax": "0.00",
    "customer_locale": "en",
    "discount_codes": [],
    "email": "ana@example.com",
    "estimated_taxes": False,
    "financial_status": "paid",
    "fulfillment_status": None,
    "landing_site": None,
    "location_id": None,
    "note": None,
    "note_attributes": [],
    "phone": None,
    "processed_at": "2026-03-01T10:00:00+01:00",
    "source_name": "web",
    "tags": "",
    "tax_lines": [],
    "taxes_included": True,
    "test": False,
    "total_discounts": "0.00",
    "total_tax": "0.00",
    "total_tip_received": "0.00",
    "total_weight": 500,
    "updated_at": "2026-03-01T10:00:01+01:00",
    "user_id": None,
    "discount_applications": [],
    "fulfillments": [],
    "payment_terms": None,
    "refunds": [],
    "shipping_address": {"city": "Lisboa", "country_code": "PT"},
}
"""What is the same in every order."""


def order(*lines: dict, total: str, shipping: str = "0.00", currency: str = "EUR", number: int = 0, **more) -> dict:
    """An order that was paid."""
    number = number or next(_numbers)
    return {
        **ORDER,
        "id": number,
        "admin_graphql_api_id": f"gid://shopify/Order/{number}",
        "currency": currency,
        "current_subtotal_price": total,
        "current_total_discounts_set": both("0.00", currency),
        "current_total_price": total,
        "current_total_price_set": both(total, currency),
        "current_total_tax_set": both("0.00", currency),
        "name": f"#{number % 10_000}",
        "number": number % 10_000 - 1000,
        "order_number": number % 10_000,
        "payment_gateway_names": ["shopify_payments"],
        "presentment_currency": currency,
        "subtotal_price": total,
        "total_line_items_price": total,
        "total_price": total,
        "total_price_set": both(total, currency),
        "total_shipping_price_set": both(shipping, currency),
        "total_tax_set": both("0.00", currency),
        "customer": customer(),
        "line_items": list(lines),
        "shipping_lines": [
            {
                "id": number + 7,
                "code": "Standard",
                "price": shipping,
                "price_set": both(shipping, currency),
                "discounted_price_set": both(shipping, currency),
                "title": "Standard",
                "tax_lines": [],
                "discount_allocations": [],
            }
        ]
        if shipping != "0.00"
        else [],
    } | more


def refund(of: dict, *lines: tuple[dict, int, str], paid: str = "", currency: str = "EUR", **more) -> dict:
    """A refund of an order: (line, pieces, their worth) and the money that went back."""
    number = next(_numbers)
    return {
        "id": number,
        "admin_graphql_api_id": f"gid://shopify/Refund/{number}",
        "created_at": "2026-03-05T12:00:00+01:00",
        "note": "Too small",
        "order_id": of["id"],
        "processed_at": "2026-03-05T12:00:00+01:00",
        "restock": True,
        "user_id": 799_407_056,
        "duties": [],
        "total_duties_set": both("0.00", currency),
        "return": None,
        "order_adjustments": [],
        "refund_shipping_lines": [],
        "refund_line_items": [
            {
                "id": number + n,
                "line_item_id": bought["id"],
                "location_id": 487_838_322,
                "quantity": pieces,
                "restock_type": "return",
                "subtotal": worth,
                "subtotal_set": both(worth, currency),
                "total_tax": "0.00",
                "total_tax_set": both("0.00", currency),
                "line_item": bought,
            }
            for n, (bought, pieces, worth) in enumerate(lines)
        ],
        "transactions": [
            {
                "id": number + 90,
                "order_id": of["id"],
                "kind": "refund",
                "gateway": "shopify_payments",
                "status": "success",
                "message": None,
                "created_at": "2026-03-05T12:00:00+01:00",
                "test": False,
                "parent_id": number - 1,
                "amount": paid,
                "currency": currency,
                "source_name": "1830279",
            }
        ]
        if paid
        else [],
    } | more


def cancelled(of: dict) -> dict:
    """The order, cancelled."""
    return of | {"cancelled_at": "2026-03-06T08:00:00+01:00", "cancel_reason": "customer"}


def from_shopify(client, source, topic: str, payload: dict, *, event: str = "", secret: str = SHOP_SECRET, **headers):
    """Sends it as the shop does."""
    body = msgspec.json.encode(payload)
    signature = base64.b64encode(hmac.digest(secret.encode(), body, hashlib.sha256)).decode()
    event = event or f"98880550-7158-44d4-b7cd-{next(_numbers):012d}"
    sent = {
        "HTTP_X_SHOPIFY_TOPIC": topic,
        "HTTP_X_SHOPIFY_HMAC_SHA256": signature,
        "HTTP_X_SHOPIFY_SHOP_DOMAIN": "cafe-beans.myshopify.com",
        "HTTP_X_SHOPIFY_API_VERSION": "2026-01",
        "HTTP_X_SHOPIFY_WEBHOOK_ID": f"b54557e4-bdd9-4b37-8a5f-{next(_numbers):012d}",
        "HTTP_X_SHOPIFY_EVENT_ID": event,
        "HTTP_X_SHOPIFY_TRIGGERED_AT": "2026-03-01T09:00:02.123456789Z",
    } | headers
    return client.generic("POST", f"/api/events/from/{source.id}", body, content_type="application/json", **sent)


def payment(
    amount: int, *, id: str = "", status: str = "COMPLETED", currency: str = "EUR", tip: int = 0, **more
) -> dict:
    """A payment of Square's."""
    id = id or f"hYy9pRFVxpDsO1FB05Su{next(_numbers)}"
    currency = "EUR"
    money = {"amount": amount, "currency": currency}
    return {
        "id": id,
        "created_at": "2026-03-01T10:16:51.086Z",
        "updated_at": "2026-03-01T10:19:00.831Z",
        "amount_money": money,
        **({"tip_money": {"amount": tip, "currency": currency}} if tip else {}),
        "total_money": {"amount": amount + tip, "currency": currency},
        "approved_money": {"amount": amount + tip, "currency": currency},
        "status": status,
        "delay_action": "CANCEL",
        "delay_duration": "PT168H",
        "source_type": "CARD",
        "card_details": {
            "status": "CAPTURED" if status == "COMPLETED" else "AUTHORIZED",
            "card": {"card_brand": "VISA", "last_4": "1111", "exp_month": 11, "exp_year": 2028, "card_type": "CREDIT"},
            "entry_method": "EMV",
        },
        "location_id": "S8GWD5R9QB376",
        "order_id": "03O3USaPaAaFnI6kkwB1JxGgBsUZY",
        "customer_id": "QPTXM8PQNX3Q726ZYHPMNP46XC",
        "receipt_number": id[:4],
        "receipt_url": f"https://squareup.example/receipt/preview/{id}",
        "version_token": "bHIJhJ1Pt1X7GbhYnzkjnGcpjVCHPrhOfGRJNHuuKXg6o",
    } | more


def square_refund(of: dict, amount: int, *, status: str = "COMPLETED", **more) -> dict:
    """A refund of a payment."""
    return {
        "id": f"{of['id']}_{next(_numbers)}",
        "created_at": "2026-03-04T10:00:00.000Z",
        "updated_at": "2026-03-04T10:00:08.000Z",
        "amount_money": {"amount": amount, "currency": of["amount_money"]["currency"]},
        "status": status,
        "processing_fee": [],
        "location_id": of["location_id"],
        "order_id": "2O3U9SaPaAaFnI6kkwB1JxGgBsUZY",
        "payment_id": of["id"],
        "destination_type": "CARD",
        "version": 10,
    } | more


def square_event(type: str, thing: dict, *, event: str = "") -> dict:
    """The envelope in which Square sends it."""
    name = type.partition(".")[0]
    return {
        "merchant_id": "6SSW7HV8K2ST5",
        "type": type,
        "event_id": event or f"6a8f5f28-54a1-4eb0-a98a-{next(_numbers):012d}",
        "created_at": "2026-03-01T10:19:02.308Z",
        "data": {"type": name, "id": thing["id"], "object": {name: thing}},
    }


def from_square(client, source, event: dict, *, secret: str = SQUARE_SECRET, address: str = SQUARE_ADDRESS):
    """Sends it as Square does."""
    body = msgspec.json.encode(event)
    signature = base64.b64encode(hmac.digest(secret.encode(), address.encode() + body, hashlib.sha256)).decode()
    sent = {"HTTP_X_SQUARE_HMACSHA256_SIGNATURE": signature, "HTTP_SQUARE_ENVIRONMENT": "Production"}
    return client.generic("POST", f"/api/events/from/{source.id}", body, content_type="application/json", **sent)
