"""Rules that many brands want, each as a plain form: a few typed fields that make a rule, and a rule of that kind taken
apart into its fields again. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from programs.earning.recipe_fields import Field, kept_fields, values_fit
from programs.earning.recipe_patterns import PATTERNS
from programs.earning.templates import EMPTY, filled, found

__all__ = ["RECIPES", "Field", "Recipe", "recipe_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """One kind of rule: what it is called, what it does, and its fields in the order of a form. Besides those, `key`,
    `group`, `priority` and some more go through unseen (`kept`)."""

    key: str
    label: str
    help: str
    fields: tuple[Field, ...]
    kept: tuple[Field, ...]
    pattern: Mapping[str, Any]

    def build(self, values: Mapping[str, Any]) -> dict:
        """The rule that these values make: whole numbers, texts and lists as the fields' kinds say, nothing (None, an
        empty text or list) where a field is left out. What is not named has its default. ValueError where one that is
        needed has no value."""
        given = {one.name: one.default for one in (*self.fields, *self.kept)}
        given |= {name: value for name, value in values.items() if name in given and value not in EMPTY}
        missing = [one.name for one in self.fields if one.is_required and given[one.name] in EMPTY]
        if missing:
            raise ValueError(f"The recipe {self.key} needs {', '.join(missing)}.")
        given["key"] = given["key"] or self.key
        return filled(self.pattern, given)

    def matches(self, rule: Any) -> dict[str, Any] | None:
        """The values that make this rule; None for one that the recipe does not make."""
        if not isinstance(rule, dict):
            return None
        plain = _plain(rule)
        given = found(self.pattern, plain)
        if given is None or not values_fit((*self.fields, *self.kept), given):
            return None
        values = {one.name: given.get(one.name, one.default) for one in (*self.fields, *self.kept)}
        if any(one.is_required and values[one.name] in EMPTY for one in self.fields):
            return None
        return values if _plain(self.build(values)) == plain else None


def recipe_of(rule: Any) -> tuple[Recipe, dict[str, Any]] | None:
    """The recipe that makes this rule, with the values; None for a rule of no recipe."""
    for recipe in RECIPES.values():
        values = recipe.matches(rule)
        if values is not None:
            return recipe, values
    return None


def _plain(rule: Mapping) -> dict:
    """The rule without what it need not say, so that rules that mean the same look the same."""
    plain = {name: _listed(value) for name, value in rule.items() if not _is_default(name, value)}
    conditions = plain.get("conditions")
    if isinstance(conditions, dict) and not {"all", "any"} & conditions.keys():
        plain["conditions"] = {"all": [conditions]}
    if isinstance(plain.get("effects"), list):
        plain["effects"] = [_plain_effect(one) if isinstance(one, dict) else one for one in plain["effects"]]
    return {"group": "bonus"} | plain


def _is_default(name: str, value: Any) -> bool:
    defaults = {"priority": 0, "on_return": "proportional", "stop": False}
    if name in defaults:
        return type(value) is type(defaults[name]) and value == defaults[name]
    return value in ([], {}, {"all": []})


def _plain_effect(effect: Mapping) -> dict:
    needless = {"to": "member", "of": {"fact": "order.net"}}
    if effect.get("type") == "points.per_unit":
        needless["per"] = 1
    return {name: value for name, value in effect.items() if name not in needless or value != needless[name]}


def _listed(value: Any) -> Any:
    """Where forms offer several tiers or products, a question for one is one for a list of it."""
    if isinstance(value, list):
        return [_listed(one) for one in value]
    if not isinstance(value, dict):
        return value
    fact = value.get("fact")
    is_choice = isinstance(fact, str) and (fact == "member.tier" or fact.startswith("line."))
    if is_choice and value.get("operator") == "equal" and isinstance(value.get("value"), str):
        return {**value, "operator": "in", "value": [value["value"]]}
    return {name: _listed(inner) for name, inner in value.items()}


RECIPES: dict[str, Recipe] = {
    key: Recipe(key=key, label=label, help=help_, fields=fields, kept=kept_fields(group, pattern), pattern=pattern)
    for key, label, help_, group, fields, pattern in PATTERNS
}
