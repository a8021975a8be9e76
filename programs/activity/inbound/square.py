"""What Square tells of payments and refunds, as events. Only what is completed counts, once by the number of the
payment or refund, however often it is told. A payment does not say what was bought, and what Square tells of orders
names the order and no line of it; points are for the amount without the tip, which is told beside (`total_minor`), for
brands that count it too."""

import hashlib
import hmac
from base64 import b64encode
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from loyalty.errors import Invalid
from loyalty.http import parsers
from programs.activity.inbound.adapters import register_kind, secrets_of
from programs.activity.inbound.envelope import Told
from programs.activity.inbound.errors import SignatureInvalid
from programs.activity.inbound.models import EventSource

COMPLETED = "COMPLETED"


class Square:
    """Sources of the kind Square. The secret is the subscription's signature key, the source's address the notification
    URL as Square has it, which it signs too."""

    def verify(self, source: EventSource, headers: Mapping[str, str], body: bytes, now: datetime) -> None:
        """Looks whether Square signed the address and the body. Refusals: SignatureInvalid."""
        if not source.address:
            raise SignatureInvalid("The source does not say by which address Square knows it.")
        given = headers.get("x-square-hmacsha256-signature", "").strip().encode("utf-8", "replace")
        said = source.address.encode() + body
        right = [b64encode(hmac.digest(one.encode(), said, hashlib.sha256)) for one in secrets_of(source, now)]
        if not sum(hmac.compare_digest(given, one) for one in right):
            raise SignatureInvalid("The signature is not Square's.")

    def told(self, source: EventSource, headers: Mapping[str, str], body: bytes) -> list[Told]:
        """The event, if it is one of those that matter here. Refusals: MalformedJson, Invalid."""
        event = parsers.parse(body)
        tell = TYPES.get(event.get("type")) if isinstance(event, dict) else None
        if tell is None:
            return []
        try:
            return tell(event, location_id=source.location_id)
        except (KeyError, TypeError, ValueError, AttributeError) as mistake:
            detail = "This is not what Square sends of this type."
            raise Invalid([{"pointer": "", "code": "invalid-type", "detail": detail}]) from mistake


def payment_told(event: Mapping[str, Any], *, location_id: str = "") -> list[Told]:
    """A payment that is completed. `location_id` is where the brand says that it was, else it is Square's own."""
    payment = event["data"]["object"]["payment"]
    if payment.get("status") != COMPLETED:
        return []
    money, total = payment["amount_money"], payment.get("total_money") or payment["amount_money"]
    kind = str(payment.get("source_type") or "").lower()[:40]
    data = {
        "reference": payment["id"],
        "order": payment.get("receipt_number") or "",
        "order_id": payment.get("order_id") or "",
        "currency": money["currency"],
        "amount_minor": money["amount"],
        "total_minor": total["amount"],
        "tip_minor": (payment.get("tip_money") or {}).get("amount", 0),
        "tenders": [{"type": kind, "amount_minor": total["amount"]}] if kind else [],
        "location_id": location_id or payment.get("location_id") or "",
        "channel": "till",
        "email": payment.get("buyer_email_address") or "",
        "unmatched": "keep",
    }
    return [_told("order.paid", event, data, payment["created_at"], subject=payment.get("customer_id") or "")]


def refund_told(event: Mapping[str, Any], *, location_id: str = "") -> list[Told]:
    """A refund that is completed. One without a payment of Square's tells nothing."""
    refund = event["data"]["object"]["refund"]
    if refund.get("status") != COMPLETED or not refund.get("payment_id"):
        return []
    data = {
        "purchase_reference": refund["payment_id"],
        "return_reference": refund["id"],
        "currency": refund["amount_money"]["currency"],
        "amount_minor": refund["amount_money"]["amount"],
        "is_capped": True,
    }
    return [_told("order.returned", event, data, refund["created_at"])]


TYPES: dict[str, Callable[..., list[Told]]] = {
    "payment.created": payment_told,
    "payment.updated": payment_told,
    "refund.created": refund_told,
    "refund.updated": refund_told,
}


def _told(type: str, event: Mapping[str, Any], data: dict, at: str, *, subject: str = "") -> Told:
    return Told(
        source=f"square:{event['merchant_id']}",
        id=event["event_id"],
        type=type,
        time=datetime.fromisoformat(at),
        subject=subject,
        data={name: value for name, value in data.items() if value not in ("", [], None)},
    )


register_kind(EventSource.Kind.SQUARE, Square())
