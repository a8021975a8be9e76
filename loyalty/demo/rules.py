"""The rules of one of the demo's programs, as a brand would write them: a rule set in force, a draft of the next one,
campaigns, a segment, a kind of event. Written before its members buy, so that their year shows what rules give."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from loyalty.demo.world import MEMBERS
from programs.earning.campaigns.operations import activate, create_campaign
from programs.earning.event_types.operations import create_event_type
from programs.earning.models import RuleSet
from programs.earning.rulesets.operations import create_draft, publish
from programs.earning.segments.operations import add_members, create_segment
from programs.membership.models import Program

CODE = "SHOP"
REVIEW = {"text_length": "integer", "verified_purchase": "boolean"}


def lay_down_rules(program: Program, *, actor: str) -> None:
    """Gives the program its rules. Repeating it changes nothing."""
    if RuleSet.objects.filter(program=program).exists():
        return
    create_event_type(program.brand, name="review.written", label="A review", fields=REVIEW, actor=actor)
    vips = create_segment(program.brand, key="vip", name="VIP", kind="list", actor=actor)
    add_members(vips, [MEMBERS[0].external_id], actor=actor)
    first = create_draft(program, {"rules": rules(toys="3")}, note="How we begin", actor=actor)
    publish(first, actor=actor)
    create_draft(program, {"rules": rules(toys="4")}, note="More for toys", actor=actor)
    since = program.created_at - timedelta(days=60)
    lights = create_campaign(
        program, key="winter-lights", name="Winter lights", description="Lamps give more while the days are short.",
        starts_at=since, ends_at=program.created_at + timedelta(days=60), budget_points=20_000, member_points=500,
        rules=[LAMPS], actor=actor,
    )  # fmt: skip
    activate(lights, actor=actor)
    together = create_campaign(
        program, key="together", name="Together", description="All of us reach a thousand purchases.",
        starts_at=since, ends_at=_in_a_month(program), goal_metric="purchases", goal_target=1000, goal_points=50,
        actor=actor,
    )  # fmt: skip
    activate(together, actor=actor)
    create_campaign(
        program, key="vip-night", name="VIP night", description="Instead of every other promotion.",
        rules=[VIP_NIGHT], audience=_is("member.segments", "contains", "vip"), actor=actor,
    )  # fmt: skip


def rules(*, toys: str) -> list[dict]:
    """The rule set; `toys` is what purchases of toys are multiplied by."""
    return [
        _rule("toys", "More for toys", {"type": "points.multiply", "factor": toys, "target": ["base"], "where": TOYS},
              group="multiplier"),
        _rule("weekend", "Double at the weekend for gold and above",
              {"type": "points.multiply", "factor": "2", "target": ["base"]}, group="multiplier",
              conditions={"all": [_is("member.tier", "in", ["gold", "platinum"])]},
              schedule={"weekdays": ["sat", "sun"]}),
        _rule("birthday", "100 in the birthday month", _fixed(100),
              conditions={"all": [_is("member.is_birthday_month", "equal", True)]}, limits=[_limit("year", times=1)]),
        _rule("first", "50 for the first purchase", _fixed(50),
              conditions={"all": [_is("member.orders_before", "equal", 0)]}, limits=[_limit("ever", times=1)]),
        _rule("app", "20 for 100.00 or more in the app", _fixed(20),
              conditions={"all": [_is("order.net", "greaterThanInclusive", "100.00"),
                                  _is("order.channel", "equal", "app")]}),
        _rule("friend", "A friend's first order", _fixed(150), _fixed(300, to="referrer"),
              conditions={"all": [_is("member.referred", "equal", True), _is("member.orders_before", "equal", 0),
                                  _is("order.net", "greaterThanInclusive", "50.00")]},
              limits=[{"scope": "recipient", "period": "year", "points": 3000}]),
        _rule("review", "20 for a review", _fixed(20), trigger="event:review.written",
              conditions={"all": [_is("event.text_length", "greaterThanInclusive", 50),
                                  _is("event.verified_purchase", "equal", True)]}, limits=[_limit("month", times=3)]),
    ]  # fmt: skip


def _rule(key: str, name: str, *effects: dict, group: str = "bonus", trigger: str = "order.paid", **more) -> dict:
    return {"key": key, "name": name, "trigger": trigger, "group": group, "effects": list(effects)} | more


def _fixed(points: int, **more) -> dict:
    return {"type": "points.fixed", "points": points} | more


def _is(fact: str, operator: str, value) -> dict:
    return {"fact": fact, "operator": operator, "value": value}


def _limit(period: str, **bound) -> dict:
    return {"scope": "member", "period": period} | bound


def _in_a_month(program: Program) -> datetime:
    """Midnight there, a month from now."""
    zone = ZoneInfo(program.timezone)
    return (program.created_at.astimezone(zone) + timedelta(days=30)).replace(hour=0, minute=0, second=0, microsecond=0)


TOYS = _is("line.category", "equal", "toys")
LAMPS = _rule(
    "lamps", "10 for each lamp",
    {"type": "points.per_unit", "points": 10, "per": 1,
     "of": {"fact": "lines.quantity", "params": {"where": _is("line.sku", "equal", "LAMP")}}},
)  # fmt: skip
VIP_NIGHT = _rule("vip-night", "500 instead of every other promotion", _fixed(500), group="exclusive")
