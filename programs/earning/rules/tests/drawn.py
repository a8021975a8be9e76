"""Rules, orders and members drawn at random, for what holds of any."""

from hypothesis import strategies as st
from msgspec.structs import replace

from programs.earning.rules.catalogue import FACTS, LINE_FACTS, ORDER, WHOEVER, Kind
from programs.earning.rules.tests.orders import ANA, fixed, leaf, line, order, per, times

SKUS, CATEGORIES, TIERS = "ABC", ["toys", "coffee", ""], ["gold", "silver", ""]
TEXTS = {
    "order.channel": ["app", "web"],
    "member.tier": TIERS[:2],
    "line.sku": list(SKUS),
    "line.category": CATEGORIES[:2],
}
MORE = ("greaterThan", "greaterThanInclusive")


def told(minor: int) -> str:
    return f"{minor // 100}.{minor % 100:02}"


MONEY = st.integers(0, 50_000).map(told)


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
    def nodes(one):
        words = st.sampled_from(["all", "any"])
        joined = st.builds(lambda word, nodes: {word: nodes}, words, st.lists(one, min_size=1, max_size=3))
        return joined | one.map(lambda node: {"not": node})

    return st.recursive(inner, nodes, max_leaves=4)


def known(trigger: str) -> list:
    return [fact for fact in FACTS.values() if not fact.triggers or trigger in fact.triggers]


LABELS = st.builds(lambda value: leaf("line.labels.colour", "equal", value), st.sampled_from(["red", "blue"]))
OF_LINES = trees(leaves(LINE_FACTS.values()) | LABELS)
CONDITIONS = trees(leaves(known(ORDER), OF_LINES))
AUDIENCES = trees(leaves(known(WHOEVER)))
COUNTED = st.builds(lambda points, where: per(points, "10.00", where=where), st.integers(1, 9), st.none() | OF_LINES)
PIECES = st.builds(
    lambda points, per, where: {
        "type": "points.per_unit", "points": points, "per": per,
        "of": {"fact": "lines.quantity"} | ({"params": {"where": where}} if where else {}),
    },
    st.integers(1, 9), st.integers(1, 3), st.none() | OF_LINES,
)  # fmt: skip
BUNDLES = st.builds(
    lambda points, skus, most: {
        "type": "points.per_bundle", "points": points, "items": [{"sku": sku, "quantity": 2} for sku in sorted(skus)],
    } | ({"max_sets": most} if most else {}),
    st.integers(1, 99), st.sets(st.sampled_from(SKUS), min_size=1, max_size=2), st.none() | st.integers(1, 3),
)  # fmt: skip
FIXED = st.builds(lambda points, to: fixed(points, to=to), st.integers(1, 99), st.sampled_from(["member", "referrer"]))
EFFECTS = COUNTED | PIECES | BUNDLES | FIXED
FACTORS = st.sampled_from(["1.1", "1.05", "2", "3.5"])


def limits(*scopes: str, periods=("day", "month", "ever")) -> st.SearchStrategy:
    return st.builds(
        lambda scope, period, unit, most, way: {"scope": scope, "period": period, unit: most, "on_exceed": way},
        st.sampled_from(scopes), st.sampled_from(periods), st.sampled_from(["points", "times"]), st.integers(1, 60),
        st.sampled_from(["truncate", "reject"]),
    )  # fmt: skip


OWN = st.lists(limits("member", "recipient", "program"), max_size=2)


def rule(effects, conditions, group, limits, campaign) -> dict:
    made = {"effects": effects, "group": group, "limits": limits}
    made |= {"conditions": conditions} if conditions else {}
    return made | ({"campaign": campaign} if campaign else {})


