"""Publishing a version of the rules, and throwing a draft away: each asks first, and says what would be different."""

from uuid import UUID

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from loyalty.backoffice import allowed
from loyalty.backoffice_buttons import OperationForm, ReasonForm
from loyalty.backoffice_menu import page
from loyalty.errors import LoyaltyError
from loyalty.history.acting import acting
from loyalty.identity.backoffice import principal_of
from programs.earning.backoffice.drafts import page_of, tell
from programs.earning.backoffice.theirs import CHANGE, PUBLISH, ruleset_of
from programs.earning.errors import RulesNotValid
from programs.earning.models import RuleSet
from programs.earning.rulesets import operations
from programs.earning.rulesets.publishing import differences, publish_asked, published
from programs.membership.models import Program


@page("rules/version/<uuid:ruleset_id>/publish/", name="rules_publish")
@allowed(PUBLISH)
def publish_page(request: HttpRequest, ruleset_id: UUID) -> HttpResponse:
    """Shows what publishing would change, asks why, and publishes; an older version comes back in the same way."""
    ruleset = ruleset_of(request, ruleset_id, PUBLISH)
    form = ReasonForm(request.POST or None)
    form.fields["reason"].required = False
    mistakes: list[dict] = []
    if request.method == "POST" and form.is_valid():
        try:
            with acting(reason=form.cleaned_data["reason"]):
                done, waiting = publish_asked(principal_of(request), ruleset, reason=form.cleaned_data["reason"])
        except LoyaltyError as refusal:
            mistakes = list(getattr(refusal, "errors", ()))
            if not mistakes:
                messages.error(request, refusal.detail)
        else:
            _say(request, done, waiting is not None)
            return HttpResponseRedirect(reverse("admin:rules_of", args=[ruleset.program_id]))
    elif request.method == "GET":
        mistakes = _mistakes(ruleset)
    return TemplateResponse(request, "admin/rules/publish.html", _context(request, ruleset, form, mistakes))


@page("rules/version/<uuid:ruleset_id>/discard/", name="rules_discard")
@allowed(CHANGE)
def discard_page(request: HttpRequest, ruleset_id: UUID) -> HttpResponse:
    """Throws a draft away, after asking."""
    ruleset = ruleset_of(request, ruleset_id, CHANGE)
    form = OperationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            operations.discard_draft(ruleset)
        except LoyaltyError as refusal:
            tell(request, refusal)
            return HttpResponseRedirect(page_of(ruleset))
        messages.success(request, _("The draft is thrown away."))
        return HttpResponseRedirect(reverse("admin:rules_of", args=[ruleset.program_id]))
    context = {
        **admin.site.each_context(request), "title": _("Throw the draft away"), "ruleset": ruleset, "form": form,
        "program": ruleset.program, "back": page_of(ruleset),
    }  # fmt: skip
    return TemplateResponse(request, "admin/rules/discard.html", context)


def _context(request: HttpRequest, ruleset: RuleSet, form: ReasonForm, mistakes: list[dict]) -> dict:
    program = ruleset.program
    before = published(program)
    is_again = ruleset.published_at is not None
    title = _("Publish version %(version)s again") if is_again else _("Publish version %(version)s")
    return {
        **admin.site.each_context(request),
        "title": title % {"version": ruleset.version},
        "program": program,
        "ruleset": ruleset,
        "before": before,
        "is_in_force": before is not None and before.pk == ruleset.pk,
        "differences": differences(ruleset, before),
        "needs_second": program.brand.approval_terms and program.status != Program.Status.DRAFT,
        "mistakes": mistakes,
        "form": form,
        "back": page_of(ruleset),
    }


def _mistakes(ruleset: RuleSet) -> list[dict]:
    """What would be refused, told before anybody presses the button."""
    try:
        operations.refuse_unpublishable(ruleset)
    except RulesNotValid as refusal:
        return refusal.errors
    except LoyaltyError as refusal:
        return [{"pointer": "", "detail": refusal.detail}]
    return []


def _say(request: HttpRequest, ruleset: RuleSet, is_waiting: bool) -> None:
    if is_waiting:
        messages.warning(request, _("It waits for a second person, under Approvals. Until then nothing changes."))
    else:
        facts = {"version": ruleset.version}
        messages.success(request, _("Version %(version)s is in force for everything from now on.") % facts)
