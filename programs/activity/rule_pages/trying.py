"""Try on an order: a made-up purchase decided by a version of the rules, beside what is in force. Moves nothing."""

from dataclasses import dataclass
from uuid import UUID

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from loyalty.backoffice import allowed, brands_where
from loyalty.backoffice_menu import page
from loyalty.errors import Invalid
from loyalty.identity.backoffice import principal_of
from programs.activity.places import Place
from programs.activity.rule_pages.imagined import find_place, real_member
from programs.activity.rule_pages.telling import Telling, telling_of
from programs.activity.rule_pages.trying_forms import LinesForm, OrderForm, items_of
from programs.earning.backoffice.contexts import names_of, terms_of
from programs.earning.backoffice.drafts import page_of
from programs.earning.backoffice.theirs import SEE, may, ruleset_of
from programs.earning.editions import draft_snapshot, snapshot_of
from programs.earning.models import Campaign, RuleSet
from programs.earning.rules.catalogue import ORDER
from programs.earning.rules.compiled import Snapshot
from programs.earning.rules.happening import Happening
from programs.membership.models import Program


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What an order gives by some rules, or why they cannot be asked."""

    title: str
    telling: Telling | None
    mistakes: list[dict]


@page("rules/version/<uuid:ruleset_id>/try/", name="rules_try")
@allowed(SEE)
def try_page(request: HttpRequest, ruleset_id: UUID) -> HttpResponse:
    """The order's form, and what it would give by this version and by what is in force."""
    ruleset = ruleset_of(request, ruleset_id)
    named = _("Version %(version)s") % {"version": ruleset.version}
    is_live = ruleset.status == RuleSet.Status.PUBLISHED
    return _page(request, ruleset.program, named, None if is_live else {"ruleset": ruleset}, page_of(ruleset))


@page("campaigns/<uuid:campaign_id>/try/", name="campaign_try")
@allowed(SEE)
def try_campaign(request: HttpRequest, campaign_id: UUID) -> HttpResponse:
    """The same for a campaign, as if it were active beside what is in force."""
    brands = brands_where(request, SEE)
    found = Campaign.objects.select_related("program__brand", "program__unit").filter(pk=campaign_id)
    campaign = (found if brands is None else found.filter(program__brand__in=brands)).first()
    if campaign is None:
        raise Http404
    back = reverse("admin:programs_campaign_change", args=[campaign.pk])
    return _page(request, campaign.program, campaign.name, {"campaign": campaign}, back)


def _page(request: HttpRequest, program: Program, named: str, candidate: dict | None, back: str) -> HttpResponse:
    sent = request.POST if request.method == "POST" else None
    form = OrderForm(sent, program=program, names=names_of(program))
    lines = LinesForm(sent, prefix="lines", initial=[{"quantity": 1}] if sent is None else None)
    tried = []
    if request.method == "POST" and form.is_valid() and lines.is_valid():
        tried = _tried(request, program, named, candidate, form, lines)
    context = {
        **admin.site.each_context(request), "title": _("Try on an order"), "program": program, "named": named,
        "form": form, "lines": lines, "tried": tried, "back": back,
    }  # fmt: skip
    return TemplateResponse(request, "admin/rules/try.html", context)


def _tried(request: HttpRequest, program: Program, named: str, candidate: dict | None, form, lines) -> list[Tried]:
    """By what is tried (`candidate`; None: it is in force already) and by what is in force."""
    place = None
    if asked := form.cleaned_data["member"].strip():
        is_allowed = may(request, program, "memberships.look_up")
        place = find_place(principal_of(request), program, asked, form.cleaned_data["at"]) if is_allowed else None
        if place is None:
            form.add_error("member", _("There is no such member in this program."))
            return []
    terms, found = terms_of(program), []
    if candidate is not None:
        try:
            found.append((named, draft_snapshot(program, terms, **candidate), []))
        except Invalid as refusal:
            found.append((named, None, refusal.errors))
    found.append((_("In force now"), snapshot_of(program.pk, program.edition, terms), []))
    return [
        Tried(title=title, mistakes=mistakes, telling=snapshot and _decided(snapshot, form, lines, place))
        for title, snapshot, mistakes in found
    ]


def _decided(snapshot: Snapshot, form: OrderForm, lines, place: Place | None) -> Telling:
    """What the order gives by these rules. Moves nothing."""
    purchase = form.purchase(items_of(lines, form.program))
    member, used = form.imagined(), {}
    if place:
        member, used = real_member(place, purchase.occurred_at, snapshot.needs)
    tender = form.cleaned_data["tender"].strip()
    happening = Happening(
        at=purchase.occurred_at, member=member, trigger=ORDER, purchase=purchase,
        tenders=frozenset([tender] if tender else []),
    )  # fmt: skip
    return telling_of(snapshot, happening, used)
