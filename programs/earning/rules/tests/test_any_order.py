# ruff: noqa: E501
"""What holds for any rules and any order."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from programs.earning.rules.asking import ask
from programs.earning.rules.catalogue import FACTS, LINE_FACTS, ORDER, Kind
from programs.earning.rules.deciding import Used, decide
from programs.earning.rules.tests.orders import ANA, NOON, complete, fixed, leaf, line, order, per, snapshot, times

SKUS, CATEGORIES, TIERS = "ABC", ["toys", "coffee", ""], ["gold", "silver", ""]
TEXTS = {
    "order.channel": ["app", "web"],
    "member.tier": TIERS[:2],
    "line.sku": list(SKUS),
    "line.category": CATEGORIES[:2],
}
MONEY = st.integers(0, 50_000).map(lambda minor: f"{minor // 100}.{minor % 100:02}")


def value_of(fact, operator) -> st.SearchStrategy:
    match fact.kind:
        case Kind.MONEY:
            one = MONEY
        case Kind.INTEGER | Kind.QUANTITY:
            one = st.integers(0, 5)
        case Kind.BOOLEAN:
            one = st.booleans()
        case _:
            one = st.sampled_from(TEXTS.get(fact.name, ["vip", "card"]))
    return st.lists(one, min_size=1, max_size=3) if operator in ("in", "notIn") else one


def leaves(facts, where=None) -> st.SearchStrategy:
    def of(fact):
        def asked(operator):
            value = value_of(fact, operator)
            narrowed = where if where is not None and fact.name.startswith("lines.") else st.none()
            return st.builds(lambda v, w: leaf(fact.name, operator, v, w), value, narrowed)

        return st.sampled_from(fact.operators).flatmap(asked)

    return st.sampled_from(sorted(facts, key=lambda fact: fact.name)).flatmap(of)


def trees(inner) -> st.SearchStrategy:
    return st.recursive(
        inner,
        lambda one: st.builds(lambda word, nodes: {word: nodes}, st.sampled_from(["all", "any"]), st.lists(one, min_size=1, max_size=3))
        | one.map(lambda node: {"not": node}),
        max_leaves=4,
    )  # fmt: skip


OF_LINES = trees(leaves(LINE_FACTS.values()))
CONDITIONS = trees(leaves([fact for fact in FACTS.values() if not fact.triggers or ORDER in fact.triggers], OF_LINES))
COUNTED = st.builds(lambda points, where: per(points, "10.00", where=where), st.integers(1, 9), st.none() | OF_LINES)
RULES = st.lists(
    st.builds(
        lambda conditions, effect, group: {"effects": [effect], "group": group} | ({"conditions": conditions} if conditions else {}),
        st.none() | CONDITIONS, COUNTED | st.integers(1, 99).map(fixed), st.sampled_from(["base", "bonus"]),
    )
    | st.builds(lambda f, w: {"effects": [times(f, w)], "group": "multiplier"}, st.sampled_from(["1.1", "2", "3.5"]), st.none() | OF_LINES),
    min_size=1, max_size=6,
)  # fmt: skip
LINES = st.lists(
    st.builds(
        lambda sku, minor, category, quantity: line(sku, f"{minor // 100}.{minor % 100:02}", category=category, quantity=quantity),
        st.sampled_from(SKUS), st.integers(0, 30_000), st.sampled_from(CATEGORIES), st.integers(1, 9),
    ),
    max_size=5,
)  # fmt: skip
ORDERS = st.builds(
    lambda lines, tier, channel, before: order("", *lines, member=replace(ANA, tier=tier, orders_before=before), channel=channel),
    LINES, st.sampled_from(TIERS), st.sampled_from(["app", "web", ""]), st.integers(0, 3),
)  # fmt: skip


@settings(deadline=None, max_examples=150)
@given(RULES, ORDERS)
def test_what_the_index_finds_is_what_a_full_scan_finds(rules, happening):
    made = snapshot(*rules)
    assert decide(made, happening).gifts == decide(made, happening, explain=True).gifts


def bare(tree, lines_seen, happening) -> bool:
    """The same conditions asked the slow way, line by line."""
    if "all" in tree:
        return all(bare(one, lines_seen, happening) for one in tree["all"])
    if "any" in tree:
        return any(bare(one, lines_seen, happening) for one in tree["any"])
    if "not" in tree:
        return not bare(tree["not"], lines_seen, happening)
    name, value = tree["fact"], tree["value"]
    if name.startswith("line."):
        (one,) = lines_seen
        told = {
            "sku": one.sku,
            "name": one.name,
            "category": one.category,
            "amount": one.amount_minor,
            "quantity": one.quantity,
        }
        found = told[name.removeprefix("line.")]
    elif name.startswith("lines."):
        where = tree.get("params", {}).get("where")
        chosen = [one for one in lines_seen if where is None or bare(where, [one], happening)]
        kept = {"amount": sum(one.amount_minor for one in chosen), "quantity": sum(one.quantity for one in chosen)}
        found = (kept | {"count": len(chosen)})[name.removeprefix("lines.")]
    else:
        member = happening.member
        found = {
            "order.net": happening.purchase.amount_minor, "order.channel": happening.purchase.source, "order.location": "",
            "order.tenders": frozenset(), "member.tier": member.tier, "member.segments": frozenset(),
            "member.orders_before": member.orders_before, "member.spend_before": 0, "member.is_birthday": False,
            "member.is_birthday_month": False, "member.days_since_joining": 0, "member.referred": False,
        }[name]  # fmt: skip
    if name.endswith((".amount", ".net", "spend_before")):
        minor = lambda text: int(text.replace(".", ""))  # noqa: E731
        value = [minor(one) for one in value] if isinstance(value, list) else minor(value)
    return {
        "equal": lambda: found == value, "notEqual": lambda: found != value, "in": lambda: found in value,
        "notIn": lambda: found not in value, "lessThan": lambda: found < value, "lessThanInclusive": lambda: found <= value,
        "greaterThan": lambda: found > value, "greaterThanInclusive": lambda: found >= value,
        "contains": lambda: value in found, "doesNotContain": lambda: value not in found,
    }[tree["operator"]]()  # fmt: skip


@settings(deadline=None, max_examples=300)
@given(CONDITIONS, ORDERS)
def test_conditions_mean_what_they_say_line_by_line(tree, happening):
    made = snapshot({"effects": [fixed(1)], "conditions": tree})
    (one,) = made.compiled
    assert one.holds(made.see(happening)) == bare(tree, happening.purchase.items, happening)
    assert ask(one.rule.conditions)(made.see(happening)) == one.holds(made.see(happening))


@settings(deadline=None, max_examples=100)
@given(
    st.lists(COUNTED.filter(lambda one: True), min_size=1, max_size=3),
    st.lists(st.sampled_from(["1.1", "2"]), max_size=2),
    LINES,
    LINES,
)
def test_a_bigger_order_never_earns_less(effects, factors, lines, more):
    rules = [{"effects": [one]} for one in effects] + [{"effects": [times(f)], "group": "multiplier"} for f in factors]
    made = snapshot(*rules)
    assert decide(made, order("", *lines)).points_of() <= decide(made, order("", *lines, *more)).points_of()


LIMITS = st.builds(
    lambda scope, period, unit, most, way: {"scope": scope, "period": period, unit: most, "on_exceed": way},
    st.sampled_from(["member", "recipient", "program"]), st.sampled_from(["day", "month", "ever"]),
    st.sampled_from(["points", "times"]), st.integers(1, 60), st.sampled_from(["truncate", "reject"]),
)  # fmt: skip


@settings(deadline=None, max_examples=100)
@given(st.lists(LIMITS, min_size=1, max_size=3), st.lists(st.tuples(ORDERS, st.integers(0, 40)), max_size=8))
def test_limits_are_never_passed(limits, orders):
    made = snapshot(
        {"effects": [fixed(7), per(3, "10.00")], "limits": limits},
        {"effects": [times("2")], "group": "multiplier", "limits": limits},
    )
    used: dict = {}
    for one, days in orders:
        at = NOON + timedelta(days=days)
        for counter, added in decide(made, replace(one, at=at), used).used.items():
            before = used.get(counter, Used())
            used[counter] = Used(before.points + added.points, before.times + added.times)
    for counter, so_far in used.items():
        for limit in limits:
            if (limit["scope"], limit["period"]) == (counter.scope, counter.period):
                assert so_far.points <= limit.get("points", so_far.points)
                assert so_far.times <= limit.get("times", so_far.times)


@settings(deadline=None, max_examples=50)
@given(RULES)
def test_any_tree_that_can_be_built_compiles(rules):
    assert len(snapshot(*rules).compiled) == len([complete(rule, n) for n, rule in enumerate(rules)])
