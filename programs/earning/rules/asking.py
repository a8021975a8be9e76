"""Conditions as functions of what happened. Made once when a rule set is compiled; asking then allocates nothing."""

from collections.abc import Callable
from operator import attrgetter

from programs.earning.rules.catalogue import ATTRIBUTES, EVENT_FACTS, LINES, Fact, Kind
from programs.earning.rules.happening import Seen
from programs.earning.rules.model import Every, Leaf, Measure, Node, Not, Some

TYPES_OF = {
    Kind.MONEY: (int,),
    Kind.INTEGER: (int,),
    Kind.QUANTITY: (int,),
    Kind.TEXT: (str,),
    Kind.BOOLEAN: (bool,),
    Kind.LIST: (tuple, list, frozenset),
}

SUMMED = {"lines.amount": "line.amount", "lines.quantity": "line.quantity"}
PLAIN: dict[str, Callable[[Seen], object]] = {
    "order.net": attrgetter("net"),
    "order.channel": attrgetter("purchase.source"),
    "order.location": attrgetter("purchase.location_id"),
    "order.tenders": attrgetter("tenders"),
    "member.tier": attrgetter("member.tier"),
    "member.segments": attrgetter("member.segments"),
    "member.orders_before": attrgetter("member.orders_before"),
    "member.spend_before": attrgetter("member.spend_before_minor"),
    "member.is_birthday": attrgetter("member.is_birthday"),
    "member.is_birthday_month": attrgetter("member.is_birthday_month"),
    "member.days_since_joining": attrgetter("member.days_since_joining"),
    "member.referred": lambda seen: bool(seen.member.referrer_id),
}


def ask(node: Node) -> Callable[[Seen], bool]:
    """Whether it holds."""
    match node:
        case Leaf():
            asked = _comparison(told(node.fact, node.where), node.operator, node.value)
            return _if_known(node.fact, asked) if node.fact.name.startswith(EVENT_FACTS) else asked
        case Every():
            return _every(tuple(map(ask, node.nodes)))
        case Some():
            return _some(tuple(map(ask, node.nodes)))
        case Not():
            inner = ask(node.node)
            return lambda seen: not inner(seen)


def told(fact: Fact, where: Node | None = None) -> Callable[[Seen], object]:
    """The fact's value; None where it is not known."""
    name = fact.name
    if name.startswith(LINES):
        return _of_lines(name, lines(where) if where else lambda seen: seen.all_lines)
    if name.startswith(ATTRIBUTES):
        key = name.removeprefix(ATTRIBUTES)
        return lambda seen: seen.member.attributes.get(key)
    if name.startswith(EVENT_FACTS):
        return _event_field(name.removeprefix(EVENT_FACTS), TYPES_OF[fact.kind])
    return PLAIN[name]


def _of_lines(name: str, chosen: Callable[[Seen], int]) -> Callable[[Seen], object]:
    if name == "lines.count":
        return lambda seen: chosen(seen).bit_count()
    of_line = SUMMED[name]

    def total(seen: Seen) -> object:
        mask = chosen(seen)
        return seen.total(of_line, mask) if mask else 0

    return total


class Amount:
    """How much there is of what points are counted by: of all of it, or of some lines only, of which the order's total
    is what they cost."""

    __slots__ = ("_lines", "_name")

    def __init__(self, measure: Measure):
        self._name = measure.fact.name
        self._lines = lines(measure.where) if measure.where else None

    def mask(self, seen: Seen) -> int | None:
        """The lines that it is counted on; None for the whole order."""
        return self._lines(seen) if self._lines else None

    def of(self, seen: Seen, mask: int | None):
        """How much there is on these lines, which are its own."""
        if self._name == "order.net":
            return seen.net
        return self._of(seen, seen.all_lines if mask is None else mask)

    def within(self, seen: Seen, mask: int):
        """How much of it those lines are."""
        if self._name == "order.net":
            return min(seen.net, seen.total("line.amount", mask))
        return self._of(seen, mask & self._lines(seen) if self._lines else mask)

    def _of(self, seen: Seen, mask: int):
        if not mask:
            return 0
        if self._name == "lines.count":
            return mask.bit_count()
        return seen.total(SUMMED[self._name], mask)


