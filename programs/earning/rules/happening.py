"""What happened, as the rules see it: a purchase or an event of a member, with what was true of the member then."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import compress
from operator import attrgetter
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from loyalty.errors import Invalid
from programs.earning.facts import LinesByFact, PurchaseFacts
from programs.earning.rules.catalogue import LABELS, ORDER, Kind
from programs.earning.rules.places import INTEGER_MAX, UNTELLABLE, Mistakes, Place

_BITS = bytes(byte == ord("1") for byte in range(256))
# What an event tells in words is often what somebody wrote.
WORDS_MAX, ELEMENTS_MAX = 5000, 500
_PLACES = tuple(1 << place for place in range(1000))
# From so many lines and sums on, it pays to keep which lines have which binary digits.
SLICED_LINES, SLICED_SUMS = 64, 16
# The field of an item that tells each fact of a line; labels are one field for all of theirs.
FIELDS = {
    "line.sku": "sku",
    "line.name": "name",
    "line.category": "category",
    "line.amount": "amount_minor",
    "line.quantity": "quantity",
}


class MemberFacts(msgspec.Struct, frozen=True, kw_only=True):
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
    attributes: Mapping[str, str] = msgspec.field(default_factory=dict)


class Happening(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that can earn points: a purchase, or an event with its fields (money in minor units)."""

    at: datetime
    member: MemberFacts
    trigger: str = ORDER
    purchase: PurchaseFacts | None = None
    tenders: frozenset[str] = frozenset()
    event: Mapping[str, object] = msgspec.field(default_factory=dict)


def slices(values: Sequence[int | Decimal]) -> Callable[[int], int | Decimal]:
    """Makes a function that adds up the values of some lines in as many steps as they have binary digits, rather than
    lines: for each digit it keeps of which lines it is set."""
    places = max((-value.as_tuple().exponent for value in values if isinstance(value, Decimal)), default=None)
    if places is None:
        whole = list(values)
    else:
        places = max(places, 0)
        whole = [int(value.scaleb(places)) if isinstance(value, Decimal) else value * 10**places for value in values]
    if min(whole) < 0:
        return lambda mask: _added(values, mask)
    width = max(1, max(whole).bit_length())
    digits = "".join([f"{value:0{width}b}" for value in reversed(whole)])
    of_digits = [int(digits[digit::width], 2) for digit in range(width)]

    def add(mask: int) -> int | Decimal:
        found = 0
        for lines in of_digits:
            found = found + found + (mask & lines).bit_count()
        return found if places is None else Decimal(found).scaleb(-places)

    return add


def _added(values: Sequence, mask: int):
    if not mask & (mask - 1):
        return values[mask.bit_length() - 1] if mask else 0
    return sum(compress(values, f"{mask:b}"[::-1].encode().translate(_BITS)))


def _bits(count: int) -> Sequence[int]:
    """A bit for each of so many lines."""
    return _PLACES[:count] if count <= len(_PLACES) else [1 << place for place in range(count)]


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

    __slots__ = ("_at", "_day", "_local", "_masks", "_orders", "_sums", "_values", "_zone", "all_lines",
                 "event", "lines", "member", "net", "purchase", "tenders", "trigger")  # fmt: skip

    def __init__(self, happening: Happening, zone: ZoneInfo):
        self.trigger, self.member, self.event = happening.trigger, happening.member, happening.event
        self.purchase, self.tenders = happening.purchase, happening.tenders
        self.net = happening.purchase.amount_minor if happening.purchase else 0
        self.lines = happening.purchase.items if happening.purchase else ()
        self.all_lines = (1 << len(self.lines)) - 1
        self._at, self._zone, self._local, self._day = happening.at, zone, None, None
        self._masks: dict[str, dict] = {}
        self._values: dict[str, list] = {}
        self._orders: dict[str, tuple[list, list[int]] | None] = {}
        self._sums: dict[tuple[str, int], object] = {}

    @property
    def local(self) -> datetime:
        """The moment by the program's clock."""
        if self._local is None:
            self._local = self._at.astimezone(self._zone)
        return self._local

    @property
    def day(self) -> date:
        """The day by the program's clock."""
        if self._day is None:
            self._day = self.local.date()
        return self._day

    def values(self, name: str) -> list:
        """A fact of every line, in their order."""
        found = self._values.get(name)
        if found is None:
            field = FIELDS.get(name)
            if field:
                found = self._field(field)
            else:
                key = name.removeprefix(LABELS)
                found = [labels.get(key, "") for labels in self._field("labels")]
            self._values[name] = found
        return found

    def _field(self, name: str) -> list:
        lines = self.lines
        return lines.by_fact[name] if type(lines) is LinesByFact else list(map(attrgetter(name), lines))

    def masks(self, name: str) -> dict:
        """The lines of each value of a fact; those without it are left out."""
        found = self._masks.get(name)
        if found is None:
            found = {}
            for value, bit in zip(self.values(name), _bits(len(self.lines)), strict=True):
                if value != "":
                    found[value] = found.get(value, 0) | bit
            self._masks[name] = found
        return found

    def below(self, name: str, bound, *, inclusive: bool) -> int:
        """The lines whose fact is less than the bound."""
        orders = self._orders
        if name not in orders:
            # Mostly there is one such question; only further ones are worth an order of the values.
            orders[name] = None
            values = self.values(name)
            is_below = [value <= bound for value in values] if inclusive else [value < bound for value in values]
            return sum(compress(_bits(len(values)), is_below))
        if orders.get(name) is None:
            masks = self.masks(name)
            values = sorted(masks)
            upto = [0]
            for value in values:
                upto.append(upto[-1] | masks[value])
            orders[name] = values, upto
        values, upto = orders[name]
        return upto[(bisect_right if inclusive else bisect_left)(values, bound)]

    def pieces(self) -> dict:
        """How many pieces there are of each SKU."""
        found = self._masks.get("pieces")
        if found is None:
            found = self._masks["pieces"] = {}
            for sku, quantity in zip(self.values("line.sku"), self.values("line.quantity"), strict=True):
                found[sku] = found.get(sku, 0) + quantity
        return found

    def total(self, name: str, mask: int):
        """The sum of a fact over some lines."""
        found = self._sums.get((name, mask))
        if found is None:
            if mask == self.all_lines:
                found = sum(self.values(name))
            elif len(self.lines) > SLICED_LINES and len(self._sums) > SLICED_SUMS:
                found = self._sliced(name)(mask)
            else:
                found = _added(self.values(name), mask)
            self._sums[name, mask] = found
        return found

    def _sliced(self, name: str) -> Callable[[int], object]:
        found = self._masks.get(f"slices of {name}")
        if found is None:
            found = self._masks[f"slices of {name}"] = slices(self.values(name))
        return found
