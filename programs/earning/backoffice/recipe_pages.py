"""Recipes as forms: a page that puts the rule into a draft, and the same form inside the editor, which takes the rule
itself."""

import json
from uuid import UUID

from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from loyalty.backoffice import allowed
from loyalty.backoffice_menu import page
from loyalty.errors import LoyaltyError
from programs.earning.backoffice.answering import answer_json
from programs.earning.backoffice.contexts import context_and_names
from programs.earning.backoffice.drafts import page_of, tell
from programs.earning.backoffice.recipe_forms import RecipeForm, initial_of
from programs.earning.backoffice.theirs import CHANGE, SEE, program_of, ruleset_of
from programs.earning.models import RuleSet
from programs.earning.recipes import RECIPES, Recipe, recipe_of
from programs.earning.rulesets import operations
from programs.membership.models import Program


@page("rules/version/<uuid:ruleset_id>/recipes/<slug:recipe_key>/", name="rules_recipe")
@allowed(CHANGE)
def recipe_page(request: HttpRequest, ruleset_id: UUID, recipe_key: str) -> HttpResponse:
    """A recipe's form; what it makes is put at the end of the draft."""
    ruleset, recipe = ruleset_of(request, ruleset_id, CHANGE), _recipe(recipe_key)
    if ruleset.status != RuleSet.Status.DRAFT:
        return HttpResponseRedirect(page_of(ruleset))
    form = _form(request, ruleset.program, recipe)
    if request.method == "POST" and form.is_valid():
        try:
            operations.change_draft(ruleset, document=_with(ruleset.document, form.built()))
        except LoyaltyError as refusal:
            tell(request, refusal)
        else:
            messages.success(request, _("The rule is in the draft."))
            return HttpResponseRedirect(page_of(ruleset))
    context = {
        **admin.site.each_context(request), "title": recipe.label, "recipe": recipe, "form": form, "ruleset": ruleset,
        "program": ruleset.program, "back": page_of(ruleset),
    }  # fmt: skip
    return TemplateResponse(request, "admin/rules/recipe.html", context)


@page("rules/<uuid:program_id>/recipes/<slug:recipe_key>/", name="rules_recipe_part")
@allowed(SEE)
def recipe_part(request: HttpRequest, program_id: UUID, recipe_key: str) -> HttpResponse:
    """The same form inside the editor: answers the rule as JSON, or the form with what is wrong. Keeps nothing."""
    program = program_of(request, program_id)
    recipe = _recipe(recipe_key)
    if "open" in request.POST:
        form = _form(request, program, recipe, opened=request.POST["open"])
    else:
        form = _form(request, program, recipe)
        if request.method == "POST" and form.is_valid():
            return answer_json({"rule": form.built()})
    context = {"recipe": recipe, "form": form, "program": program}
    return TemplateResponse(request, "admin/rules/recipe_part.html", context)


@page("rules/<uuid:program_id>/recipe-of/", name="rules_recipe_of")
@allowed(SEE)
def recipe_of_rule(request: HttpRequest, program_id: UUID) -> HttpResponse:
    """The key of the recipe whose form opens the rule that is sent; empty where none does."""
    program_of(request, program_id)
    try:
        found = recipe_of(json.loads(request.POST.get("rule", "")[:60_000]))
    except (ValueError, RecursionError):
        found = None
    return answer_json({"recipe": found[0].key if found else ""})


def _recipe(key: str) -> Recipe:
    if key not in RECIPES:
        raise Http404
    return RECIPES[key]


def _form(request: HttpRequest, program: Program, recipe: Recipe, *, opened: str | None = None) -> RecipeForm:
    context, names = context_and_names(program)
    given = None if opened is not None or request.method != "POST" else request.POST
    try:
        rule = json.loads(opened) if opened else None
    except (ValueError, RecursionError):
        rule = None
    return RecipeForm(
        given, recipe=recipe, context=context, names=names, zone=program.timezone, initial=initial_of(recipe, rule)
    )


def _with(document, rule: dict) -> dict:
    """The document with one more rule, whose key is not taken yet."""
    document = document if isinstance(document, dict) else {}
    rules = document.get("rules") if isinstance(document.get("rules"), list) else []
    taken = {one.get("key") for one in rules if isinstance(one, dict)}
    key, number = rule["key"], 2
    while rule["key"] in taken:
        rule["key"], number = f"{key}-{number}", number + 1
    return {**document, "rules": [*rules, rule]}
