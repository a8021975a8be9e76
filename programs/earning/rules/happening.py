"""What happened, as the rules see it: a purchase or an event of a member, with what was true of the member then."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import compress
from operator import attrgetter
from typing import Any
from zoneinfo import ZoneInfo

from loyalty.errors import Invalid
from programs.earning.facts import ItemFacts, PurchaseFacts
from programs.earning.rules.catalogue import LABELS, ORDER, Kind
from programs.earning.rules.places import INTEGER_MAX, UNTELLABLE, Mistakes, Place

_BITS = bytes(byte == ord("1") for byte in range(256))
# What an event tells in words is often what somebody wrote.
WORDS_MAX, ELEMENTS_MAX = 5000, 500
OF_LINE: dict[str, Callable[[ItemFacts], object]] = {
    "line.sku": attrgetter("sku"),
    "line.name": attrgetter("name"),
    "line.category": attrgetter("category"),
    "line.amount": attrgetter("amount_minor"),
    "line.quantity": attrgetter("quantity"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberFacts:
    """What was true of the member when it happened, this purchase not counted."""

    id: str = ""
    referrer_id: str = ""
    tier: str = ""
    segments: frozenset[str] = frozenset()
    orders_before: int = 0
    spend_before_minor: int = 0
    is_birthday: bool = False
    is_birthday_month: bool = False
    days_since_joining: int = 0
    attributes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """One thing that can earn points: a purchase, or an event with its fields (money in minor units)."""

    at: datetime
    member: MemberFacts
    trigger: str = ORDER
    purchase: PurchaseFacts | None = None
    tenders: frozenset[str] = frozenset()
    event: Mapping[str, object] = field(default_factory=dict)


def read_event(fields: Mapping[str, str], data: Any, currency: str) -> dict[str, object]:
    """What an event tells, as rules ask about it: `fields` are the kinds of its fields ("money", "integer", "quantity",
    "boolean", "text", "list"). Money is a decimal string and becomes minor units. Other fields are left out, and so
    are those that are null. Refusals: Invalid, with every mistake at its place."""
    mistakes = Mistakes()
    place = Place(data, mistakes)
    found: dict[str, object] = {}
    if isinstance(data, dict):
        for name, kind in fields.items():
            if data.get(name) is not None:
                found[name] = _field(place.at(name), kind, currency)
    else:
        place.wrong("not_an_object", "An object is wanted here.")
    if mistakes.found:
        raise Invalid(mistakes.found, "The event is not valid.")
    return found


def _field(place: Place, kind: str, currency: str) -> object:
    match kind:
        case Kind.MONEY:
            return place.money(currency)
        case Kind.INTEGER | Kind.QUANTITY:
            return place.integer(least=-INTEGER_MAX)
        case Kind.BOOLEAN:
            return place.boolean()
        case Kind.LIST:
            return tuple(_words(one) for one in place.elements(most=ELEMENTS_MAX))
    return _words(place)


def _words(place: Place) -> str | None:
    if isinstance(place.value, str) and len(place.value) <= WORDS_MAX and not UNTELLABLE.search(place.value):
        return place.value
    return place.wrong("not_a_text", f"A text of {WORDS_MAX} characters at most is wanted here.")


def indices(mask: int) -> tuple[int, ...]:
    """The places of the bits that are set."""
    return tuple(compress(range(mask.bit_length()), f"{mask:b}"[::-1].encode().translate(_BITS)))


class Seen:
    """A happening laid out for asking. Which lines something is true of is a number with a bit for each line, so that
    any tree of questions about lines costs a few operations on whole numbers, however many lines there are."""

    __slots__ = ("_at", "_local", "_masks", "_orders", "_sums", "_values", "_zone", "all_lines", "event", "lines",
                 "member", "net", "purchase", "tenders", "trigger")  # fmt: skip

    def __init__(self, happening: Happening, zone: ZoneInfo):
        self.trigger, self.member, self.event = happening.trigger, happening.member, happening.event
        self.purchase, self.tenders = happening.purchase, happening.tenders
        self.net = happening.purchase.amount_minor if happening.purchase else 0
        self.lines = happening.purchase.items if happening.purchase else ()
        self.all_lines = (1 << len(self.lines)) - 1
        self._at, self._zone, self._local = happening.at, zone, None
        self._masks: dict[str, dict] = {}
        self._values: dict[str, list] = {}
        self._orders: dict[str, tuple[list, list[int]]] = {}
        self._sums: dict[tuple[str, int], object] = {}

    @property
    def local(self) -> datetime:
        """The moment by the program's clock."""
        if self._local is None:
            self._local = self._at.astimezone(self._zone)
        return self._local

    def values(self, name: str) -> list:
        """A fact of every line, in their order."""
        found = self._values.get(name)
        if found is None:
            if name.startswith(LABELS):
                key = name.removeprefix(LABELS)
                found = [line.labels.get(key, "") for line in self.lines]
            else:
                found = list(map(OF_LINE[name], self.lines))
            self._values[name] = found
        return found

    def masks(self, name: str) -> dict:
        """The lines of each value of a fact; those without it are left out."""
        found = self._masks.get(name)
        if found is None:
            found, bit = {}, 1
            for value in self.values(name):
                if value != "":
                    found[value] = found.get(value, 0) | bit
                bit <<= 1
            self._masks[name] = found
        return found

    def below(self, name: str, bound, *, inclusive: bool) -> int:
        """The lines whose fact is less than the bound."""
        if name not in self._orders:
            masks = self.masks(name)
            values = sorted(masks)
            upto = [0]
            for value in values:
                upto.append(upto[-1] | masks[value])
            self._orders[name] = values, upto
        values, upto = self._orders[name]
        return upto[(bisect_right if inclusive else bisect_left)(values, bound)]

    def pieces(self) -> dict:
        """How many pieces there are of each SKU."""
        found = self._masks.get("pieces")
        if found is None:
            found = self._masks["pieces"] = {}
            for line in self.lines:
                found[line.sku] = found.get(line.sku, 0) + line.quantity
        return found

    def total(self, name: str, mask: int):
        """The sum of a fact over some lines."""
        found = self._sums.get((name, mask))
        if found is None:
            chosen = f"{mask:b}"[::-1].encode().translate(_BITS)
            found = self._sums[name, mask] = sum(compress(self.values(name), chosen))
        return found
