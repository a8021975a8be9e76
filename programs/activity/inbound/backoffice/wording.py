"""States, reasons and the contents of events as the screens say them. Pure, no database."""

import re
from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loyalty.identity.masks import DOTS, masked_email, masked_name, masked_phone
from programs.activity.inbound.models import EventMapping, InboundEvent

Status, Act = InboundEvent.Status, EventMapping.Act
STATUS_LABELS = {
    str(Status.WAITING.label): "info", str(Status.DONE.label): "success", str(Status.IGNORED.label): "warning",
    str(Status.FAILED.label): "danger", str(Status.DISCARDED.label): None,
}  # fmt: skip
STATUS_CLASS = {
    Status.WAITING: "", Status.DONE: "rw-good", Status.IGNORED: "rw-warn", Status.FAILED: "rw-bad",
    Status.DISCARDED: "",
}  # fmt: skip
REASONS = {
    "member-unknown": gettext_lazy("Nobody of that name is known yet"),
    "member-missing": gettext_lazy("It names no member"),
    "purchase-unknown": gettext_lazy("The purchase has not come yet"),
    "ambiguous-purchase": gettext_lazy("Purchases of several programs have this number"),
    "program-required": gettext_lazy("It could count in several programs, or in none"),
    "validation-error": gettext_lazy("Parts of it are missing or wrong"),
    "program-not-active": gettext_lazy("The program is closed"),
    "membership-required": gettext_lazy("The member has no card of the program"),
    "membership-not-active": gettext_lazy("The membership is not active"),
    "insufficient-points": gettext_lazy("Not enough points"),
    "duplicate-reference": gettext_lazy("Another purchase has this number"),
    "internal-error": gettext_lazy("Something went wrong here; it is tried again"),
}
WAITS = {
    "member": gettext_lazy("until the member is known; their registration wakes it"),
    "purchase": gettext_lazy("until the purchase is known; it wakes this"),
}
PARTS = {
    "member": gettext_lazy("Member's number or id"),
    "card_number": gettext_lazy("Card number"),
    "email": gettext_lazy("E-mail"),
    "phone": gettext_lazy("Phone"),
    "name": gettext_lazy("Name"),
    "birth_date": gettext_lazy("Date of birth"),
    "reference": gettext_lazy("Its number"),
    "amount": gettext_lazy("Amount, as 12.50"),
    "amount_minor": gettext_lazy("Amount, in the smallest unit"),
    "currency": gettext_lazy("Currency"),
    "items": gettext_lazy("List of items"),
    "item.sku": gettext_lazy("In an item: article number"),
    "item.quantity": gettext_lazy("In an item: quantity"),
    "item.amount": gettext_lazy("In an item: amount, as 12.50"),
    "item.amount_minor": gettext_lazy("In an item: amount, in the smallest unit"),
    "item.name": gettext_lazy("In an item: name"),
    "item.category": gettext_lazy("In an item: category"),
    "tenders": gettext_lazy("List of means of payment"),
    "location": gettext_lazy("Location"),
    "channel": gettext_lazy("Channel"),
    "purchase": gettext_lazy("Number of the purchase"),
}
PHONE = re.compile(r"\+?[\d ().-]{8,20}")
NAMED = re.compile(r"(^|_)(name|first_name|last_name|street|address1?|address2|city|zip|birth_?date|birthday)$")
NOT_NAMES = re.compile(r"^(source_name|item_name|product_name|variant_title|event_name)$")
VALUE_MAX = 120
LINES_MAX = 400


def reason_told(code: str) -> str:
    """Why it was not done, in words."""
    return str(REASONS.get(code) or code.replace("-", " ").capitalize())


def waits_told(waits_for: str) -> str:
    """What an event waits for, in words; "" for the time alone."""
    return str(WAITS.get(waits_for.partition(":")[0], "")) if waits_for else ""


def part_told(name: str) -> str:
    """A part of an event, in words."""
    return str(PARTS.get(name) or name.replace("_", " ").capitalize())


def where_told(pointers: Any) -> str:
    """Where a part is looked for: the first place that has something."""
    return pointers if isinstance(pointers, str) else _(", else ").join(pointers or [])


def lines_of(document: Any) -> list[tuple[str, str]]:
    """What stands where in an event, by JSON pointers, with what tells of a person made unreadable."""
    found: list[tuple[str, str]] = []
    for pointer, value in _leaves(document, ""):
        if len(found) == LINES_MAX:
            break
        found.append((pointer, masked(pointer, value)))
    return found


def _leaves(value: Any, pointer: str) -> Iterator[tuple[str, Any]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else None
    if not inner:
        yield pointer, value
        return
    for name, one in inner:
        yield from _leaves(one, f"{pointer}/{str(name).replace('~', '~0').replace('/', '~1')}")


def masked(pointer: str, value: Any) -> str:
    """A value of an event: what looks like an e-mail, a phone or a name is shown so that one recognises it only."""
    text = str(value)
    name = pointer.rpartition("/")[2]
    if "@" in text:
        return masked_email(text) if text.count("@") == 1 and " " not in text else DOTS
    if isinstance(value, str) and NAMED.search(name) and not NOT_NAMES.match(name) and "/items/" not in pointer:
        return masked_name(text) if name.endswith("name") else DOTS
    if isinstance(value, str) and ("phone" in name or (text.startswith("+") and PHONE.fullmatch(text))):
        return masked_phone(text)
    return text[:VALUE_MAX]
