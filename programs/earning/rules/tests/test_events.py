"""Events of a brand's own: what they tell, and what rules make of what they do not tell."""

import pytest

from loyalty.errors import Invalid
from programs.earning.rules.conditions import Context
from programs.earning.rules.deciding import decide
from programs.earning.rules.explaining import explain
from programs.earning.rules.happening import Happening, read_event
from programs.earning.rules.tests.orders import ANA, NOON, fixed, leaf, snapshot

FIELDS = {
    "stake": "money", "stars": "integer", "pieces": "quantity", "verified": "boolean", "words": "text", "tags": "list",
}  # fmt: skip
BETS = Context(currency="USD", timezone="UTC", events={"bet.placed": FIELDS})
TOLD = {"stake": "12.50", "stars": 4, "pieces": 2, "verified": True, "words": "fine", "tags": ["a", "b"]}


def given(condition: dict, **event) -> bool:
    rule = {"trigger": "event:bet.placed", "effects": [fixed(1)], "conditions": condition}
    happening = Happening(at=NOON, member=ANA, trigger="event:bet.placed", event=read_event(FIELDS, event, "USD"))
    return bool(decide(snapshot(rule, context=BETS), happening).gifts)


def test_an_event_is_read_by_the_kinds_of_its_fields():
    assert read_event(FIELDS, TOLD | {"more": [1.5]}, "USD") == TOLD | {"stake": 1250, "tags": ("a", "b")}
    assert read_event(FIELDS, {"stake": None}, "USD") == {}
    assert read_event({"stake": "money"}, {"stake": "12"}, "JPY") == {"stake": 12}


def test_every_mistake_of_an_event_is_told_at_its_place():
    wrong = {"stake": 12.5, "stars": "4", "pieces": 1.0, "verified": 1, "words": "\ud800", "tags": ["a", 1]}
    with pytest.raises(Invalid) as refused:
        read_event(FIELDS, wrong, "USD")
    assert {one["pointer"]: one["code"] for one in refused.value.errors} == {
        "/stake": "not_money",
        "/stars": "not_an_integer",
        "/pieces": "not_an_integer",
        "/verified": "not_a_boolean",
        "/words": "not_a_text",
        "/tags/1": "not_a_text",
    }
    for nothing in (None, [], "x", 1):
        with pytest.raises(Invalid):
            read_event(FIELDS, nothing, "USD")


@pytest.mark.parametrize(
    "condition",
    [
        leaf("event.stake", "greaterThanInclusive", "12.50"),
        leaf("event.stars", "in", [4, 5]),
        leaf("event.pieces", "notEqual", 3),
        leaf("event.verified", "notEqual", False),
        leaf("event.words", "notIn", ["bad"]),
        leaf("event.tags", "contains", "a"),
        leaf("event.tags", "doesNotContain", "c"),
    ],
)
def test_what_an_event_tells_is_asked_and_of_what_it_does_not_tell_nothing_holds(condition):
    assert given(condition, **TOLD)
    assert not given(condition)
    assert given({"not": condition})


def test_what_an_event_does_not_tell_is_explained_as_unknown():
    rule = {"trigger": "event:bet.placed", "effects": [fixed(1)], "conditions": leaf("event.stars", "equal", 1)}
    (one,) = explain(snapshot(rule, context=BETS), Happening(at=NOON, member=ANA, trigger="event:bet.placed"))
    assert (one.conditions.actual, one.conditions.held) == ("unknown", False)
