"""What a rule can ask about: one table of facts, read by the checks, the drop-downs, the schema and the sentences."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a fact's values are."""

    MONEY = "money"
    INTEGER = "integer"
    QUANTITY = "quantity"
    TEXT = "text"
    BOOLEAN = "boolean"
    LIST = "list"


EQUALITY = ("equal", "notEqual", "in", "notIn")
ORDERED = (*EQUALITY, "lessThan", "lessThanInclusive", "greaterThan", "greaterThanInclusive")
OPERATORS: dict[Kind, tuple[str, ...]] = {
    Kind.MONEY: ORDERED,
    Kind.INTEGER: ORDERED,
    Kind.QUANTITY: ORDERED,
    Kind.TEXT: EQUALITY,
    Kind.BOOLEAN: ("equal", "notEqual"),
    Kind.LIST: ("contains", "doesNotContain"),
}
WORDS = {
    "equal": "is",
    "notEqual": "is not",
    "in": "is one of",
    "notIn": "is none of",
    "lessThan": "is less than",
    "lessThanInclusive": "is at most",
    "greaterThan": "is more than",
    "greaterThanInclusive": "is at least",
    "contains": "has",
    "doesNotContain": "has not",
}


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that can be asked. `triggers` are the happenings of which it is known (none named: all). `choices` is
    where the values to choose from come from; `costs` is what has to be looked up before it can be told."""

    name: str
    kind: Kind
    label: str
    triggers: tuple[str, ...] = ()
    choices: str = ""
    costs: str = ""
    is_measured: bool = False

    @property
    def operators(self) -> tuple[str, ...]:
        """What can be asked of it."""
        return OPERATORS[self.kind]


ORDER = "order.paid"
JOINED = "member.joined"
BIRTHDAY = "member.birthday"
EVENT = "event:"
# No trigger at all: whoever a campaign is for, whatever happens.
WHOEVER = ""
TRIGGERS = {ORDER: "a purchase", JOINED: "a member joins", BIRTHDAY: "a member's birthday"}

_FACTS = (
    Fact("order.net", Kind.MONEY, "Order total", (ORDER,), is_measured=True),
    Fact("order.channel", Kind.TEXT, "Channel", (ORDER,), "channels"),
    Fact("order.location", Kind.TEXT, "Location", (ORDER,), "locations"),
    Fact("order.tenders", Kind.LIST, "Means of payment", (ORDER,), "tenders"),
    Fact("lines.amount", Kind.MONEY, "Amount of the lines", (ORDER,), is_measured=True),
    Fact("lines.quantity", Kind.QUANTITY, "Pieces", (ORDER,), is_measured=True),
    Fact("lines.count", Kind.INTEGER, "Lines", (ORDER,), is_measured=True),
    Fact("member.tier", Kind.TEXT, "Tier", (), "tiers", "tier"),
    Fact("member.segments", Kind.LIST, "Segments", (), "segments", "segments"),
    Fact("member.orders_before", Kind.INTEGER, "Orders before", (), "", "orders"),
    Fact("member.spend_before", Kind.MONEY, "Spent before", (), "", "orders"),
    Fact("member.is_birthday", Kind.BOOLEAN, "Birthday", (), "", "birthday"),
    Fact("member.is_birthday_month", Kind.BOOLEAN, "Birthday month", (), "", "birthday"),
    Fact("member.days_since_joining", Kind.INTEGER, "Days since joining"),
    Fact("member.referred", Kind.BOOLEAN, "Came by a referral", (), "", "referral"),
)
_LINE_FACTS = (
    Fact("line.sku", Kind.TEXT, "SKU", (ORDER,), "skus"),
    Fact("line.name", Kind.TEXT, "Name", (ORDER,)),
    Fact("line.category", Kind.TEXT, "Category", (ORDER,), "categories"),
    Fact("line.amount", Kind.MONEY, "Amount of the line", (ORDER,)),
    Fact("line.quantity", Kind.QUANTITY, "Pieces of the line", (ORDER,)),
)
FACTS: Mapping[str, Fact] = {fact.name: fact for fact in _FACTS}
LINE_FACTS: Mapping[str, Fact] = {fact.name: fact for fact in _LINE_FACTS}
LABELS = "line.labels."
ATTRIBUTES = "member.attributes."
EVENT_FACTS = "event."
LINES = "lines."


def find(name: str, trigger: str, events: Mapping[str, Mapping[str, str]]) -> Fact | None:
    """The fact of this name that is known when `trigger` happens; `events` are the brand's own kinds of event with
    the kinds of their fields."""
    if name.startswith(ATTRIBUTES) and len(name) > len(ATTRIBUTES):
        return Fact(name, Kind.TEXT, name.removeprefix(ATTRIBUTES), (), "", "attributes")
    if name.startswith(EVENT_FACTS) and trigger.startswith(EVENT):
        field = name.removeprefix(EVENT_FACTS)
        kind = events.get(trigger.removeprefix(EVENT), {}).get(field)
        return Fact(name, Kind(kind), field.replace("_", " ").capitalize(), (trigger,)) if kind else None
    fact = FACTS.get(name)
    return fact if fact and (not fact.triggers or trigger in fact.triggers) else None


def find_of_line(name: str) -> Fact | None:
    """The fact of this name about one line of an order."""
    if name.startswith(LABELS) and len(name) > len(LABELS):
        return Fact(name, Kind.TEXT, name.removeprefix(LABELS), (ORDER,), "labels")
    return LINE_FACTS.get(name)


def names(trigger: str, events: Mapping[str, Mapping[str, str]]) -> list[str]:
    """The facts that are known when `trigger` happens, for hints and drop-downs."""
    found = [fact.name for fact in FACTS.values() if not fact.triggers or trigger in fact.triggers]
    if trigger.startswith(EVENT):
        found += [EVENT_FACTS + field for field in events.get(trigger.removeprefix(EVENT), {})]
    return found
