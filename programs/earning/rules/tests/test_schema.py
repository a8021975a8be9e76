"""The JSON Schema of rule documents tells what the reader tells, as far as a schema can."""

import copy
import json
from pathlib import Path

import pytest
from django.conf import settings as project
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from loyalty.errors import Invalid
from programs.earning.rules.conditions import Context
from programs.earning.rules.document import read_rules
from programs.earning.rules.schema import document_schema
from programs.earning.rules.tests.drawn import CAMPAIGNS, GROUPS, RULES
from programs.earning.rules.tests.orders import CONTEXT, complete, fixed, leaf, per, times
from programs.earning.rules.tests.test_document import NEARLY, WRONG_CAMPAIGNS, WRONG_RULES

VALIDATOR = Draft202012Validator(document_schema(CONTEXT))
# What no schema can tell: whether other things are there, and what a text means.
UNTOLD = {"an unknown group", "30 February", "ends first", "a factor among points", "times one", "a zero in a name",
          "half a character"}  # fmt: skip
EVERYTHING = {
    "schema": "loyalty.rules/v1", "currency": "USD", "timezone": "Europe/London", "rounding": "half_up",
    "groups": [
        {"key": "base", "stage": "base", "mode": "best"}, {"key": "m", "stage": "multiply", "combine": "compound"},
        {"key": "alone", "blocks": ["base"], "mode": "first"},
    ],
    "campaigns": [
        {"key": "c", "name": "Spring", "budget": {"points": 1, "times": 2}, "per_member": {"times": 1}, "priority": 3,
         "audience": {"any": [leaf("member.attributes.city", "in", ["Rome"]), leaf("member.tier", "equal", "gold")]},
         "schedule": {"from": "2026-05-15T18:00"}, "on_exceed": "reject"},
    ],
    "rules": [
        complete({"effects": [
            per(1, where=leaf("line.labels.colour", "notIn", ["red"])),
            fixed(1, to="referrer", expires_after={"days": 3}, pending_for={"days": 1}),
            {"type": "points.per_unit", "points": 1, "per": 2, "of": {"fact": "lines.count"}},
            {"type": "points.per_bundle", "points": 1, "items": [{"sku": "A"}, {"sku": "B", "quantity": 2}]},
            {"type": "reward.grant", "reward": "mug"}, {"type": "badge.award", "badge": "early"},
            {"type": "stamp.add", "card": "coffee", "count": 2},
        ], "schedule": {"weekdays": ["mon"], "hours": {"from": "22:00", "to": "02:00"}}, "campaign": "c",
            "limits": [{"scope": "campaign", "period": "day", "points": 9, "partial": True}], "stop": True,
            "on_return": "keep"}, 0),
        complete({"effects": [times("1.5")], "group": "m"}, 1),
        complete({"effects": [fixed(1)], "trigger": "event:review.written",
                  "conditions": {"not": leaf("event.text_length", "lessThan", 50)}}, 2),
    ],
}  # fmt: skip


def is_read(document) -> bool:
    try:
        return bool(read_rules(document, CONTEXT))
    except Invalid:
        return False


def one(**rule) -> dict:
    return {"rules": [complete({"effects": [fixed(1)]} | rule, 0)]}


def test_the_schema_is_one():
    for context in (CONTEXT, Context(currency="JPY", timezone="UTC", choices={"tiers": frozenset(["gold"])})):
        schema = document_schema(context)
        Draft202012Validator.check_schema(schema)
        json.dumps(schema)


def test_what_can_be_said_at_all_is_valid():
    assert is_read(EVERYTHING)
    assert [error.message for error in VALIDATOR.iter_errors(EVERYTHING)] == []


def test_the_twelve_rules_are_valid():
    path = Path(project.BASE_DIR).parent / "shared" / "cases" / "rules12.json"
    if not path.exists():
        pytest.skip(f"{path} is absent")
    assert [error.message for error in VALIDATOR.iter_errors(json.loads(path.read_text()))] == []


@pytest.mark.parametrize("rule", [pytest.param(rule, id=name) for name, (rule, *_) in WRONG_RULES.items()])
def test_what_the_reader_refuses_of_a_rule_is_not_valid(rule, request):
    document = json.loads(json.dumps(one(**rule)))
    assert not is_read(document)
    assert VALIDATOR.is_valid(document) == (request.node.callspec.id in UNTOLD)


@pytest.mark.parametrize("campaign", [pytest.param(wrong, id=name) for name, (wrong, *_) in WRONG_CAMPAIGNS.items()])
def test_what_the_reader_refuses_of_a_campaign_is_not_valid(campaign, request):
    document = {"rules": [], "campaigns": [campaign]}
    assert not is_read(document)
    assert VALIDATOR.is_valid(document) == (request.node.callspec.id in UNTOLD)


@pytest.mark.parametrize(
    "conditions",
    [
        leaf("order.net", "equal", 100),
        leaf("order.net", "equal", "1.001"),
        leaf("order.net", "contains", "1.00"),
        leaf("member.orders_before", "equal", True),
        leaf("member.tier", "in", []),
        leaf("member.tier", "in", ["x"] * 501),
        leaf("member.tier", "in", "gold"),
        leaf("member.tier", "equal", ["gold"]),
        leaf("event.text_length", "equal", 1),
        leaf("order.net", "equal", "1.00", leaf("line.sku", "equal", "A")),
        leaf("lines.count", "equal", 1, leaf("line.categry", "equal", "toys")),
        leaf("lines.count", "equal", 1, leaf("order.net", "equal", "1.00")),
        {"any": []},
        {"all": [], "any": []},
        {"not": []},
        {"fact": "order.net"},
        {},
        [],
    ],
)
def test_conditions_that_the_reader_refuses_are_not_valid(conditions):
    assert not is_read(one(conditions=conditions))
    assert not VALIDATOR.is_valid(one(conditions=conditions))


def test_choices_of_the_program_are_those_of_the_schema():
    context = Context(currency="USD", timezone="Europe/London", choices={"tiers": frozenset(["gold"])})
    validator = Draft202012Validator(document_schema(context))
    assert validator.is_valid(one(conditions=leaf("member.tier", "equal", "gold")))
    assert not validator.is_valid(one(conditions=leaf("member.tier", "in", ["gold", "tin"])))


@settings(deadline=None, max_examples=60, derandomize=True)
@given(st.data(), RULES, GROUPS, CAMPAIGNS, st.booleans())
def test_what_is_read_is_valid(data, rules, groups, campaigns, is_changed):
    document = {"rules": [complete(rule, n) for n, rule in enumerate(rules)], "groups": groups, "campaigns": campaigns}
    document = copy.deepcopy(document)
    if is_changed:
        rule = data.draw(st.sampled_from(document["rules"]))
        rule[data.draw(st.sampled_from(sorted(rule)))] = data.draw(NEARLY)
    if is_read(document):
        assert [error.message for error in VALIDATOR.iter_errors(document)] == []
    else:
        assert is_changed
