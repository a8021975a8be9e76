"""A rule as a sentence that anybody can check."""

from collections.abc import Sequence
from datetime import datetime
from fractions import Fraction
from zoneinfo import ZoneInfo

from loyalty.http.money import from_minor
from programs.earning.rules.catalogue import EVENT, JOINED, LINES, ORDER, TRIGGERS, Kind
from programs.earning.rules.effects import FIXED, MULTIPLY, PER_AMOUNT, PER_BUNDLE, PER_UNIT
from programs.earning.rules.model import Effect, Every, Leaf, Life, Limit, Node, Not, Rule, Schedule

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
OF = {"member": "a member", "recipient": "a receiver", "campaign": "the campaign", "program": "the program"}
FOR_EACH = {"member": " for each member", "recipient": " for each receiver", "campaign": " in the whole campaign"}
SHOWN_MAX = 6
IS = {
    "equal": "is", "notEqual": "is not", "in": "is", "notIn": "is none of", "lessThan": "less than",
    "lessThanInclusive": "at most", "greaterThan": "more than", "greaterThanInclusive": "at least",
}  # fmt: skip
OPPOSITE = {
    "equal": "notEqual", "in": "notIn", "lessThan": "greaterThanInclusive", "greaterThan": "lessThanInclusive",
    "contains": "doesNotContain",
}  # fmt: skip
OPPOSITE |= {turned: word for word, turned in OPPOSITE.items()}
# What is said of facts that are true or not, and of lists, better than by their labels.
YES = {
    "member.is_birthday": "on the birthday",
    "member.is_birthday_month": "in the birthday month",
    "member.referred": "referred by a member",
}
HAS = {"member.segments": "in segment", "order.tenders": "paid by"}
UNITS = {"lines.amount": "lines", "lines.quantity": "pieces", "lines.count": "lines"}


def sentence(rule: Rule, currency: str) -> str:
    """The rule in words: "Order total at least 250.00 and channel is app: 50 points, once a month for each member."
    Its times are those of the program's clock."""
    when = [_schedule(rule.schedule), told(rule.conditions, currency)]
    if rule.trigger == ORDER:
        when = [one for one in when if one] or ["every purchase"]
    else:
        when = [one for one in (_trigger(rule.trigger), *when) if one]
    gives = _joined([given(effect, currency) for effect in rule.effects], "and")
    bounds = "".join(f", {limited(limit)}" for limit in rule.limits)
    stops = ", and nothing more of its group" if rule.stop else ""
    first = ", ".join(when)
    return f"{first[:1].upper()}{first[1:]}: {gives}{bounds}{stops}."


def told(node: Node, currency: str, *, is_inner: bool = False) -> str:
    """A tree of conditions in words; nothing for one that always holds."""
    match node:
        case Leaf():
            return _leaf(node, currency)
        case Not(node=Leaf() as leaf):
            return _leaf(Leaf(leaf.fact, OPPOSITE[leaf.operator], leaf.value, leaf.where), currency)
        case Not():
            return f"not ({told(node.node, currency) or 'always'})"
    word = " and " if isinstance(node, Every) else " or "
    parts = [part for one in node.nodes if (part := told(one, currency, is_inner=True))]
    joined = word.join(parts)
    return f"({joined})" if is_inner and len(parts) > 1 else joined


def given(effect: Effect, currency: str) -> str:
    """One effect in words."""
    return _given(effect, currency) + _life(effect.life)


def _given(effect: Effect, currency: str) -> str:
    points = _many(effect.points, "point")
    match effect.type:
        case _ if effect.type == FIXED:
            return f"{points} to the referrer" if effect.to == "referrer" else points
        case _ if effect.type == PER_AMOUNT:
            of = (
                "the order" if not effect.of.fact.name.startswith(LINES) else _lines("lines", effect.of.where, currency)
            )
            return f"{points} for each full {from_minor(effect.per, currency)} {currency} of {of}"
        case _ if effect.type == PER_UNIT:
            unit = UNITS[effect.of.fact.name][:-1]
            each = unit if effect.per == 1 else f"full {effect.per} {unit}s"
            return f"{points} for each {_lines(each, effect.of.where, currency)}"
        case _ if effect.type == PER_BUNDLE:
            items = _joined([f"{item.quantity} {item.sku}" for item in effect.items], "and")
            most = f", at most {_many(effect.max_sets, 'set')}" if effect.max_sets else ""
            return f"{points} for each set of {items}{most}"
        case _ if effect.type == MULTIPLY:
            where = f" on {_lines('lines', effect.where, currency)}" if effect.where else ""
            return f"{plain(effect.factor)} times the points of {_joined(effect.target, 'and')}{where}"
        case "stamp.add":
            return f"{_many(effect.points, 'stamp')} on {effect.code}"
    return f"the {effect.type.partition('.')[0]} {effect.code}"


