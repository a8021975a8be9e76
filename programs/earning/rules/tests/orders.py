"""Orders and members of the tests, as short words."""

import json
from datetime import UTC, datetime
from decimal import Decimal

from programs.earning.facts import ItemFacts, PurchaseFacts
from programs.earning.rules.compiled import Snapshot
from programs.earning.rules.conditions import Context
from programs.earning.rules.document import read_rules
from programs.earning.rules.happening import Happening, MemberFacts

NOON = datetime(2026, 4, 15, 12, tzinfo=UTC)
EVENTS = {"review.written": {"text_length": "integer", "verified_purchase": "boolean"}}
CONTEXT = Context(currency="USD", timezone="Europe/London", events=EVENTS)
ANA = MemberFacts(id="ana", orders_before=3)


def snapshot(*rules: dict, groups=None, context: Context = CONTEXT, **more) -> Snapshot:
    document = {"rules": [complete(rule, n) for n, rule in enumerate(rules)]} | more
    if groups is not None:
        document["groups"] = groups
    return Snapshot(read_rules(json.loads(json.dumps(document)), context), 1)


def complete(rule: dict, number: int) -> dict:
    return {"key": f"r{number}", "name": f"Rule {number}", "trigger": "order.paid", "group": "base"} | rule


def line(sku: str, amount: str, *, category="", quantity=1, **labels) -> ItemFacts:
    return ItemFacts(
        sku=sku, amount_minor=int(Decimal(amount) * 100), category=category, quantity=quantity, labels=labels
    )


def order(amount: str = "", *lines: ItemFacts, at=NOON, member=ANA, channel="", tenders=()) -> Happening:
    minor = int(Decimal(amount) * 100) if amount else sum(one.amount_minor for one in lines)
    purchase = PurchaseFacts(amount_minor=minor, currency="USD", occurred_at=at, items=lines, source=channel)
    return Happening(at=at, member=member, purchase=purchase, tenders=frozenset(tenders))


def per(points: int, amount: str = "1.00", where: dict | None = None) -> dict:
    of = {"of": {"fact": "lines.amount", "params": {"where": where}}} if where else {}
    return {"type": "points.per_amount", "points": points, "per": amount} | of


def fixed(points: int, **more) -> dict:
    return {"type": "points.fixed", "points": points} | more


def times(factor: str, where: dict | None = None, *targets: str) -> dict:
    narrowed = {"where": where} if where else {}
    return {"type": "points.multiply", "factor": factor, "target": list(targets) or ["base"]} | narrowed


def leaf(fact: str, operator: str, value, where: dict | None = None) -> dict:
    return {"fact": fact, "operator": operator, "value": value} | ({"params": {"where": where}} if where else {})


def limit(scope: str, period: str = "ever", **more) -> dict:
    return {"scope": scope, "period": period} | more


def colour(name: str) -> dict:
    return leaf("line.labels.colour", "equal", name)


def sku(name: str) -> dict:
    return leaf("line.sku", "equal", name)
