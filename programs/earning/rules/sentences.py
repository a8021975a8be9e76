"""A rule as a sentence that anybody can check."""

from fractions import Fraction

from loyalty.http.money import from_minor
from programs.earning.rules.catalogue import TRIGGERS, WORDS, Kind
from programs.earning.rules.effects import FIXED, MULTIPLY, PER_AMOUNT, PER_BUNDLE, PER_UNIT
from programs.earning.rules.model import Effect, Every, Leaf, Limit, Node, Not, Rule, Schedule

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
OF = {"member": "a member", "recipient": "a receiver", "campaign": "the campaign", "program": "the program"}


def sentence(rule: Rule, currency: str) -> str:
    """The rule in words: "Order total is at least 250.00 and channel is app: 50 points, at most 1 time a month." """
    when = [_schedule(rule.schedule), told(rule.conditions, currency)]
    when = [one for one in when if one]
    happens = TRIGGERS.get(rule.trigger, f"the event {rule.trigger.partition(':')[2]}")
    first = ", ".join(when) if when else f"Every time: {happens}"
    gives = " and ".join(given(effect, currency) for effect in rule.effects)
    bounds = "".join(f", at most {bound(limit)}" for limit in rule.limits)
    return f"{first[:1].upper()}{first[1:]}: {gives}{bounds}."


def told(node: Node, currency: str, *, is_inner: bool = False) -> str:
    """A tree of conditions in words; nothing for one that always holds."""
    match node:
        case Leaf():
            return _leaf(node, currency)
        case Not():
            return f"not ({told(node.node, currency)})"
    word = " and " if isinstance(node, Every) else " or "
    parts = [part for one in node.nodes if (part := told(one, currency, is_inner=True))]
    joined = word.join(parts)
    return f"({joined})" if is_inner and len(parts) > 1 else joined


def given(effect: Effect, currency: str) -> str:
    """One effect in words."""
    to = " to the referrer" if effect.to == "referrer" else ""
    match effect.type:
        case _ if effect.type == FIXED:
            return f"{effect.points} points{to}"
        case _ if effect.type in (PER_AMOUNT, PER_UNIT):
            of = effect.of.fact.label.lower() + (f" where {told(effect.of.where, currency)}" if effect.of.where else "")
            per = f"{from_minor(effect.per, currency)} {currency}" if effect.type == PER_AMOUNT else str(effect.per)
            return f"{effect.points} points for each full {per} of {of}"
        case _ if effect.type == PER_BUNDLE:
            items = " and ".join(f"{item.quantity} {item.sku}" for item in effect.items)
            most = f", {effect.max_sets} sets at most" if effect.max_sets else ""
            return f"{effect.points} points for each {items}{most}"
        case _ if effect.type == MULTIPLY:
            where = f" for lines where {told(effect.where, currency)}" if effect.where else ""
            return f"{plain(effect.factor)} times the points of {', '.join(effect.target)}{where}"
    return f"{effect.points} x {effect.code}"


def bound(limit: Limit) -> str:
    """A limit in words."""
    amount = f"{limit.points} points" if limit.points is not None else f"{limit.times} time{'s' * (limit.times != 1)}"
    period = "in all" if limit.period == "ever" else f"a {limit.period}"
    return f"{amount} for {OF[limit.scope]} {period}"


def plain(value: Fraction) -> str:
    """A fraction that came from decimals, as decimals."""
    digits = 0
    while (value * 10**digits).denominator != 1:
        digits += 1
    whole = str(int(value * 10**digits)).rjust(digits + 1, "0")
    return f"{whole[:-digits]}.{whole[-digits:]}" if digits else whole


def value_told(kind: Kind, value, currency: str) -> str:
    """One value in words; money with its decimals."""
    if isinstance(value, frozenset):
        return ", ".join(sorted(value_told(kind, one, currency) for one in value))
    if kind is Kind.MONEY:
        return from_minor(value, currency)
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def _leaf(leaf: Leaf, currency: str) -> str:
    where = f" where {told(leaf.where, currency)}" if leaf.where else ""
    return f"{leaf.fact.label.lower()}{where} {WORDS[leaf.operator]} {value_told(leaf.fact.kind, leaf.value, currency)}"


def _schedule(schedule: Schedule) -> str:
    parts = []
    if schedule.weekdays:
        parts.append("on " + ", ".join(WEEKDAYS[day] for day in sorted(schedule.weekdays)))
    if schedule.hours:
        parts.append(f"from {schedule.hours[0]:%H:%M} to {schedule.hours[1]:%H:%M}")
    if schedule.starts_at:
        parts.append(f"from {schedule.starts_at:%Y-%m-%d %H:%M} UTC")
    if schedule.ends_at:
        parts.append(f"until {schedule.ends_at:%Y-%m-%d %H:%M} UTC")
    return " ".join(parts)
