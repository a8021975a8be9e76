"""Programs with rules, for tests of what purchases give by them."""

from programs.earning.editions import renew
from programs.earning.models import Campaign, RuleSet
from programs.earning.tests.rules import published, running
from programs.membership.models import Program

ONE_PER_UNIT = {"type": "points.per_amount", "points": 1, "per": "1.00"}


def rule(key: str, *effects: dict, group: str = "base", trigger: str = "order.paid", **more) -> dict:
    """A rule of that key, which is its name too."""
    return {"key": key, "name": key, "trigger": trigger, "group": group, "effects": list(effects)} | more


def fixed(points: int, **more) -> dict:
    return {"type": "points.fixed", "points": points} | more


def per(points: int, amount: str = "1.00", where: dict | None = None) -> dict:
    of = {"of": {"fact": "lines.amount", "params": {"where": where}}} if where else {}
    return {"type": "points.per_amount", "points": points, "per": amount} | of


def leaf(fact: str, operator: str, value) -> dict:
    return {"fact": fact, "operator": operator, "value": value}


def item(sku: str, amount: str, **more) -> dict:
    return {"sku": sku, "quantity": 1, "amount": amount} | more


def limit(scope: str, period: str = "ever", **more) -> dict:
    return {"scope": scope, "period": period} | more


def rule_by(program: Program, *rules: dict, without_rate: bool = True, **document) -> RuleSet:
    """Puts these rules in force, instead of the program's own rate unless it is to stay."""
    if without_rate:
        Program.objects.filter(pk=program.pk).update(earn_points=0)
        program.earn_points = 0
    last = RuleSet.objects.filter(program=program).order_by("-version").first()
    made = published(program, *rules, version=last.version + 1 if last else 1, **document)
    renew(program, reason="a test", actor="system")
    return made


def campaign_by(program: Program, key: str, *rules: dict, **more) -> Campaign:
    """A running campaign with these rules."""
    made = running(program, key, *rules, **more)
    renew(program, reason="a test", actor="system")
    return made
