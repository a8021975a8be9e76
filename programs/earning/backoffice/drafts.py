"""The page of one version of a program's rules: a draft with its three doors, any other to read; and what the editor
asks while somebody writes."""

import hashlib
import json
from uuid import UUID

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from loyalty.backoffice import allowed, mistakes_in
from loyalty.backoffice_menu import page
from loyalty.errors import Invalid, LoyaltyError
from loyalty.http.throttling import limit_by
from loyalty.identity.backoffice import principal_of
from programs.earning.backoffice.answering import answer_json
from programs.earning.backoffice.contexts import context_and_names
from programs.earning.backoffice.describing import described, empty_document
from programs.earning.backoffice.judging import (
    Judged,
    default_groups,
    grouped,
    judge,
    judge_campaign_rules,
    judge_conditions,
    read_text,
)
from programs.earning.backoffice.rules_pages import name_actors
from programs.earning.backoffice.theirs import CHANGE, PUBLISH, SEE, may, program_of, ruleset_of
from programs.earning.models import RuleSet
from programs.earning.recipes import RECIPES
from programs.earning.rules.conditions import Context
from programs.earning.rulesets import operations
from programs.earning.rulesets.publishing import published
from programs.membership.models import Program

JUDGED_RATE = "240/m"
TOLD_MAX = 20
PLACE_OF = {name: place for place, name in enumerate((
    "schema", "currency", "timezone", "rounding", "groups", "campaigns", "key", "name", "type", "trigger", "group",
    "stage", "mode", "priority", "schedule", "conditions", "all", "any", "not", "fact", "params", "operator", "value",
    "points", "per", "of", "to", "effects", "limits", "scope", "period", "times", "on_return", "stop", "rules",
))}  # fmt: skip
NEXT = {"try": "admin:rules_try", "publish": "admin:rules_publish"}


@page("rules/<uuid:program_id>/new/", name="rules_new")
@require_POST
@allowed(CHANGE)
def new_draft(request: HttpRequest, program_id: UUID) -> HttpResponse:
    """Begins a draft: from what is in force, or from the version that the form names."""
    program = program_of(request, program_id, CHANGE)
    begun = _begun_from(request, program)
    note = _("From version %(version)s") % {"version": begun.version} if begun else ""
    try:
        draft = operations.create_draft(
            program, begun.document if begun else empty_document(), note=note, actor=principal_of(request).actor
        )
    except LoyaltyError as refusal:
        tell(request, refusal)
        return HttpResponseRedirect(reverse("admin:rules_of", args=[program.pk]))
    recipe = request.POST.get("recipe")
    if recipe in RECIPES:
        return HttpResponseRedirect(reverse("admin:rules_recipe", args=[draft.pk, recipe]))
    return HttpResponseRedirect(page_of(draft))


@page("rules/version/<uuid:ruleset_id>/", name="rules_version")
@allowed(SEE)
def version_page(request: HttpRequest, ruleset_id: UUID) -> HttpResponse:
    """A version: a draft is written here by whoever may, everything else is shown as it is."""
    ruleset = ruleset_of(request, ruleset_id)
    is_editor = ruleset.status == RuleSet.Status.DRAFT and may(request, ruleset.program, CHANGE)
    return _editor(request, ruleset) if is_editor else _shown(request, ruleset)


@page("rules/version/<uuid:ruleset_id>/save/", name="rules_save")
@require_POST
@allowed(CHANGE)
def save_draft(request: HttpRequest, ruleset_id: UUID) -> HttpResponse:
    """Keeps the draft as it was sent, mistakes and all; only what is no JSON at all cannot be kept. What somebody else
    has kept since the page was opened is not written over unasked."""
    ruleset = ruleset_of(request, ruleset_id, CHANGE)
    if ruleset.status != RuleSet.Status.DRAFT:
        messages.error(request, _("This version was published: it stays as it is. Make a new draft."))
        return HttpResponseRedirect(page_of(ruleset))
    return _saved(request, ruleset)


@page("rules/<uuid:program_id>/judge/", name="rules_judge")
@require_POST
@allowed(SEE)
def judge_page(request: HttpRequest, program_id: UUID) -> HttpResponse:
    """What the document in the editor says and what is wrong with it. Keeps nothing."""
    program = program_of(request, program_id)
    limit_by(request, "rules-judge", str(request.user.pk), JUDGED_RATE)
    context, _names = context_and_names(program)
    mode = request.POST.get("mode", "document")
    groups = groups_of(program) if mode == "rules" else None
    return answer_json(judged_text(request.POST.get("text", ""), mode, context, groups=groups).as_dict())


def judged_text(text: str, mode: str, context: Context, *, groups: list | None = None) -> Judged:
    """What is told of a text: of a whole document, of the rules of a campaign beside those `groups`, or of an
    audience."""
    try:
        document = read_text(text or "null")
    except Invalid as refusal:
        return Judged(errors=refusal.errors)
    if mode == "audience":
        return judge_conditions(document, context)
    if mode == "rules":
        return judge_campaign_rules(document, context, groups or default_groups())
    return judge(document, context)


