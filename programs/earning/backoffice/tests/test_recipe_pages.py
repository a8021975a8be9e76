"""Recipes as forms: each makes a rule that its form opens again."""

import json

import pytest

from programs.earning.backoffice.recipe_forms import RecipeForm, initial_of
from programs.earning.backoffice.tests.pages import at, body, document, signed_in, where
from programs.earning.models import RuleSet
from programs.earning.recipes import RECIPES
from programs.earning.rules.conditions import Context
from programs.earning.rules.document import read_rules
from programs.earning.rulesets import operations

EVENTS = {"review.written": {"text_length": "integer", "verified_purchase": "boolean"}}
CONTEXT = Context(
    currency="EUR", timezone="Europe/Paris", events=EVENTS,
    choices={"tiers": frozenset({"gold"}), "segments": frozenset({"vip"})},
)  # fmt: skip
NAMES = {"tiers": {"gold": "Gold"}, "segments": {"vip": "Guests"}, "events": {"review.written": "A review"}}
FILLED = {
    "points": "7", "per": "2.50", "products": "toys\nbooks", "factor": "1.5", "weekdays": ["sat", "sun"],
    "hour_from": "18:00", "hour_to": "22:00", "tiers": ["gold"], "channel": "app", "channel_not": "marketplace",
    "amount_min": "20.00", "starts": "2026-03-01T08:00", "ends": "2026-06-01T00:00", "segment": "vip",
    "friend_points": "150", "referrer_points": "300", "year_points": "3000", "times": "3", "period": "month",
    "points_max": "40", "budget": "1000", "items": "CAM-1\nLENS-1 x 2", "sets_max": "2", "event": "review.written",
    "questions": "text_length >= 50\nverified_purchase = yes", "card": "coffee", "count": "1", "about": "line.category",
    "when": "member.is_birthday_month", "name": "A rule",
}  # fmt: skip


def form_of(key, given):
    recipe = RECIPES[key]
    data = {name: given[name] for name in ("rule", *(one.name for one in recipe.fields)) if name in given}
    return RecipeForm(data, recipe=recipe, context=CONTEXT, names=NAMES, zone="Europe/Paris")


@pytest.mark.parametrize("key", RECIPES)
def test_every_recipes_form_makes_a_rule_that_it_opens_again(key):
    form = form_of(key, FILLED)
    assert form.is_valid(), form.errors
    made = form.built()

    read_rules({"rules": [made]}, CONTEXT)
    opened = RecipeForm(
        recipe=RECIPES[key], context=CONTEXT, names=NAMES, zone="Europe/Paris", initial=initial_of(RECIPES[key], made)
    )
    shown = {bound.name: bound.value() for bound in opened}
    again = form_of(key, {name: value for name, value in shown.items() if value is not None})
    assert again.is_valid(), again.errors
    assert again.built() == made


def test_a_line_that_is_no_question_is_told():
    form = form_of("event", FILLED | {"questions": "longer than fifty"})

    assert "is not like" in str(form.errors["questions"])


@pytest.mark.django_db
class TestPages:
    def test_a_recipe_begins_a_draft_and_puts_its_rule_in(self, manager, beans):
        client = signed_in(manager)
        page = where(client.post(at("rules_new", beans.pk), {"recipe": "pieces"}))

        answer = client.post(page, {"name": "Coffee", "points": "2", "about": "line.category", "products": "coffee",
                                    "points_max": "40", "period": "month"})  # fmt: skip

        (made,) = RuleSet.objects.get().document["rules"]
        assert where(answer) == at("rules_version", RuleSet.objects.get().pk)
        assert made["effects"][0]["of"]["params"]["where"]["value"] == ["coffee"]
        assert made["limits"] == [{"scope": "member", "period": "month", "points": 40}]

    def test_the_same_recipe_twice_has_two_keys(self, manager, beans):
        draft = operations.create_draft(beans, document(), actor="system:x")
        client = signed_in(manager)
        for _ in range(2):
            client.post(at("rules_recipe", draft.pk, "welcome"), {"name": "Hello", "points": "5"})

        draft.refresh_from_db()
        assert [one["key"] for one in draft.document["rules"]] == ["gift", "welcome", "welcome-2"]

    def test_inside_the_editor_it_answers_the_rule_and_keeps_nothing(self, manager, beans):
        client = signed_in(manager)

        answer = client.post(at("rules_recipe_part", beans.pk, "welcome"), {"name": "Hello", "points": "5"})

        assert json.loads(answer.content)["rule"]["trigger"] == "member.joined"
        assert not RuleSet.objects.exists()

    def test_a_mistake_comes_back_as_the_form(self, manager, beans):
        answer = signed_in(manager).post(at("rules_recipe_part", beans.pk, "welcome"), {"name": "Hello", "points": "0"})

        assert "greater than or equal to 1" in body(answer)

    def test_a_rule_of_a_recipe_is_known_by_it(self, manager, beans):
        made = RECIPES["welcome"].build({"name": "Hello", "points": 5})

        answer = signed_in(manager).post(at("rules_recipe_of", beans.pk), {"rule": json.dumps(made)})

        assert json.loads(answer.content) == {"recipe": "welcome"}
