"""Reading rules: mistakes at their places, all at once, and never anything but mistakes."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loyalty.errors import Invalid
from programs.earning.rules.document import read_rules
from programs.earning.rules.tests.drawn import CAMPAIGNS, RULES
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


def multiplied(factor) -> dict:
    return {"effects": [{"type": "points.multiply", "factor": factor, "target": ["base"]}]}


WRONG_RULES = {
    "an unknown group": ({"group": "extra"}, "/group", "unknown_group"),
    "no campaign": (
        {"limits": [{"scope": "campaign", "period": "ever", "times": 1}]}, "/limits/0/scope", "no_campaign",
    ),
    "a limit of nothing": ({"limits": [{"scope": "member", "period": "day"}]}, "/limits/0", "one_of_two"),
    "30 February": ({"schedule": {"from": "2026-02-30T00:00"}}, "/schedule/from", "not_a_time"),
    "other digits": (
        {"schedule": {"hours": {"from": "1\u0661:00", "to": "12:00"}}}, "/schedule/hours/from", "not_a_time",
    ),
    "ends first": (
        {"schedule": {"from": "2026-02-02T00:00", "to": "2026-02-01T00:00"}}, "/schedule/to", "out_of_range",
    ),
    "friday": ({"schedule": {"weekdays": ["friday"]}}, "/schedule/weekdays/0", "unknown_weekday"),
    "a factor among points": (multiplied("2"), "/effects/0", "wrong_stage"),
    "a float factor": (multiplied(2) | {"group": "multiplier"}, "/effects/0/factor", "not_a_number"),
    "times one": (multiplied("1") | {"group": "multiplier"}, "/effects/0/factor", "out_of_range"),
    "times not a number": (multiplied("NaN") | {"group": "multiplier"}, "/effects/0/factor", "not_a_number"),
    "no points": ({"effects": [fixed(0)]}, "/effects/0/points", "out_of_range"),
    "more points than there are": ({"effects": [fixed(10**30)]}, "/effects/0/points", "out_of_range"),
    "a rate of a review": (
        {"trigger": "event:review.written", "effects": [per(1)]}, "/effects/0/type", "not_for_trigger",
    ),
    "a key in capitals": ({"key": "Big"}, "/key", "not_a_key"),
    "a zero in a name": ({"name": "a\u0000b"}, "/name", "not_a_text"),
    "half a character": ({"name": "a\ud800b"}, "/name", "not_a_text"),
}  # fmt: skip


@pytest.mark.parametrize(("rule", "pointer", "code"), WRONG_RULES.values(), ids=WRONG_RULES)
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


WRONG_CAMPAIGNS = {
    "no key": ({}, "", "missing"),
    "a budget of nothing": ({"key": "c", "budget": {"points": 0}}, "/budget/points", "out_of_range"),
    "a budget of money": ({"key": "c", "budget": {"money": "1.00"}}, "/budget/money", "unknown_member"),
    "an audience of orders": (
        {"key": "c", "audience": leaf("order.net", "equal", "1.00")}, "/audience/fact", "unknown_fact",
    ),
    "an audience of nobody": ({"key": "c", "audience": {"any": []}}, "/audience/any", "wrong_length"),
    "30 February": ({"key": "c", "schedule": {"to": "2026-02-30T00:00"}}, "/schedule/to", "not_a_time"),
    "another way": ({"key": "c", "on_exceed": "explode"}, "/on_exceed", "unknown_way"),
}  # fmt: skip


@pytest.mark.parametrize(("campaign", "pointer", "code"), WRONG_CAMPAIGNS.values(), ids=WRONG_CAMPAIGNS)
def test_campaigns_that_cannot_be(campaign, pointer, code):
    assert mistakes({"rules": [], "campaigns": [campaign]}) == {"/campaigns/0" + pointer: code}


def test_mistakes_can_be_told_whatever_stands_in_the_document():
    for text in ("\ud800", "a\0b"):
        with pytest.raises(Invalid) as refused:
            read_rules({"rules": [], text: 1, "schema": text}, CONTEXT)
        for one in refused.value.errors:
            assert "\0" not in json.dumps(one, ensure_ascii=False).encode().decode()
    huge, deep = 10**5000, []
    for _ in range(10_000):
        deep = [deep]
    for thing in (huge, -huge, deep, {"x": deep}, float("nan"), {}):
        assert of(conditions=leaf(thing, "equal", 1)) == {"/rules/0/conditions/fact": "unknown_fact"}
        assert of(conditions=leaf("order.net", thing, "1.00")) == {"/rules/0/conditions/operator": "unknown_operator"}
        assert of(conditions=leaf("order.net", "equal", thing)) == {"/rules/0/conditions/value": "not_money"}
        assert of(conditions=leaf("lines.count", "equal", 1, leaf(thing, "equal", 1))) == {
            "/rules/0/conditions/params/where/fact": "unknown_fact"
        }
        assert of(key=thing, effects=[fixed(thing)]).keys() == {"/rules/0/key", "/rules/0/effects/0/points"}
        assert mistakes(thing) and mistakes({"rules": [thing], "groups": [thing], "campaigns": [thing]})


def test_conditions_as_deep_as_a_reader_goes_are_too_deep_and_nothing_else():
    deep = leaf("order.net", "equal", "1.00")
    for _ in range(10_000):
        deep = {"not": deep}
    assert list(of(conditions=deep).values()) == ["too_deep"]
    assert list(of(conditions={"all": [leaf("lines.count", "equal", 1, deep)]}).values()) == ["too_deep"]


def test_hints_end_where_there_are_many_mistakes():
    with pytest.raises(Invalid) as refused:
        read_rules({"rules": []} | {f"rule{n}": n for n in range(2000)}, CONTEXT)
    hints = [one for one in refused.value.errors if "hint" in one]
    assert (len(refused.value.errors), len(hints)) == (2000, 50)


HUGE = st.sampled_from([10**40, -(10**40), 10**4000, "NaN", "Infinity", "1e5", "-0", "\ud800", "\0", ""])
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | HUGE,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)
NAMES = """rules groups campaigns key name trigger group effects conditions limits all any not fact operator value
    params where type points per of factor target scope period schedule from to hours weekdays budget per_member
    audience priority campaign times on_exceed expires_after pending_for days months items sku quantity max_sets stop"""
WORDS = st.sampled_from(NAMES.split())
LIKELY = """order.paid base order.net lines.amount equal in points.fixed points.multiply 1.00 a multiplier member.tier
    points.per_bundle member ever mon 2026-01-01T00:00"""
PLAUSIBLE = st.sampled_from(LIKELY.split()) | st.sampled_from([1, True, None])
NEARLY = st.recursive(
    PLAUSIBLE | HUGE,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=6),
    max_leaves=40,
)


def read_or_refused(document) -> None:
    try:
        read_rules(document, CONTEXT)
    except Invalid as refused:
        assert refused.errors
        for one in refused.errors:
            json.dumps(one, ensure_ascii=False).encode()
            assert one["pointer"] == "" or one["pointer"].startswith("/")


@settings(deadline=None, max_examples=150, derandomize=True)
@given(ANYTHING)
def test_any_json_at_all_is_read_or_refused(document):
    read_or_refused(document)


@settings(deadline=None, max_examples=300, derandomize=True)
@given(
    st.fixed_dictionaries(
        {"rules": st.lists(st.dictionaries(WORDS, NEARLY), max_size=3)},
        optional={"groups": NEARLY, "campaigns": NEARLY},
    )
)
def test_what_is_nearly_a_rule_set_is_read_or_refused(document):
    read_or_refused(document)


@settings(deadline=None, max_examples=200, derandomize=True)
@given(st.data(), RULES, CAMPAIGNS)
def test_a_rule_set_with_one_thing_changed_is_read_or_refused(data, rules, campaigns):
    document = {"rules": [complete(rule, n) for n, rule in enumerate(rules)], "campaigns": campaigns}
    document = json.loads(json.dumps(document))
    here = document
    while isinstance(here, dict | list) and here:
        key = data.draw(st.sampled_from(sorted(here) if isinstance(here, dict) else range(len(here))))
        if not isinstance(here[key], dict | list) or not here[key] or data.draw(st.booleans()):
            here[key] = data.draw(NEARLY)
            break
        here = here[key]
    read_or_refused(document)