GIVING = st.builds(
    rule, st.lists(EFFECTS, min_size=1, max_size=2), st.none() | CONDITIONS, st.sampled_from(["base", "bonus"]), OWN,
    st.sampled_from(["", "", "spring"]),
)  # fmt: skip
MULTIPLYING = st.builds(
    rule, st.lists(st.builds(times, FACTORS, st.none() | OF_LINES), min_size=1, max_size=1), st.none() | CONDITIONS,
    st.just("multiplier"), OWN, st.sampled_from(["", "spring"]),
)  # fmt: skip
RULES = st.lists(GIVING | MULTIPLYING, min_size=1, max_size=6)
BOUNDS = st.fixed_dictionaries({}, optional={"points": st.integers(1, 200), "times": st.integers(1, 4)})
CAMPAIGNS = st.fixed_dictionaries(
    {"key": st.just("spring"), "budget": BOUNDS, "per_member": BOUNDS},
    optional={"audience": AUDIENCES, "on_exceed": st.sampled_from(["truncate", "reject"])},
).map(lambda one: [one])
MODES = st.sampled_from(["all", "first", "best"])
GROUPS = st.builds(
    lambda base, bonus, multiplier, blocks: [
        {"key": "bonus", "mode": bonus, "blocks": blocks},
        {"key": "base", "stage": "base", "mode": base},
        {"key": "multiplier", "stage": "multiply", "mode": multiplier},
    ],
    MODES, MODES, MODES, st.sampled_from([[], ["base"], ["multiplier"]]),
)  # fmt: skip
LINES = st.lists(
    st.builds(
        lambda sku, minor, category, quantity, colour: line(
            sku, told(minor), category=category, quantity=quantity, **({"colour": colour} if colour else {})
        ),
        st.sampled_from(SKUS), st.integers(0, 30_000), st.sampled_from(CATEGORIES), st.integers(1, 9),
        st.sampled_from(["red", "blue", ""]),
    ),
    max_size=5,
)  # fmt: skip
MEMBERS = st.builds(
    lambda id, tier, before, referrer: replace(ANA, id=id, tier=tier, orders_before=before, referrer_id=referrer),
    st.sampled_from(["ana", "eve"]), st.sampled_from(TIERS), st.integers(0, 3), st.sampled_from(["", "ben"]),
)  # fmt: skip
ORDERS = st.builds(
    lambda lines, member, channel: order("", *lines, member=member, channel=channel),
    LINES, MEMBERS, st.sampled_from(["app", "web", ""]),
)  # fmt: skip


def rising(facts, where=None) -> st.SearchStrategy:
    """Conditions that a bigger order cannot break: only "at least" and "more", and no "not"."""
    asked = st.sampled_from(sorted(facts, key=lambda fact: fact.name)).flatmap(
        lambda fact: st.builds(
            lambda operator, value, where: leaf(fact.name, operator, value, where),
            st.sampled_from(MORE), value_of(fact, "equal"), where if where is not None else st.none(),
        )
    )  # fmt: skip
    words = st.sampled_from(["all", "any"])
    return st.recursive(
        asked,
        lambda one: st.builds(lambda word, nodes: {word: nodes}, words, st.lists(one, min_size=1, max_size=3)),
        max_leaves=4,
    )


RISING = rising([FACTS[f"lines.{name}"] for name in ("amount", "quantity", "count")], st.none() | OF_LINES) | rising(
    [FACTS["order.net"]]
)
CUTS = st.lists(
    st.builds(
        lambda scope, most: {"scope": scope, "period": "ever", "points": most},
        st.sampled_from(["member", "recipient", "program"]), st.integers(1, 300),
    ),
    max_size=2,
)  # fmt: skip
OF_CAMPAIGN = st.sampled_from(["", "spring"])
RISING_RULES = st.lists(
    st.builds(
        rule, st.lists(EFFECTS, min_size=1, max_size=3), st.none() | RISING, st.sampled_from(["base", "bonus"]), CUTS,
        OF_CAMPAIGN,
    )
    | st.builds(
        rule, st.lists(st.builds(times, FACTORS, st.none() | OF_LINES), min_size=1, max_size=2), st.none() | RISING,
        st.just("multiplier"), CUTS, OF_CAMPAIGN,
    ),
    min_size=1, max_size=5,
)  # fmt: skip
MOST = st.fixed_dictionaries({}, optional={"points": st.integers(1, 300)})
RISING_CAMPAIGNS = st.fixed_dictionaries({"key": st.just("spring"), "budget": MOST, "per_member": MOST}).map(
    lambda one: [one]
)
