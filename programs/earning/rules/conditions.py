"""Reading conditions: the tree of questions in the shape of json-rules-engine."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from programs.earning.rules import catalogue
from programs.earning.rules.catalogue import Fact, Kind
from programs.earning.rules.model import Every, Leaf, Measure, Node, Not, Some, Value
from programs.earning.rules.places import Place, shown

CONDITIONS_MAX = 100
DEPTH_MAX = 6
VALUES_MAX = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What a rule set is read for: a program's currency and time zone, the brand's kinds of event (with the kinds of
    their fields), and what can be chosen: {"tiers": {"gold", ...}}; what is not named there is not checked."""

    currency: str
    timezone: str
    events: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    choices: Mapping[str, frozenset[str]] = field(default_factory=dict)


class Conditions:
    """Reads the conditions of one rule, whose trigger is known, and counts them."""

    def __init__(self, context: Context, trigger: str):
        self.context, self.trigger, self.count = context, trigger, 0

    def read(self, place: Place) -> Node | None:
        """A tree about what happened."""
        return self._node(place, self._leaf, DEPTH_MAX)

    def where(self, place: Place) -> Node | None:
        """A tree about one line of an order."""
        return self._node(place, self._line_leaf, DEPTH_MAX)

    def measure(self, place: Place, kinds: tuple[Kind, ...]) -> Measure | None:
        """What points are counted by, of one of these kinds."""
        members = place.members(("fact",), ("params",))
        if members is None or "fact" not in members:
            return None
        fact = self._fact(members["fact"])
        if fact and not (fact.is_measured and fact.kind in kinds):
            fact = members["fact"].wrong("not_measured", f"Points are not counted by {fact.name} here.")
        if fact and "params" in members and not fact.name.startswith(catalogue.LINES):
            members["params"].wrong("unknown_member", "Only facts of lines can be narrowed.")
        where = self._params(members)
        return Measure(fact=fact, where=where) if fact else None

    def _node(self, place: Place, leaf: Callable[[Place], Node | None], depth: int) -> Node | None:
        if not isinstance(place.value, dict):
            return place.wrong("not_an_object", "A condition is an object.")
        if depth == 0:
            return place.wrong("too_deep", f"Conditions lie {DEPTH_MAX} deep at the most.")
        for name, made in (("all", Every), ("any", Some)):
            if name in place.value:
                members = place.members((name,)) or {}
                children = members[name].elements(most=CONDITIONS_MAX, least=int(name == "any"))
                nodes = [self._node(child, leaf, depth - 1) for child in children]
                return made(tuple(node for node in nodes if node))
        if "not" in place.value:
            node = self._node(place.members(("not",))["not"], leaf, depth - 1)
            return Not(node) if node else None
        self.count += 1
        if self.count == CONDITIONS_MAX + 1:
            place.wrong("too_many", f"A rule has {CONDITIONS_MAX} conditions at the most.")
        return leaf(place) if self.count <= CONDITIONS_MAX else None

    def _leaf(self, place: Place) -> Leaf | None:
        members = place.members(("fact", "operator", "value"), ("params",))
        if members is None or not {"fact", "operator", "value"} <= members.keys():
            return None
        fact = self._fact(members["fact"])
        where = self._params(members)
        if fact is None:
            return None
        if "params" in members and not fact.name.startswith(catalogue.LINES):
            return members["params"].wrong("unknown_member", "Only facts of lines can be narrowed.")
        return self._asked(fact, members, where)

    def _line_leaf(self, place: Place) -> Leaf | None:
        members = place.members(("fact", "operator", "value"))
        if members is None or not {"fact", "operator", "value"} <= members.keys():
            return None
        name = members["fact"].value
        fact = catalogue.find_of_line(name) if isinstance(name, str) else None
        if fact is None:
            detail = f"'{shown(name)}' is not a fact of an order line."
            return members["fact"].wrong("unknown_fact", detail, name, catalogue.LINE_FACTS)
        return self._asked(fact, members)

    def _params(self, members: Mapping[str, Place]) -> Node | None:
        if "params" not in members:
            return None
        inner = members["params"].members(("where",))
        return self.where(inner["where"]) if inner and "where" in inner else None

    def _fact(self, place: Place) -> Fact | None:
        name = place.value
        fact = catalogue.find(name, self.trigger, self.context.events) if isinstance(name, str) else None
        if fact:
            return fact
        known = catalogue.names(self.trigger, self.context.events)
        of = catalogue.TRIGGERS.get(self.trigger, "this event" if self.trigger else "a member")
        detail = f"'{shown(name)}' is not a fact of {of}."
        return place.wrong("unknown_fact", detail, name, known)

    def _asked(self, fact: Fact, members: Mapping[str, Place], where: Node | None = None) -> Leaf | None:
        operator = members["operator"].choice(fact.operators, "operator")
        if operator is None:
            return None
        value = self._value(fact, operator, members["value"])
        return None if value is None else Leaf(fact, operator, value, where)

    def _value(self, fact: Fact, operator: str, place: Place) -> Value | None:
        if operator not in ("in", "notIn"):
            return self._one(fact, place)
        values = [self._one(fact, element) for element in place.elements(most=VALUES_MAX, least=1)]
        return None if not values or None in values else frozenset(values)

    def _one(self, fact: Fact, place: Place) -> str | int | bool | Decimal | None:
        match fact.kind:
            case Kind.MONEY:
                return place.money(self.context.currency)
            case Kind.INTEGER | Kind.QUANTITY:
                return place.integer()
            case Kind.BOOLEAN:
                return place.boolean()
        known = self.context.choices.get(fact.choices)
        value = place.text()
        if value is not None and known is not None and value not in known:
            detail = f"There is no '{value}' among the {fact.choices}."
            return place.wrong("unknown_value", detail, value, known)
        return value