def groups_of(program: Program) -> list:
    """The kinds of rules of the program's published version, among which a campaign's rules take their place."""
    ruleset = published(program)
    groups = ruleset.document.get("groups") if ruleset else None
    return groups if isinstance(groups, list) and groups else default_groups()


def tell(request: HttpRequest, refusal: LoyaltyError) -> None:
    """Says each mistake of a refusal."""
    mistakes = [one["detail"] for one in getattr(refusal, "errors", ())] or mistakes_in(refusal)
    for mistake in mistakes[:TOLD_MAX]:
        messages.error(request, mistake)


def editor_context(request: HttpRequest, ruleset: RuleSet, text: str) -> dict:
    """What the page of a draft shows around `text`."""
    program = ruleset.program
    context, names = context_and_names(program)
    judged = judged_text(text, "document", context)
    name_actors(request, [ruleset])
    return {
        **admin.site.each_context(request),
        "title": _("Draft %(version)s of %(program)s") % {"version": ruleset.version, "program": program.name},
        "program": program,
        "ruleset": ruleset,
        "text": text,
        "seen": digest(ruleset.document),
        "judged": judged,
        "groups": grouped(judged.rules) if judged.rules else [],
        "catalogue": described(context, names, zone=program.timezone),
        "recipes": RECIPES.values(),
        "may_publish": may(request, program, PUBLISH),
    }


def page_of(ruleset: RuleSet) -> str:
    """Where a version's page is."""
    return reverse("admin:rules_version", args=[ruleset.pk])


def written(document) -> str:
    """A document as a text that people read: what says most about a rule stands first, however it was kept."""
    return json.dumps(_in_order(document), indent=2, ensure_ascii=False)


def digest(document) -> str:
    """What tells one document from another."""
    return hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()[:32]


def _editor(request: HttpRequest, ruleset: RuleSet, text: str | None = None) -> HttpResponse:
    context = editor_context(request, ruleset, written(ruleset.document) if text is None else text)
    return TemplateResponse(request, "admin/rules/draft.html", context)


def _shown(request: HttpRequest, ruleset: RuleSet) -> HttpResponse:
    program = ruleset.program
    context, _names = context_and_names(program)
    judged = judge(ruleset.document, context)
    name_actors(request, [ruleset])
    shown = {
        **admin.site.each_context(request),
        "title": _("Version %(version)s of %(program)s") % {"version": ruleset.version, "program": program.name},
        "program": program,
        "ruleset": ruleset,
        "judged": judged,
        "groups": grouped(judged.rules) if judged.rules else [],
        "text": written(ruleset.document),
        "may_change": may(request, program, CHANGE),
        "may_publish": may(request, program, PUBLISH) and ruleset.status == RuleSet.Status.SUPERSEDED,
    }
    return TemplateResponse(request, "admin/rules/version.html", shown)


def _saved(request: HttpRequest, ruleset: RuleSet) -> HttpResponse:
    text = request.POST.get("document", "").replace("\r\n", "\n")
    if request.POST.get("seen", "") not in ("", digest(ruleset.document)):
        told = _("Somebody else has changed the draft meanwhile. Yours stands here; save again to put it in the place.")
        messages.warning(request, told)
        return _editor(request, ruleset, text)
    try:
        document = read_text(text)
        draft = operations.change_draft(ruleset, document=document, note=request.POST.get("note", "").strip())
    except LoyaltyError as refusal:
        tell(request, refusal)
        return _editor(request, ruleset, text)
    count = len(draft.errors)
    if count:
        told = ngettext(
            "The draft is kept. It has one mistake still.", "The draft is kept. It has %(count)s mistakes still.", count
        )
        messages.warning(request, told % {"count": count})
    else:
        messages.success(request, _("The draft is kept."))
    return HttpResponseRedirect(_following(request.POST.get("then", ""), ruleset))


def _following(then: str, ruleset: RuleSet) -> str:
    """The page that the button led to."""
    if then == "backtest":
        return f"{reverse('admin:rules_backtests', args=[ruleset.program_id])}?what=version:{ruleset.version}"
    return reverse(NEXT[then], args=[ruleset.pk]) if then in NEXT else page_of(ruleset)


def _begun_from(request: HttpRequest, program: Program) -> RuleSet | None:
    """The version that a new draft begins as: the one that the form names, else what is in force."""
    named = request.POST.get("version", "")
    if named.isascii() and named.isdecimal() and len(named) < 10:
        return RuleSet.objects.filter(program=program, version=int(named)).first()
    return published(program)


def _in_order(value):
    if isinstance(value, list):
        return [_in_order(one) for one in value]
    if not isinstance(value, dict):
        return value
    return {name: _in_order(value[name]) for name in sorted(value, key=lambda name: (PLACE_OF.get(name, 99), name))}