def limited(limit: Limit) -> str:
    """A limit in words, as a part of a sentence."""
    each = FOR_EACH.get(limit.scope, " in all")
    period = "" if limit.period == "ever" else f" a {limit.period}"
    if limit.times is not None:
        return f"once{period}{each}" if limit.times == 1 else f"at most {limit.times:,} times{period}{each}"
    whole = "" if limit.truncate else ", whole or not at all"
    return f"at most {_many(limit.points, 'point')}{period}{each}{whole}"


def bound(limit: Limit) -> str:
    """A limit in words, as the reason why less was given."""
    count, unit = (limit.times, "time") if limit.points is None else (limit.points, "point")
    amount = f"{count} {unit}{'s' * (count != 1)}"
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
    if isinstance(value, frozenset | tuple | list):
        return ", ".join(value_told(kind, one, currency) for one in _in_order(value))
    if kind is Kind.MONEY:
        return from_minor(value, currency)
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def _leaf(leaf: Leaf, currency: str) -> str:
    name, operator = leaf.fact.name, leaf.operator
    if name in YES:
        return YES[name] if (operator == "equal") == leaf.value else f"not {YES[name]}"
    if name in HAS:
        return f"{'not ' if operator == 'doesNotContain' else ''}{HAS[name]} {leaf.value}"
    if leaf.fact.kind is Kind.LIST:
        return f"{leaf.fact.label.lower()} {'has' if operator == 'contains' else 'has not'} {leaf.value}"
    if name == "member.orders_before" and (operator, leaf.value) in (("equal", 0), ("lessThan", 1)):
        return "first purchase"
    if name == "lines.count" and (operator, leaf.value) in (("greaterThanInclusive", 1), ("greaterThan", 0)):
        return f"a {_lines('line', leaf.where, currency)}"
    if name == "lines.count" and (operator, leaf.value) in (("equal", 0), ("lessThan", 1)):
        return f"no {_lines('line', leaf.where, currency)}"
    label = _lines(leaf.fact.label.lower(), leaf.where, currency) if name.startswith(LINES) else leaf.fact.label.lower()
    return f"{label} {_asked(leaf, currency)}"


def _asked(leaf: Leaf, currency: str) -> str:
    if not isinstance(leaf.value, frozenset):
        return f"{IS[leaf.operator]} {value_told(leaf.fact.kind, leaf.value, currency)}"
    values = [value_told(leaf.fact.kind, one, currency) for one in _in_order(leaf.value)]
    if len(values) > SHOWN_MAX:
        values = [*values[: SHOWN_MAX - 1], f"{len(values) - SHOWN_MAX + 1} others"]
    return f"{IS[leaf.operator]} {_joined(values, 'or')}"


def _lines(what: str, where: Node | None, currency: str) -> str:
    asked = told(where, currency) if where else ""
    return f"{what} whose {asked}" if asked else what


def _trigger(trigger: str) -> str:
    if trigger.startswith(EVENT):
        return f"on {trigger.removeprefix(EVENT)}"
    return f"{'when' if trigger == JOINED else 'on'} {TRIGGERS[trigger]}"


def _schedule(schedule: Schedule) -> str:
    parts = []
    if schedule.weekdays:
        parts.append("on " + _joined([WEEKDAYS[day] for day in sorted(schedule.weekdays)], "and"))
    if schedule.hours:
        parts.append(f"between {schedule.hours[0]:%H:%M} and {schedule.hours[1]:%H:%M}")
    zone = ZoneInfo(schedule.timezone)
    starts, ends = (moment and moment.astimezone(zone) for moment in (schedule.starts_at, schedule.ends_at))
    if starts and ends and starts.date() == ends.date():
        parts.append(f"on {_day(starts)} between {starts:%H:%M} and {ends:%H:%M}")
    else:
        for word, moment in (("from", starts), ("until", ends)):
            if moment:
                clock = f" {moment:%H:%M}" if (moment.hour, moment.minute) != (0, 0) else ""
                parts.append(f"{word} {_day(moment)}{clock}")
    return " ".join(parts)


def _day(moment: datetime) -> str:
    return f"{moment.day} {moment:%B %Y}"


def _life(life: Life) -> str:
    parts = []
    if life.pending_days:
        parts.append(f"to be spent after {_many(life.pending_days, 'day')}")
    if life.expiry_months or life.expiry_days:
        kept = _many(life.expiry_months, "month") if life.expiry_months else _many(life.expiry_days, "day")
        parts.append(f"gone after {kept}")
    return f" ({', '.join(parts)})" if parts else ""


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}{'s' * (count != 1)}"


def _in_order(values) -> list:
    return sorted(values) if isinstance(values, frozenset) else list(values)


def _joined(parts: Sequence[str], word: str) -> str:
    return f"{', '.join(parts[:-1])} {word} {parts[-1]}" if len(parts) > 1 else "".join(parts)
