"""Rules in words, and why they gave what they gave."""

from dataclasses import replace

from programs.earning.rules.explaining import explain
from programs.earning.rules.sentences import sentence
from programs.earning.rules.tests.orders import ANA, fixed, leaf, line, order, per, snapshot, times


def said(**rule) -> str:
    made = snapshot({"effects": [fixed(50)]} | rule)
    return sentence(made.compiled[0].rule, "USD")


def test_a_rule_is_told_as_a_sentence():
    conditions = {"all": [leaf("order.net", "greaterThanInclusive", "250.00"), leaf("order.channel", "equal", "app")]}
    limits = [{"scope": "member", "period": "month", "times": 1}]
    assert said(conditions=conditions, limits=limits) == (
        "Order total is at least 250.00 and channel is app: 50 points, at most 1 time for a member a month."
    )
    toys = leaf("line.category", "equal", "toys")
    assert said(effects=[per(5, "100.00", where=toys)], schedule={"weekdays": ["sat", "sun"]}) == (
        "On Saturday, Sunday: 5 points for each full 100.00 USD of amount of the lines where category is toys."
    )
    assert said(effects=[times("1.5")], group="multiplier") == "Every time: a purchase: 1.5 times the points of base."


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
