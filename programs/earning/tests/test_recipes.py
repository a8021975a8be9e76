"""Recipes: forms that make rules, and rules taken apart into their forms again."""

import copy

import pytest

from programs.earning.recipes import RECIPES, recipe_of
from programs.earning.rules.conditions import Context
from programs.earning.rules.document import read_rules

CONTEXT = Context(currency="EUR", timezone="UTC", events={"review.written": {"stars": "integer"}})
ONE_OF_EACH = {
    "text": "Something", "points": 7, "count": 3, "money": "12.50", "factor": "1.5", "words": ["gold", "silver"],
    "days": ["sat", "sun"], "items": [{"sku": "A", "quantity": 2}, {"sku": "B", "quantity": 1}],
    "questions": [{"fact": "event.stars", "operator": "equal", "value": 5}],
}  # fmt: skip
CHOICES = {"": "app", "events": "review.written", "segments": "vip", "channels": "app"}
MOMENTS = {"starts": "2026-05-15T18:00:00", "ends": "2026-06-15T18:00:00", "hour_from": "18:00", "hour_to": "23:00"}


def value_of(field):
    if field.options and field.kind == "choice":
        return field.options[-1][0]
    if field.name in MOMENTS:
        return MOMENTS[field.name]
    return {**ONE_OF_EACH, "choice": CHOICES.get(field.choices)}[field.kind]


def whole(recipe):
    """Each field of the form filled in."""
    values = {field.name: value_of(field) for field in recipe.fields}
    return values | {"card": "coffee", "key": "mine"} if "card" in values else values | {"key": "mine"}


def bare(recipe):
    """Only what is needed and has no default."""
    needed = [field for field in recipe.fields if field.is_required and field.default is None]
    return {field.name: whole(recipe)[field.name] for field in needed}


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)
@pytest.mark.parametrize("fill", [whole, bare])
def test_a_form_makes_a_rule_that_holds_and_opens_as_the_same_form(recipe, fill):
    values = fill(recipe)

    rule = recipe.build(values)

    read_rules({"rules": [rule]}, CONTEXT)
    opened, found = recipe_of(rule)
    assert opened is recipe
    assert found | values == found
    assert recipe.build(found) == rule


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)
def test_what_a_form_does_not_know_is_not_opened_with_it(recipe):
    rule = recipe.build(whole(recipe))

    for more in (
        {"stop": True}, {"campaign": "x"}, {"effects": rule["effects"] * 2}, {"effects": []}, {"trigger": "else"},
        {"conditions": {"any": [{"fact": "order.net", "operator": "equal", "value": "1.00"}]}},
        {"limits": [{"points": 1}]},
    ):  # fmt: skip
        assert recipe.matches({**rule, **more}) is None


@pytest.mark.parametrize("odd", [None, [], "x", {}, {"key": 1}, {"effects": {}, "name": []}])
def test_what_is_no_rule_is_of_no_recipe(odd):
    assert recipe_of(odd) is None


def test_values_of_another_kind_are_not_opened():
    recipe = RECIPES["spend"]
    rule = recipe.build(whole(recipe))
    wrong = copy.deepcopy(rule)
    wrong["effects"][0]["points"] = "fifty"

    assert recipe.matches(wrong) is None


def test_rules_that_mean_the_same_open_alike():
    rule = RECIPES["tier"].build({"name": "Gold", "points": 5, "tiers": ["gold"]})
    leaf = {"fact": "member.tier", "operator": "equal", "value": "gold"}
    plainer = {**rule, "conditions": leaf, "priority": 0, "stop": False, "schedule": {}}
    plainer.pop("group")
    plainer["effects"][0]["to"] = "member"

    recipe, values = recipe_of(plainer)

    assert (recipe.key, values["tiers"]) == ("tier", ["gold"])


def test_what_stands_beside_the_form_goes_through_it():
    rule = RECIPES["per-amount"].build({"name": "Base", "points": 5, "per": "100.00"})
    rule |= {"priority": 20, "group": "extra", "on_return": "keep", "key": "mine"}

    recipe, values = recipe_of(rule)

    assert recipe.build(values) == rule


def test_what_is_needed_must_be_given():
    with pytest.raises(ValueError, match="name, segment"):
        RECIPES["exclusive"].build({"points": 5, "segment": ""})
