"""Programs with rules, for tests of what purchases give by them."""

from programs.earning.editions import renew
from programs.earning.models import Campaign, RuleSet
from programs.earning.rules.tests.orders import fixed, leaf, limit, per
from programs.earning.tests.rules import published, running
from programs.membership.models import Program

__all__ = ["campaign_by", "fixed", "item", "leaf", "limit", "per", "rule", "rule_by"]


def rule(key: str, *effects: dict, group: str = "base", trigger: str = "order.paid", **more) -> dict:
    """A rule of that key, which is its name too."""
    return {"key": key, "name": key, "trigger": trigger, "group": group, "effects": list(effects)} | more


def item(sku: str, amount: str, **more) -> dict:
    return {"sku": sku, "quantity": 1, "amount": amount} | more


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
