"""Try on an order: a made-up purchase decided by a version of the rules, beside what is in force. Moves nothing."""

from dataclasses import dataclass
from uuid import UUID

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from loyalty.backoffice import allowed
from loyalty.backoffice_menu import page
from loyalty.errors import Invalid
from loyalty.identity.models import BrandMember
from programs.activity.rule_pages.imagined import real_member
from programs.activity.rule_pages.telling import Telling, telling_of
from programs.activity.rule_pages.trying_forms import LinesForm, OrderForm, items_of
from programs.earning.backoffice.contexts import names_of
from programs.earning.backoffice.drafts import page_of
from programs.earning.backoffice.theirs import SEE, may, ruleset_of
from programs.earning.editions import draft_snapshot, snapshot_of
from programs.earning.facts import Terms
from programs.earning.models import RuleSet
from programs.earning.rules.catalogue import ORDER
from programs.earning.rules.happening import Happening, MemberFacts
from programs.membership.models import Membership, Program


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
    program = ruleset.program
    sent = request.POST if request.method == "POST" else None
    form = OrderForm(sent, program=program, names=names_of(program))
    lines = LinesForm(sent, prefix="lines", initial=[{"quantity": 1}] if sent is None else None)
    tried = []
    if request.method == "POST" and form.is_valid() and lines.is_valid():
        tried = _tried(request, ruleset, form, lines)
    context = {
        **admin.site.each_context(request), "title": _("Try on an order"), "ruleset": ruleset, "program": program,
        "form": form, "lines": lines, "tried": tried, "back": page_of(ruleset),
    }  # fmt: skip
    return TemplateResponse(request, "admin/rules/try.html", context)


def _tried(request: HttpRequest, ruleset: RuleSet, form: OrderForm, lines) -> list[Tried]:
    program = ruleset.program
    member, used = form.imagined(), {}
    if asked := form.cleaned_data["member"].strip():
        membership = find_membership(request, program, asked)
        if membership is None:
            form.add_error("member", _("There is no such member in this program."))
            return []
        member, used = real_member(program, membership, form.cleaned_data["at"])
    happening = _happening(form, lines, member)
    terms = Terms.of(program)
    live = Tried(
        title=_("In force now"), mistakes=[],
        telling=telling_of(snapshot_of(program.pk, program.edition, terms), happening, used),
    )  # fmt: skip
    if ruleset.status == RuleSet.Status.PUBLISHED:
        return [live]
    title = _("By version %(version)s") % {"version": ruleset.version}
    try:
        told = telling_of(draft_snapshot(program, terms, ruleset=ruleset), happening, used)
    except Invalid as refusal:
        return [Tried(title=title, telling=None, mistakes=refusal.errors), live]
    return [Tried(title=title, telling=told, mistakes=[]), live]


def _happening(form: OrderForm, lines, member: MemberFacts) -> Happening:
    purchase = form.purchase(items_of(lines, form.program))
    tender = form.cleaned_data["tender"].strip()
    return Happening(
        at=purchase.occurred_at, member=member, trigger=ORDER, purchase=purchase,
        tenders=frozenset([tender] if tender else []),
    )  # fmt: skip


def find_membership(request: HttpRequest, program: Program, text: str) -> Membership | None:
    """A member of the program by member number or card, for who may look members up there."""
    if not may(request, program, "memberships.look_up"):
        return None
    found = Membership.objects.filter(program=program).select_related("member", "program")
    linked = BrandMember.objects.filter(brand=program.brand_id, external_id=text).values("member_id")
    return found.filter(member__in=linked).first() or found.filter(card_number="".join(text.split())).first()
