"""The rules of a program: what is in force, drafts and older versions, each rule as a sentence."""

from uuid import UUID

from django.contrib import admin
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from loyalty.backoffice import allowed, brands_where
from loyalty.backoffice_menu import page
from loyalty.identity.approvals.models import ApprovalRequest
from loyalty.identity.audit.naming import SOMEBODY, actors_named
from programs.earning.backoffice.campaigns.timing import times_in_words
from programs.earning.backoffice.contexts import terms_of
from programs.earning.backoffice.judging import grouped
from programs.earning.backoffice.theirs import CHANGE, PUBLISH, SEE, may, program_of, programs_of
from programs.earning.editions import snapshot_of
from programs.earning.models import Campaign, RuleSet
from programs.earning.recipes import RECIPES
from programs.membership.models import Program

VERSIONS_SHOWN = 20


@page("rules/", name="rules")
@allowed(SEE)
def programs_page(request: HttpRequest) -> HttpResponse:
    """The programs whose rules one can look at; the only one at once."""
    counted = {
        "drafts": Count("rulesets", filter=Q(rulesets__status="draft"), distinct=True),
        "campaigns_running": Count("campaigns", filter=Q(campaigns__status="active"), distinct=True),
    }
    programs = list(programs_of(request).exclude(status=Program.Status.ARCHIVED).annotate(**counted)[:200])
    if len(programs) == 1:
        return HttpResponseRedirect(reverse("admin:rules_of", args=[programs[0].pk]))
    live = RuleSet.objects.filter(program__in=programs, status=RuleSet.Status.PUBLISHED).defer("document")
    by_program = {one.program_id: one for one in live}
    for program in programs:
        program.in_force = by_program.get(program.pk)
    context = {**admin.site.each_context(request), "title": _("Rules"), "programs": programs}
    return TemplateResponse(request, "admin/rules/programs.html", context)


@page("rules/<uuid:program_id>/", name="rules_of")
@allowed(SEE)
def rules_page(request: HttpRequest, program_id: UUID) -> HttpResponse:
    """What a program gives points for now, and the versions that lie before and after it."""
    program = program_of(request, program_id)
    versions = list(RuleSet.objects.filter(program=program).defer("document").order_by("-version")[:VERSIONS_SHOWN])
    name_actors(request, versions)
    campaigns = Campaign.objects.filter(program=program, status=Campaign.Status.ACTIVE).select_related("program")
    rules = snapshot_of(program.pk, program.edition, terms_of(program)).rules
    context = {
        **admin.site.each_context(request),
        "title": _("Rules of %(program)s") % {"program": program.name},
        "program": program,
        "in_force": next((one for one in versions if one.status == RuleSet.Status.PUBLISHED), None),
        "groups": grouped(rules),
        "drafts": [one for one in versions if one.status == RuleSet.Status.DRAFT],
        "older": [one for one in versions if one.status == RuleSet.Status.SUPERSEDED],
        "campaigns": [(one, times_in_words(one)) for one in campaigns.order_by("priority", "key")],
        "recipes": RECIPES.values(),
        "may_change": may(request, program, CHANGE) and program.status != Program.Status.ARCHIVED,
        "may_publish": may(request, program, PUBLISH),
        "waiting": waiting_of(request, program, versions),
    }
    return TemplateResponse(request, "admin/rules/program.html", context)


def name_actors(request: HttpRequest, versions: list[RuleSet]) -> None:
    """Gives each version the names of those who wrote and published it, as far as the person may know them."""
    actors = {actor for one in versions for actor in (one.created_by, one.published_by) if actor}
    named = actors_named(actors, brands_where(request, SEE))
    for one in versions:
        one.author, one.publisher = (named.get(actor, SOMEBODY) for actor in (one.created_by, one.published_by))


def waiting_of(request: HttpRequest, program: Program, versions: list[RuleSet]) -> list[ApprovalRequest]:
    """What waits under Approvals of these versions."""
    if not may(request, program, "approvals.view"):
        return []
    asked = ApprovalRequest.objects.filter(kind="rules.publish", subject_id__in=[one.pk for one in versions])
    return list(asked.filter(brand=program.brand_id, status=ApprovalRequest.Status.WAITING))
