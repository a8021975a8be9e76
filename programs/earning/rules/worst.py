"""Rules and orders to measure with: the most expensive that can be, and such as brands have."""

from datetime import UTC, datetime, timedelta
from itertools import product

from programs.earning.facts import ItemFacts, PurchaseFacts
from programs.earning.rules.compiled import Snapshot
from programs.earning.rules.conditions import VALUES_MAX, Context
from programs.earning.rules.document import read_rules
from programs.earning.rules.happening import Happening, MemberFacts

CONTEXT = Context(currency="EUR", timezone="Europe/Berlin")
LINES_MAX = 1000
AT = datetime(2026, 4, 15, 12, tzinfo=UTC)
LETTERS = "abcdefghijklmnopqrstuvwxyz012345"
SKUS = ["".join(pair) for pair in product(LETTERS, LETTERS)][:LINES_MAX]
LABELS = 4


def worst_case() -> tuple[Snapshot, Happening]:
    """A document as large and as costly as may be, and an order of a thousand lines of which nothing can be left out:
    sums over lines that are different ones each time, long lists, labels, bundles, factors for some lines."""
    return Snapshot(read_rules(worst_document(), CONTEXT), 1), worst_order()


def worst_document() -> dict:
    """Rules of a hundred conditions that lie six deep and that hold only when all have been asked."""
    asked = [_sum(n) for n in range(480)] + [_list(n) for n in range(15)]
    asked += [_asked("lines.count", 0, _leaf(f"line.labels.l{n}", "notEqual", "none")) for n in range(LABELS)]
    rules = [_rule(f"sums-{n}", conditions=_deep(asked[n : n + 50])) for n in range(0, len(asked), 50)]
    rules += [_rule(f"bundles-{n}", effects=[_bundle(n * 20 + k) for k in range(20)]) for n in range(2)]
    rates = [_rate(n) for n in range(6)]
    factors = [
        {"type": "points.multiply", "factor": "1.1", "target": ["base"], "where": _quantity(n)} for n in range(10)
    ]
    rules += [_rule("rates", group="base", effects=rates), _rule("factors", group="multiplier", effects=factors)]
    return {"rules": rules}


def worst_order() -> Happening:
    """A thousand lines, each with a SKU, a category, a quantity and labels of its own, for a great deal of money."""
    items = tuple(
        ItemFacts(
            sku=sku,
            amount_minor=(1 << 42) + 7919 * n,
            quantity=n + 1,
            category=SKUS[-1 - n],
            labels={f"l{label}": f"v{n}" for label in range(50)},
        )
        for n, sku in enumerate(SKUS)
    )
    return _order(items, MemberFacts(id="worst", tier="gold", referrer_id="friend"), AT, "app")


def typical(count: int, orders: int = 200) -> tuple[Snapshot, list[Happening]]:
    """So many rules such as brands have, of which an order of ten lines meets a few, and some such orders."""
    categories = [f"category-{n}" for n in range(count + 20)]
    rules = [_rule("rate", group="base", effects=[{"type": "points.per_amount", "points": 1, "per": "1.00"}])]
    rules += [_typical(n, categories[n]) for n in range(1, count)]
    happenings = []
    for n in range(orders):
        items = tuple(
            ItemFacts(
                sku=SKUS[(7 * n + 31 * k) % LINES_MAX],
                amount_minor=499 + 100 * k,
                quantity=1 + k % 3,
                category=categories[(11 * n + 17 * k) % len(categories)],
            )
            for k in range(10)
        )
        member = MemberFacts(id=f"member-{n % 50}", tier=("", "silver", "gold")[n % 3], orders_before=n % 5)
        happenings.append(_order(items, member, AT + timedelta(hours=n), ("app", "web")[n % 2]))
    return Snapshot(read_rules({"rules": rules}, CONTEXT, is_bounded=False), 1), happenings


def _typical(n: int, category: str) -> dict:
    where = _leaf("line.category", "equal", category)
    bought = _asked("lines.count", 1, where) | {"operator": "greaterThanInclusive"}
    match n % 5:
        case 0:
            return _rule(f"rule-{n}", conditions={"all": [bought]})
        case 1:
            least = _leaf("order.net", "greaterThanInclusive", f"{n % 200}.00")
            return _rule(f"rule-{n}", conditions={"all": [least, bought, _leaf("order.channel", "equal", "app")]})
        case 2:
            of = {"fact": "lines.quantity", "params": {"where": where}}
            effect = {"type": "points.per_unit", "points": 2, "of": of}
            return _rule(f"rule-{n}", effects=[effect], limits=[{"scope": "member", "period": "month", "points": 40}])
        case 3:
            gold = _leaf("member.tier", "in", ["gold", f"tier-{n}"])
            return _rule(f"rule-{n}", conditions={"all": [gold, bought]})
    factor = {"type": "points.multiply", "factor": "1.5", "target": ["base"], "where": where}
    return _rule(f"rule-{n}", group="multiplier", effects=[factor])


def _order(items: tuple[ItemFacts, ...], member: MemberFacts, at: datetime, channel: str) -> Happening:
    total = sum(item.amount_minor for item in items)
    purchase = PurchaseFacts(amount_minor=total, currency="EUR", occurred_at=at, items=items, source=channel)
    return Happening(at=at, member=member, purchase=purchase)


def _rule(key: str, **more) -> dict:
    rule = {"key": key, "name": key, "trigger": "order.paid", "group": "bonus"}
    return rule | {"effects": [{"type": "points.fixed", "points": 5}]} | more


def _leaf(fact: str, operator: str, value) -> dict:
    return {"fact": fact, "operator": operator, "value": value}


def _asked(fact: str, value, where: dict) -> dict:
    return _leaf(fact, "equal", value) | {"params": {"where": where}}


def _quantity(n: int) -> dict:
    return _leaf("line.quantity", "greaterThan", 100 + n)


def _sum(n: int) -> dict:
    return _asked("lines.amount", "1", _quantity(n))


def _list(n: int) -> dict:
    return _asked("lines.count", 0, _leaf("line.sku", "in", SKUS[10 * n : 10 * n + VALUES_MAX]))


def _bundle(n: int) -> dict:
    items = [{"sku": SKUS[(n + k * 47) % LINES_MAX]} for k in range(20)]
    return {"type": "points.per_bundle", "points": 1, "items": items}


def _rate(n: int) -> dict:
    of = {"fact": "lines.amount", "params": {"where": _leaf("line.category", "notEqual", SKUS[n])}}
    return {"type": "points.per_amount", "points": 1, "per": "10000000.00", "of": of}


def _deep(asked: list[dict]) -> dict:
    """None of these holds, so that each is asked; six deep."""
    return {"all": [{"any": [{"all": [{"all": [{"any": asked}]}]}]}]}
