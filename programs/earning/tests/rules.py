"""Rules, campaigns and rule sets of the tests, as short words."""

from loyalty import clock
from programs.earning.models import Campaign, RuleSet

NOBODY = "person:00000000-0000-0000-0000-000000000001"


def fixed(key: str = "hello", points: int = 10, **more) -> dict:
    """A rule that gives fixed points for each purchase."""
    effects = [{"type": "points.fixed", "points": points}]
    return {"key": key, "name": key.title(), "trigger": "order.paid", "group": "bonus", "effects": effects} | more


def in_segment(key: str) -> dict:
    return {"fact": "member.segments", "operator": "contains", "value": key}


def published(program, *rules: dict, version: int = 1, **document) -> RuleSet:
    """A rule set as it stands once it was published; the one before is superseded."""
    RuleSet.objects.filter(program=program, status="published").update(status="superseded")
    return RuleSet.objects.create(
        program=program, version=version, document={"rules": list(rules)} | document, status="published",
        created_by=NOBODY, published_at=clock.now(), published_by=NOBODY,
    )  # fmt: skip


def running(program, key: str = "spring", *rules: dict, **more) -> Campaign:
    """A campaign as it stands once it was activated."""
    given = {"status": "active", "activated_at": clock.now(), "created_by": NOBODY, "name": key.title()} | more
    return Campaign.objects.create(program=program, key=key, rules=list(rules) or [fixed()], **given)
