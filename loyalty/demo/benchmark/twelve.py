"""Twelve rules such as every brand asks for, tiers to go with them, and orders of ten lines that meet them."""

from datetime import UTC, datetime, timedelta

from programs.earning.facts import ItemFacts, PurchaseFacts
from programs.earning.rules.happening import Happening, MemberFacts

TIERS = [
    {"code": "silver", "name": "Silver", "points_min": 500},
    {"code": "gold", "name": "Gold", "points_min": 5_000},
]
BEGIN = datetime(2026, 1, 5, 9, tzinfo=UTC)
CATEGORIES = ("coffee", "toys", "books", "garden", "kitchen", "delivery")


def _rule(key: str, effect: dict, group: str = "bonus", **more) -> dict:
    return {"key": key, "name": key, "trigger": "order.paid", "group": group, "effects": [effect]} | more


def _leaf(fact: str, operator: str, value, where: dict | None = None) -> dict:
    return {"fact": fact, "operator": operator, "value": value} | ({"params": {"where": where}} if where else {})


def _fixed(points: int, **more) -> dict:
    return {"type": "points.fixed", "points": points} | more


def _of(category: str) -> dict:
    return {"where": _leaf("line.category", "equal", category)}


def _limit(scope: str, period: str, **bound: int) -> dict:
    return {"scope": scope, "period": period} | bound


_TOYS = {"fact": "lines.amount", "params": _of("toys")}
_COFFEE = {"fact": "lines.quantity", "params": _of("coffee")}
_LEAST = "greaterThanInclusive"
_BUNDLE = [{"sku": "22423", "quantity": 1}, {"sku": "85123A", "quantity": 2}]
DOCUMENT = {
    "rules": [
        _rule("rate", {"type": "points.per_amount", "points": 5, "per": "100.00"}, "base"),
        _rule("toys", {"type": "points.per_amount", "points": 10, "per": "100.00", "of": _TOYS}, "base"),
        _rule(
            "weekend", {"type": "points.multiply", "factor": "2", "target": ["base"]}, "multiplier",
            schedule={"weekdays": ["sat", "sun"]}, conditions=_leaf("member.tier", "in", ["gold"]),
        ),
        _rule(
            "birthday", _fixed(100), conditions=_leaf("member.is_birthday_month", "equal", True),
            limits=[_limit("member", "year", times=1)],
        ),
        _rule("first", _fixed(200), conditions=_leaf("member.orders_before", "equal", 0)),
        _rule(
            "brought", _fixed(300, to="referrer"), conditions=_leaf("member.referred", "equal", True),
            limits=[_limit("member", "ever", times=1), _limit("recipient", "year", points=3000)],
        ),
        _rule(
            "app", _fixed(50),
            conditions={"all": [_leaf("order.net", _LEAST, "250.00"), _leaf("order.channel", "equal", "app")]},
        ),
        _rule(
            "coffee", {"type": "points.per_unit", "points": 2, "per": 1, "of": _COFFEE},
            limits=[_limit("member", "month", points=40)],
        ),
        _rule(
            "spring", {"type": "points.multiply", "factor": "1.1", "target": ["base"]}, "multiplier",
            limits=[_limit("program", "ever", points=100_000)],
        ),
        _rule(
            "night", _fixed(500), "exclusive", schedule={"from": "2026-05-15T18:00:00", "to": "2026-05-15T23:00:00"},
            conditions=_leaf("order.channel", "notEqual", "marketplace"),
        ),
        _rule("bundle", {"type": "points.per_bundle", "points": 75, "items": _BUNDLE, "max_sets": 2}),
        _rule(
            "basket", _fixed(5), conditions=_leaf("lines.count", _LEAST, 3, _leaf("line.amount", _LEAST, "10.00")),
            limits=[_limit("member", "week", times=3)],
        ),
    ]
}  # fmt: skip


def orders(count: int) -> list[Happening]:
    """So many orders of a hundred members, one after the other."""
    return [_order(n) for n in range(count)]


def _order(n: int) -> Happening:
    items = tuple(
        ItemFacts(
            sku=f"{21_000 + (7 * n + 13 * k) % 2_000}", amount_minor=250 + 370 * k, quantity=1 + (n + k) % 4,
            category=CATEGORIES[(n + k) % len(CATEGORIES)],
        )
        for k in range(10)
    )  # fmt: skip
    at = BEGIN + timedelta(minutes=7 * n)
    purchase = PurchaseFacts(
        amount_minor=sum(item.amount_minor for item in items), currency="GBP", occurred_at=at, items=items,
        source=("app", "web", "till")[n % 3],
    )  # fmt: skip
    member = MemberFacts(id=f"member-{n % 100}", tier=("", "silver", "gold")[n % 3], orders_before=n // 100)
    return Happening(at=at, member=member, purchase=purchase)
