"""The parts of an event that an act needs: where they usually are, and how each is read. No database here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec

from loyalty.errors import Invalid
from loyalty.http.money import to_minor
from programs.activity.inbound.pointers import MISSING, find, first
from programs.activity.serializers import Quantity
from programs.earning.facts import ItemFacts
from programs.earning.returns import ReturnedItem

Parts = Mapping[str, str | Sequence[str]]

MEMBER = {
    "member": ["/subject", "/data/member_id", "/data/external_id"],
    "card_number": ["/data/card_number"],
    "email": ["/data/email"],
    "phone": ["/data/phone"],
}
ITEM = {
    "item.sku": ["/sku"],
    "item.quantity": ["/quantity"],
    "item.amount": ["/amount"],
    "item.amount_minor": ["/amount_minor"],
    "item.name": ["/name"],
    "item.category": ["/category"],
}
DEFAULT_PARTS: Mapping[str, Parts] = {
    "enrol": {**MEMBER, "name": ["/data/name"], "birth_date": ["/data/birth_date"]},
    "earn": {
        **MEMBER,
        **ITEM,
        "reference": ["/data/reference", "/data/order_id", "/id"],
        "amount": ["/data/amount", "/data/total"],
        "amount_minor": ["/data/amount_minor"],
        "currency": ["/data/currency"],
        "items": ["/data/items"],
        "tenders": ["/data/tenders"],
        "location": ["/data/location_id"],
        "channel": ["/data/channel"],
    },
    "return": {
        "purchase": ["/data/purchase_reference", "/data/order_reference", "/data/order_id", "/data/reference"],
        "reference": ["/data/return_reference", "/data/return_id", "/id"],
        "amount": ["/data/amount"],
        "amount_minor": ["/data/amount_minor"],
        "items": ["/data/items"],
        "item.sku": ["/sku"],
        "item.quantity": ["/quantity"],
    },
    "trigger": MEMBER,
}
"""For each act the parts that it can have. A part that is a list of pointers is the first that is there."""

ALIKE = (frozenset(MEMBER), frozenset({"amount", "amount_minor"}), frozenset({"item.amount", "item.amount_minor"}))
"""Parts of which one stands for the others."""

MONEY_TEXT = 18
ITEMS_MAX, TENDERS_MAX = 1_000, 50
_DIGITS = frozenset("0123456789")


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberNames:
    """How an event names its member: `ref` is an id or the brand's own number for them."""

    ref: str = ""
    card_number: str = ""
    email: str = ""
    phone: str = ""

    @property
    def any(self) -> str:
        """The name that is looked for first."""
        return self.ref or self.card_number or self.email or self.phone


