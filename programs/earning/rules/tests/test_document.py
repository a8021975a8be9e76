# ruff: noqa: E501
"""Reading rules: mistakes at their places, all at once, and never anything but mistakes."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loyalty.errors import Invalid
from programs.earning.rules.document import read_rules
from programs.earning.rules.tests.orders import CONTEXT, complete, fixed, leaf, per, sku


def mistakes(document) -> dict[str, str]:
    """pointer -> code of each mistake in a document."""
    with pytest.raises(Invalid) as refused:
        read_rules(document, CONTEXT)
    return {one["pointer"]: one["code"] for one in refused.value.errors}


def of(**rule) -> dict[str, str]:
    return mistakes({"rules": [complete({"effects": [fixed(1)]} | rule, 0)]})


def test_a_rule_set_can_be_empty():
    assert read_rules({"rules": []}, CONTEXT).rules == ()


def test_every_mistake_is_told_at_its_place():
    wrong = {
        "currency": "EUR",
        "rules": [
            complete({"effects": [per(1, "1.001"), {"type": "points.per_amount", "points": 1.5, "per": 100}]}, 0),
            {"key": "r0", "trigger": "order.payed", "effects": []},
        ],
    }
    assert mistakes(wrong) == {
        "/currency": "other_value",
        "/rules/0/effects/0/per": "too_many_decimals",
        "/rules/0/effects/1/points": "not_an_integer",
        "/rules/0/effects/1/per": "not_money",
        "/rules/1": "missing",
        "/rules/1/trigger": "unknown_trigger",
    }


def test_a_misspelt_fact_of_a_line_comes_with_a_hint():
    conditions = {"all": [leaf("lines.count", "equal", 1, leaf("line.categry", "equal", "toys"))]}
    with pytest.raises(Invalid) as refused:
        read_rules({"rules": [complete({"effects": [fixed(1)], "conditions": conditions}, 0)]}, CONTEXT)
    assert refused.value.errors == [
        {
            "pointer": "/rules/0/conditions/all/0/params/where/fact",
            "code": "unknown_fact",
            "detail": "'line.categry' is not a fact of an order line.",
            "hint": "Did you mean line.category?",
        }
    ]


@pytest.mark.parametrize(
    ("conditions", "pointer", "code"),
    [
        pytest.param(leaf("order.net", "equal", 100), "/value", "not_money", id="money as a number"),
        pytest.param(leaf("order.net", "contains", "1.00"), "/operator", "unknown_operator", id="an operator of lists"),
        pytest.param(leaf("member.orders_before", "equal", True), "/value", "not_an_integer", id="true is no number"),
        pytest.param(leaf("member.tier", "in", []), "/value", "wrong_length", id="one of none"),
        pytest.param(leaf("member.tier", "in", ["x"] * 501), "/value", "wrong_length", id="too many values"),
        pytest.param(leaf("event.text_length", "equal", 1), "/fact", "unknown_fact", id="a fact of another trigger"),
        pytest.param(leaf("order.net", "equal", "1.00", sku("A")), "/params", "unknown_member", id="narrowed order"),
        pytest.param({"any": []}, "/any", "wrong_length", id="any of none"),
        pytest.param({"all": [], "any": []}, "/any", "unknown_member", id="two in one"),
        pytest.param({"fact": "order.net"}, "", "missing", id="half a question"),
        pytest.param([], "", "not_an_object", id="a list"),
    ],
)
def test_conditions_that_cannot_be(conditions, pointer, code):
    assert of(conditions=conditions)["/rules/0/conditions" + pointer] == code


@pytest.mark.parametrize(
    ("rule", "pointer", "code"),
    [
        pytest.param({"group": "extra"}, "/group", "unknown_group", id="an unknown group"),
        pytest.param({"limits": [{"scope": "campaign", "period": "ever", "times": 1}]}, "/limits/0/scope", "no_campaign", id="no campaign"),
        pytest.param({"limits": [{"scope": "member", "period": "day"}]}, "/limits/0", "one_of_two", id="a limit of nothing"),
        pytest.param({"schedule": {"from": "2026-02-30T00:00"}}, "/schedule/from", "not_a_time", id="30 February"),
        pytest.param({"schedule": {"from": "2026-02-02T00:00", "to": "2026-02-01T00:00"}}, "/schedule/to", "out_of_range", id="ends first"),
        pytest.param({"schedule": {"weekdays": ["friday"]}}, "/schedule/weekdays/0", "unknown_weekday", id="friday"),
        pytest.param({"effects": [{"type": "points.multiply", "factor": "2", "target": ["base"]}]}, "/effects/0", "wrong_stage", id="a factor among points"),
        pytest.param({"effects": [{"type": "points.multiply", "factor": 2, "target": ["base"]}], "group": "multiplier"}, "/effects/0/factor", "not_a_number", id="a float factor"),
        pytest.param({"effects": [{"type": "points.multiply", "factor": "1", "target": ["base"]}], "group": "multiplier"}, "/effects/0/factor", "out_of_range", id="times one"),
        pytest.param({"effects": [fixed(0)]}, "/effects/0/points", "out_of_range", id="no points"),
        pytest.param({"trigger": "event:review.written", "effects": [per(1)]}, "/effects/0/type", "not_for_trigger", id="a rate of a review"),
        pytest.param({"key": "Big"}, "/key", "not_a_key", id="a key in capitals"),
        pytest.param({"name": "a\u0000b"}, "/name", "not_a_text", id="a zero in a name"),
    ],
)  # fmt: skip
def test_rules_that_cannot_be(rule, pointer, code):
    assert of(**rule)["/rules/0" + pointer] == code


def test_conditions_are_bounded_in_number_and_depth():
    many = {
        "all": [{"all": [leaf("order.net", "equal", "1.00")] * 51}, {"all": [leaf("order.net", "equal", "1.00")] * 50}]
    }
    assert of(conditions=many) == {"/rules/0/conditions/all/1/all/49": "too_many"}
    deep = leaf("order.net", "equal", "1.00")
    for _ in range(5):
        deep = {"not": deep}
    read_rules({"rules": [complete({"effects": [fixed(1)], "conditions": deep}, 0)]}, CONTEXT)
    assert list(of(conditions={"not": deep}).values()) == ["too_deep"]


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)
WORDS = st.sampled_from(
    [
        "rules",
        "groups",
        "campaigns",
        "key",
        "name",
        "trigger",
        "group",
        "effects",
        "conditions",
        "limits",
        "all",
        "any",
        "not",
        "fact",
        "operator",
        "value",
        "params",
        "where",
        "type",
        "points",
        "per",
        "of",
        "factor",
        "target",
        "scope",
        "period",
        "schedule",
        "from",
        "to",
        "hours",
        "weekdays",
        "budget",
        "to",
        "life",
        "expires_after",
        "pending_for",
    ]
)
PLAUSIBLE = st.sampled_from(
    [
        "order.paid",
        "base",
        "order.net",
        "lines.amount",
        "equal",
        "in",
        "points.fixed",
        "points.multiply",
        "1.00",
        "a",
        1,
        True,
        None,
    ]
)
NEARLY = st.recursive(
    PLAUSIBLE, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=6), max_leaves=40
)


def read_or_refused(document) -> None:
    try:
        read_rules(document, CONTEXT)
    except Invalid as refused:
        assert refused.errors
        for one in refused.errors:
            json.dumps(one)
            assert one["pointer"] == "" or one["pointer"].startswith("/")


@settings(deadline=None, max_examples=150)
@given(ANYTHING)
def test_any_json_at_all_is_read_or_refused(document):
    read_or_refused(document)


@settings(deadline=None, max_examples=300)
@given(
    st.fixed_dictionaries(
        {"rules": st.lists(st.dictionaries(WORDS, NEARLY), max_size=3)},
        optional={"groups": NEARLY, "campaigns": NEARLY},
    )
)
def test_what_is_nearly_a_rule_set_is_read_or_refused(document):
    read_or_refused(document)