def lines(node: Node) -> Callable[[Seen], int]:
    """The lines of which it holds, a bit for each."""
    match node:
        case Leaf():
            return _line_leaf(node)
        case Not():
            inner = lines(node.node)
            return lambda seen: seen.all_lines & ~inner(seen)
    inners = tuple(map(lines, node.nodes))
    if isinstance(node, Some):
        return lambda seen: _union(inner(seen) for inner in inners)

    def every(seen: Seen) -> int:
        mask = seen.all_lines
        for inner in inners:
            mask &= inner(seen)
        return mask

    return every


def _union(masks) -> int:
    found = 0
    for mask in masks:
        found |= mask
    return found


def _of_any(masks: dict, values: frozenset) -> int:
    """The lines with any of the values; the shorter of the two lists is gone through."""
    found = 0
    if len(values) <= len(masks):
        for value in values:
            if mask := masks.get(value):
                found |= mask
    else:
        for value, mask in masks.items():
            if value in values:
                found |= mask
    return found


def _line_leaf(leaf: Leaf) -> Callable[[Seen], int]:
    name, value = leaf.fact.name, leaf.value
    match leaf.operator:
        case "equal":
            return lambda seen: seen.masks(name).get(value, 0)
        case "notEqual":
            return lambda seen: seen.all_lines & ~seen.masks(name).get(value, 0)
        case "in":
            return lambda seen: _of_any(seen.masks(name), value)
        case "notIn":
            return lambda seen: seen.all_lines & ~_of_any(seen.masks(name), value)
        case "lessThan":
            return lambda seen: seen.below(name, value, inclusive=False)
        case "lessThanInclusive":
            return lambda seen: seen.below(name, value, inclusive=True)
        case "greaterThan":
            return lambda seen: seen.all_lines & ~seen.below(name, value, inclusive=True)
        case "greaterThanInclusive":
            return lambda seen: seen.all_lines & ~seen.below(name, value, inclusive=False)
    raise AssertionError(leaf.operator)


def _event_field(field: str, types: tuple[type, ...]) -> Callable[[Seen], object]:
    def get(seen: Seen) -> object:
        value = seen.event.get(field)
        return value if type(value) in types else None

    return get


def _if_known(fact: Fact, asked: Callable[[Seen], bool]) -> Callable[[Seen], bool]:
    """Of what an event does not tell nothing holds, not even that it is something else."""
    get = told(fact)
    return lambda seen: get(seen) is not None and asked(seen)


def _comparison(get: Callable[[Seen], object], operator: str, value) -> Callable[[Seen], bool]:
    """What is not known equals nothing, and is neither less nor more than anything."""
    match operator:
        case "equal":
            return lambda seen: get(seen) == value
        case "notEqual":
            return lambda seen: get(seen) != value
        case "in":
            return lambda seen: get(seen) in value
        case "notIn":
            return lambda seen: get(seen) not in value
        case "lessThan":
            return lambda seen: (found := get(seen)) is not None and found < value
        case "lessThanInclusive":
            return lambda seen: (found := get(seen)) is not None and found <= value
        case "greaterThan":
            return lambda seen: (found := get(seen)) is not None and found > value
        case "greaterThanInclusive":
            return lambda seen: (found := get(seen)) is not None and found >= value
        case "contains":
            return lambda seen: value in get(seen)
        case "doesNotContain":
            return lambda seen: value not in get(seen)
    raise AssertionError(operator)


def _every(asked: tuple[Callable[[Seen], bool], ...]) -> Callable[[Seen], bool]:
    if len(asked) == 1:
        return asked[0]

    def every(seen: Seen) -> bool:
        for one in asked:  # noqa: SIM110 (all() over a generator costs twice as much)
            if not one(seen):
                return False
        return True

    return every


def _some(asked: tuple[Callable[[Seen], bool], ...]) -> Callable[[Seen], bool]:
    def some(seen: Seen) -> bool:
        for one in asked:  # noqa: SIM110 (any() over a generator costs twice as much)
            if one(seen):
                return True
        return False

    return some