@dataclass(slots=True)
class Reading:
    """Reads the parts of one event. Mistakes are gathered, each at its place in the event."""

    document: Any
    parts: Parts
    mistakes: list[dict] = field(default_factory=list)

    def finish(self) -> None:
        """Refusals: Invalid, with every mistake."""
        if self.mistakes:
            raise Invalid(self.mistakes, "The event lacks something, or it is not what was expected there.")

    def pointer(self, name: str) -> str:
        """Where the part is looked for first."""
        return _listed(self.parts.get(name, ""))[0]

    def find(self, name: str) -> tuple[Any, str]:
        return first(self.document, _listed(self.parts[name])) if self.parts.get(name) else (MISSING, "")

    def wrong(self, pointer: str, code: str, detail: str) -> None:
        self.mistakes.append({"pointer": pointer, "code": code, "detail": detail})

    def text(self, name: str, *, most: int, required: bool = False) -> str:
        """A text; a whole number is taken as one, as ids often are."""
        value, pointer = self.find(name)
        if value is MISSING:
            if required:
                self.wrong(pointer, "required", f"The {_words(name)} is missing.")
            return ""
        return self._text(value, pointer, most)

    def member(self) -> MemberNames:
        """Whom it is about."""
        phone = self.text("phone", most=40)
        return MemberNames(
            ref=self.text("member", most=120),
            card_number=self.text("card_number", most=40).replace(" ", ""),
            email=self.text("email", most=254),
            phone=phone,
        )

    def money(self, name: str, currency: str) -> int | None:
        """An amount in minor units: a decimal number in the part, or whole minor units in its sibling; None where
        neither is there."""
        minor, pointer = self.find(f"{name}_minor")
        if minor is not MISSING:
            return self._minor(minor, pointer)
        value, pointer = self.find(name)
        return None if value is MISSING else self._money(value, pointer, currency)

    def day(self, name: str) -> date | None:
        text = self.text(name, most=40)
        if not text:
            return None
        try:
            return date.fromisoformat(text[:10])
        except ValueError:
            self.wrong(self.find(name)[1], "invalid-format", "A date like 1990-12-31 is wanted here.")
            return None

    def items(self, currency: str, labels: Mapping[str, str]) -> list[ItemFacts]:
        """The lines of a purchase, in minor units; `labels` are put on each."""
        found = []
        for line, at in self._elements("items", ITEMS_MAX):
            one = Reading(line, self.parts)
            sku, quantity = one.text("item.sku", most=120, required=True), one.quantity()
            amount = one.money("item.amount", currency)
            own = line.get("labels") if isinstance(line.get("labels"), dict) else {}
            kept = {str(key)[:60]: value[:200] for key, value in own.items() if isinstance(value, str)}
            name, category = one.text("item.name", most=200), one.text("item.category", most=120)
            if amount is None:
                one.wrong(one.pointer("item.amount"), "required", "The amount of the line is missing.")
            self._take(one, at)
            found.append(
                ItemFacts(
                    sku=sku, amount_minor=amount or 0, quantity=quantity, name=name, category=category,
                    labels={**kept, **labels},
                )
            )  # fmt: skip
        return found

    def returned(self) -> list[ReturnedItem]:
        """The pieces that came back."""
        found = []
        for line, at in self._elements("items", ITEMS_MAX):
            one = Reading(line, self.parts)
            found.append(ReturnedItem(sku=one.text("item.sku", most=120, required=True), quantity=one.quantity()))
            self._take(one, at)
        return found

    def tenders(self, currency: str) -> list[dict]:
        """What it was paid with."""
        found = []
        for line, at in self._elements("tenders", TENDERS_MAX):
            one = Reading(line, {"type": "/type", "amount": "/amount", "amount_minor": "/amount_minor"})
            kind, minor = one.text("type", most=40, required=True), one.money("amount", currency)
            self._take(one, at)
            found.append({"type": kind} | ({} if minor is None else {"amount_minor": minor}))
        return found

    def quantity(self) -> int | Decimal:
        """How many pieces, 1 where it is not said."""
        value, pointer = self.find("item.quantity")
        if value is MISSING:
            return 1
        try:
            whole = msgspec.convert(value if isinstance(value, int | str) else _decimal(value), Quantity)
        except msgspec.ValidationError:
            self.wrong(pointer, "invalid-format", "A quantity is a whole number, or a decimal like 1.250.")
            return 1
        return whole if isinstance(whole, int) else Decimal(whole)

    def _elements(self, name: str, most: int) -> list[tuple[dict, str]]:
        value, pointer = self.find(name)
        if value is MISSING:
            return []
        if not isinstance(value, list) or len(value) > most:
            self.wrong(pointer, "invalid-type", f"A list of at most {most} is wanted here.")
            return []
        for n, one in enumerate(value):
            if not isinstance(one, dict):
                self.wrong(f"{pointer}/{n}", "invalid-type", "An object is wanted here.")
        return [(one, f"{pointer}/{n}") for n, one in enumerate(value) if isinstance(one, dict)]

    def _take(self, one: "Reading", at: str) -> None:
        self.mistakes += [mistake | {"pointer": at + mistake["pointer"]} for mistake in one.mistakes]

    def _text(self, value: Any, pointer: str, most: int) -> str:
        text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
        if not isinstance(text, str):
            self.wrong(pointer, "invalid-type", "A text is wanted here.")
            return ""
        text = text.strip()
        if len(text) > most or not text.isprintable():
            self.wrong(pointer, "invalid-length", f"At most {most} characters that can be seen are wanted here.")
            return ""
        return text

    def _money(self, value: Any, pointer: str, currency: str) -> int:
        text = value.strip() if isinstance(value, str) else _decimal(value)
        whole, point, decimals = text.partition(".")
        digits = whole + decimals
        if not digits or not _DIGITS.issuperset(digits) or not whole or (point and not decimals):
            return self._no_money(pointer)
        if len(text) > MONEY_TEXT:
            return self._no_money(pointer)
        try:
            # 12.5000 is as good as 12.50.
            return to_minor(f"{whole}.{decimals.rstrip('0')}".rstrip("."), currency, pointer)
        except Invalid as refusal:
            self.mistakes += refusal.errors
            return 0

    def _no_money(self, pointer: str) -> int:
        self.wrong(pointer, "invalid-format", "A decimal number that is not negative is wanted here, like 12.50.")
        return 0

    def _minor(self, value: Any, pointer: str) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 10**15:
            self.wrong(pointer, "invalid-type", "A whole number of minor units is wanted here.")
            return 0
        return value


def facts_in(document: Any, facts: Mapping[str, str]) -> dict[str, Any]:
    """What rules may ask besides, by name; what is not there is left out."""
    found = {name: find(document, pointer) for name, pointer in facts.items()}
    return {name: value for name, value in found.items() if value is not MISSING}


def _decimal(value: Any) -> str:
    """A JSON number as it was written, for `repr` gives back the shortest digits that mean it; what is none stays
    something that is no number."""
    return repr(value) if not isinstance(value, bool) else ""


def _listed(pointers: str | Sequence[str]) -> Sequence[str]:
    return [pointers] if isinstance(pointers, str) else pointers


def _words(name: str) -> str:
    return name.removeprefix("item.").replace("_", " ")
