"""Rules in words, and why they gave what they gave."""

import json
from pathlib import Path

import pytest
from django.conf import settings
from msgspec.structs import replace

from programs.earning.rules.document import read_rules
from programs.earning.rules.explaining import explain
from programs.earning.rules.sentences import sentence, told
from programs.earning.rules.tests.orders import (
    ANA,
    CONTEXT,
    fixed,
    leaf,
    line,
    order,
    per,
    sku,
    snapshot,
    times,
)


def said(**rule) -> str:
    made = snapshot({"effects": [fixed(50)]} | rule)
    return sentence(made.compiled[0].rule, "USD")


TWELVE = {
    "01-base": "Every purchase: 5 points for each full 100.00 USD of the order.",
    "02-toys-x3": "A line whose category is toys: 10 points for each full 100.00 USD of lines whose category is toys.",
    "03-gold-weekend-x2": "On Saturday and Sunday, tier is gold or platinum: 2 times the points of base.",
    "04-birthday": "In the birthday month: 100 points, once a year for each member.",
    "05-first-purchase": "First purchase: 200 points, once for each member.",
    "06-referral": "Referred by a member and first purchase and order total at least 50.00: 150 points and 300 points"
    " to the referrer, once for each member, at most 3,000 points a year for each receiver.",
    "07-min-spend": "Order total at least 250.00 and channel is app: 50 points.",
    "08-coffee-capped": "Every purchase: 2 points for each piece whose category is coffee, at most 40 points a month"
    " for each member.",
    "09-spring-budget": "From 1 March 2026 until 1 June 2026: 1.1 times the points of base, at most 100,000 points in"
    " the whole campaign.",
    "10-vip-night": "On 15 May 2026 between 18:00 and 23:00, in segment vip and channel is not marketplace:"
    " 500 points.",
    "11-bundle": "Every purchase: 75 points for each set of 1 CAM-1 and 2 LENS-1, at most 2 sets.",
    "12-review": "On review.written, text length at least 50 and verified purchase is yes: 20 points, at most 3 times a"
    " month for each member.",
}


def test_the_twelve_rules_in_words():
    path = Path(settings.BASE_DIR).parent / "shared" / "cases" / "rules12.json"
    if not path.exists():
        pytest.skip(f"{path} is absent")
    rules = read_rules(json.loads(path.read_text()), CONTEXT).rules
    assert {rule.key: sentence(rule, "USD") for rule in rules} == TWELVE


def test_a_rule_is_told_as_a_sentence():
    conditions = {"all": [leaf("order.net", "greaterThanInclusive", "250.00"), leaf("order.channel", "equal", "app")]}
    limits = [{"scope": "member", "period": "month", "times": 1}]
    assert said(conditions=conditions, limits=limits) == (
        "Order total at least 250.00 and channel is app: 50 points, once a month for each member."
    )
    assert said(trigger="member.joined") == "When a member joins: 50 points."
    assert said(effects=[times("1.5", sku("A"))], group="multiplier", stop=True) == (
        "Every purchase: 1.5 times the points of base on lines whose sku is A, and nothing more of its group."
    )
    limits = [{"scope": "program", "period": "day", "points": 1000, "on_exceed": "reject"}]
    assert said(effects=[fixed(1, expires_after={"months": 1}, pending_for={"days": 14})], limits=limits) == (
        "Every purchase: 1 point (to be spent after 14 days, gone after 1 month),"
        " at most 1,000 points a day in all, whole or not at all."
    )


@pytest.mark.parametrize(
    ("conditions", "words"),
    [
        ({"not": leaf("order.net", "lessThan", "5.00")}, "order total at least 5.00"),
        ({"not": leaf("member.segments", "contains", "vip")}, "not in segment vip"),
        (leaf("order.tenders", "contains", "card"), "paid by card"),
        (leaf("member.is_birthday", "notEqual", True), "not on the birthday"),
        (leaf("lines.count", "equal", 0, sku("A")), "no line whose sku is A"),
        (leaf("lines.quantity", "greaterThan", 2, sku("A")), "pieces whose sku is A more than 2"),
        (leaf("line.sku", "in", list("GFEDCBA")), "sku is A, B, C, D, E or 2 others"),
        ({"any": [{"all": []}, {"not": {"all": []}}]}, "not (always)"),
        ({"all": [sku("A"), {"any": [sku("B"), {"not": sku("C")}]}]}, "sku is A and (sku is B or sku is not C)"),
    ],
)
def test_conditions_in_words(conditions, words):
    is_of_line = "line." in json.dumps(conditions) and "lines." not in json.dumps(conditions)
    asked = leaf("lines.count", "equal", 1, conditions) if is_of_line else conditions
    made = snapshot({"effects": [fixed(1)], "conditions": asked}).compiled[0].rule.conditions
    assert told(made.where if is_of_line else made, "USD") == words


def test_what_fired_is_told_with_its_sums_and_what_did_not_with_its_first_reason():
    made = snapshot(
        {"effects": [per(5, "100.00")]},
        {"effects": [fixed(9)], "group": "bonus", "conditions": leaf("member.tier", "in", ["gold", "silver"])},
        {"effects": [fixed(9)], "group": "bonus", "schedule": {"from": "2030-01-01T00:00"}},
        {"effects": [fixed(9)], "group": "bonus", "conditions": {"not": leaf("lines.count", "equal", 1)}},
    )
    base, tier, later, lines = explain(made, order("", line("A", "349.00"), member=replace(ANA, tier="bronze")))

    assert [(gift.points, gift.reason) for gift in base.gifts] == [
        (15, "3 x 5 points: 349.00 USD is 3 full times 100.00")
    ]
    assert (base.refused, tier.refused) == ("", "its conditions do not hold")
    assert (later.refused, lines.refused) == ("not on at that time", "its conditions do not hold")
    step = tier.conditions
    assert (step.label, step.wanted, step.actual, step.held) == ("Tier", "is one of gold, silver", "bronze", False)
    assert [(one.label, one.actual, one.held) for one in lines.conditions.steps] == [("Lines", "1", True)]


def test_the_conditions_of_a_campaigns_audience_are_told_beside_those_of_its_rule():
    audience = {"campaigns": [{"key": "c", "audience": leaf("member.tier", "equal", "gold")}]}
    (one,) = explain(snapshot({"effects": [fixed(1)], "campaign": "c"}, **audience), order("1.00"))
    assert one.refused == "not in the campaign's audience"
    assert (one.audience.wanted, one.audience.held) == ("is gold", False)
    (one,) = explain(snapshot({"effects": [fixed(1)]}), order("1.00"))
    assert one.audience is None
