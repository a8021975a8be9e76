"""The brand's screen of campaigns: the list with what each has given, a page for each, the form, and the buttons that
start and stop it. Registered by `programs.activity`, which knows how far common goals are."""

from decimal import Decimal
from typing import ClassVar

from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import display

from loyalty.backoffice import allowed
from loyalty.backoffice_buttons import OperationAdmin, operation
from loyalty.errors import LoyaltyError
from loyalty.identity.approvals.models import ApprovalRequest
from loyalty.identity.backoffice import principal_of
from programs.earning.backoffice.campaigns.forms import CampaignForm, initial_of
from programs.earning.backoffice.campaigns.metering import Meter, meters_of
from programs.earning.backoffice.campaigns.timing import times_in_words
from programs.earning.backoffice.contexts import context_and_names
from programs.earning.backoffice.describing import described
from programs.earning.backoffice.drafts import groups_of, tell, written
from programs.earning.backoffice.judging import judge_campaign_rules, judge_conditions
from programs.earning.campaigns import operations
from programs.earning.campaigns.activating import activate_asked
from programs.earning.campaigns.metrics import metrics_of
from programs.earning.editions import context_of
from programs.earning.models import Campaign
from programs.earning.recipes import RECIPES
from programs.membership.models import Program

Status = Campaign.Status
STATUS_LABELS = {"Draft": "info", "Active": "success", "Paused": "warning", "Ended": None}
FORM = "admin/rules/campaign_form.html"
PROGRAMS_MAX = 200
BEFORE = (Status.DRAFT, Status.PAUSED)


def _is(*statuses):
    return lambda campaign: campaign.status in statuses


class CampaignAdmin(OperationAdmin):
    """Campaigns are drafted, changed, started, paused and ended; never deleted, for points speak of them."""

    resource = "campaigns"
    brand_path = "program__brand"
    list_display = ("name", "status_label", "program", "runs", "points_given", "budget_bar", "reached", "lifted")
    list_filter = ("status", "program")
    list_select_related = ("program",)
    list_per_page = 25
    search_fields = ("name", "key")
    actions_detail = ("activate", "pause", "end")

    class Media:
        css: ClassVar[dict] = {"all": ("loyalty/rules.css",)}

    def offers(self, verb):
        return verb != "delete"

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("program__brand", "program__unit")

    def get_urls(self):
        view = self.admin_site.admin_view(self.edit_view)
        return [path("<path:object_id>/edit/", view, name="programs_campaign_edit"), *super().get_urls()]

    def prepare_rows(self, request, rows):
        meters = meters_of(rows)
        for row in rows:
            row.meter = meters[row.pk]

    @display(description=gettext_lazy("Status"), ordering="status", label=STATUS_LABELS)
    def status_label(self, campaign):
        return campaign.get_status_display()

    @display(description=gettext_lazy("When"), ordering="starts_at")
    def runs(self, campaign):
        return times_in_words(campaign)

    @display(description=gettext_lazy("Points given"))
    def points_given(self, campaign):
        return format_html('<span class="figure">{}</span>', f"{campaign.meter.points:,}")

    @display(description=gettext_lazy("Budget left"))
    def budget_bar(self, campaign):
        return bar_of(campaign.meter)

    @display(description=gettext_lazy("Members reached"))
    def reached(self, campaign):
        return format_html('<span class="figure">{}</span>', f"{campaign.meter.members:,}")

    @display(description=gettext_lazy("Times given"))
    def lifted(self, campaign):
        return format_html('<span class="figure">{}</span>', f"{campaign.meter.times:,}")

    def goal_of(self, campaign: Campaign) -> dict | None:
        """How far the common goal is; a floor above knows."""
        return None

    def change_view(self, request, object_id, form_url="", extra_context=None):
        """The page of a campaign."""
        campaign = self._campaign(request, object_id, "view")
        return TemplateResponse(request, "admin/rules/campaign.html", self._page(request, campaign, object_id))

    def add_view(self, request, form_url="", extra_context=None):
        """Asks for the program where there are several, then for the campaign."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        programs = list(self._programs(request)[:PROGRAMS_MAX])
        chosen = request.GET.get("program") or (str(programs[0].pk) if len(programs) == 1 else "")
        program = next((one for one in programs if str(one.pk) == chosen), None)
        if program is None:
            context = {**self.admin_site.each_context(request), "opts": self.opts, "programs": programs,
                       "title": _("For which program?")}  # fmt: skip
            return TemplateResponse(request, "admin/rules/campaign_program.html", context)
        form = CampaignForm(request.POST or None, program=program, initial={"audience": "{}", "rules": "[]"})
        if request.method == "POST" and form.is_valid():
            try:
                actor = principal_of(request).actor
                made = operations.create_campaign(program, key=form.cleaned_data["key"], actor=actor, **form.terms())
            except LoyaltyError as refusal:
                form.take(refusal)
            else:
                self.log_addition(request, made, _("Drafted"))
                messages.success(request, _("The campaign is drafted. Nothing is given before it is activated."))
                return HttpResponseRedirect(self.page_of(made))
        return self._form(request, program, form, None)

    @allowed("campaigns.change")
    def edit_view(self, request, object_id) -> HttpResponse:
        """The form of a campaign that is there."""
        campaign = self._campaign(request, object_id, "change")
        if campaign.status == Status.ENDED:
            return HttpResponseRedirect(self.page_of(campaign))
        form = CampaignForm(
            request.POST or None, program=campaign.program, campaign=campaign, initial=initial_of(campaign, written)
        )
        if request.method == "POST" and form.is_valid():
            try:
                operations.change_campaign(campaign, form.terms(), actor=principal_of(request).actor)
            except LoyaltyError as refusal:
                form.take(refusal)
            else:
                self.log_change(request, campaign, _("Changed"))
                messages.success(request, _("The campaign is changed."))
                return HttpResponseRedirect(self.page_of(campaign))
        return self._form(request, campaign.program, form, campaign)

    @operation(
        gettext_lazy("Activate"),
        text=gettext_lazy("From then on it gives, within its times. A large one may need a second person first."),
        icon="play_arrow",
        is_there=_is(Status.DRAFT, Status.PAUSED),
    )
    def activate(self, request, obj, data):
        done = self._done(request, lambda: activate_asked(principal_of(request), obj, reason=data["reason"]))
        if done[1] is not None:
            return _("So large a campaign needs a second person: it waits under Approvals.")
        return _("The campaign is active.")

    @operation(
        gettext_lazy("Pause"),
        text=gettext_lazy("It gives nothing until it is activated again; what was given stays given."),
        icon="pause",
        is_there=_is(Status.ACTIVE),
    )
    def pause(self, request, obj, data):
        self._done(request, lambda: operations.pause(obj, actor=principal_of(request).actor))
        return _("The campaign is paused.")

    @operation(
        gettext_lazy("End"),
        text=gettext_lazy("It gives nothing any more, for good; what was given stays given. This cannot be undone."),
        icon="stop",
        is_danger=True,
        is_there=_is(Status.DRAFT, Status.ACTIVE, Status.PAUSED),
    )
    def end(self, request, obj, data):
        self._done(request, lambda: operations.end(obj, actor=principal_of(request).actor))
        return _("The campaign has ended.")

    def _done(self, request, act):
        """Does it; of several mistakes each is told."""
        try:
            return act()
        except LoyaltyError as refusal:
            if getattr(refusal, "errors", None):
                tell(request, refusal)
                raise LoyaltyError(_("It cannot be done as the campaign is now.")) from refusal
            raise

    def _campaign(self, request, object_id: str, verb: str) -> Campaign:
        campaign = self.get_object(request, unquote(object_id))
        if campaign is None:
            raise Http404
        if not self.is_within(request, campaign, verb):
            raise PermissionDenied
        return campaign

    def _programs(self, request):
        theirs = self.brands_where(request, "add")
        found = self.narrowed_programs(request).exclude(status=Program.Status.ARCHIVED).select_related("brand")
        return found if theirs is None else found.filter(brand__in=theirs)

    def narrowed_programs(self, request):
        """Programs of the brand that the person looks at, if they have chosen one."""
        return self.admin_site._registry[Program].narrowed(request, Program.objects.order_by("name"))

    def _form(self, request, program: Program, form: CampaignForm, campaign: Campaign | None) -> HttpResponse:
        context, names = context_and_names(program)
        catalogue = described(context, names, zone=program.timezone) | {"groups": groups_of(program)}
        shown = {
            **self.admin_site.each_context(request), "opts": self.opts, "program": program, "form": form,
            "campaign": campaign, "catalogue": catalogue, "recipes": RECIPES.values(),
            "title": _("Change %(name)s") % {"name": campaign.name} if campaign else _("A new campaign"),
            "is_running": campaign is not None and campaign.status == Status.ACTIVE,
            "back": self.page_of(campaign) if campaign else reverse("admin:programs_campaign_changelist"),
        }  # fmt: skip
        return TemplateResponse(request, FORM, shown)

    def _page(self, request, campaign: Campaign, object_id: str) -> dict:
        program, context = campaign.program, context_of(campaign.program)
        judged = judge_campaign_rules(campaign.rules, context, groups_of(program))
        shown = self.get_actions_detail(request, object_id)
        found = metrics_of(campaign)
        return {
            **self.admin_site.each_context(request), "opts": self.opts, "original": campaign, "campaign": campaign,
            "program": program, "title": campaign.name, "metrics": found, "lift": _per_cent(found.lift),
            "times": times_in_words(campaign),
            "meter": Meter(found.points_given, found.times, found.members_reached, campaign.budget_points),
            "audience": judge_conditions(campaign.audience, context).sentences.get(0, ""),
            "sentences": [(one.get("name", ""), judged.sentences.get(n, "")) for n, one in _numbered(campaign.rules)],
            "mistakes": operations.mistakes_in(campaign) if campaign.status in BEFORE else [],
            "goal": self.goal_of(campaign) if campaign.goal_metric else None,
            "may_change": self.is_within(request, campaign, "change") and campaign.status != Status.ENDED,
            "buttons": self._get_actions_navigation(self.actions_detail, shown, object_id),
            "waiting": self._waiting(request, campaign),
            "may_see_rules": request.user.has_perm("rules.view", program.brand_id),
        }  # fmt: skip

    def _waiting(self, request, campaign: Campaign):
        if not request.user.has_perm("approvals.view", campaign.program.brand_id):
            return None
        asked = ApprovalRequest.objects.filter(kind="campaign.activate", subject_id=campaign.pk)
        return asked.filter(status=ApprovalRequest.Status.WAITING).first()


def bar_of(meter: Meter):
    """How much of a budget is left, as a bar and in figures."""
    if meter.budget is None:
        return _("no bound")
    told = _("%(left)s of %(budget)s left") % {"left": f"{meter.left:,}", "budget": f"{meter.budget:,}"}
    return format_html(
        '<span class="budget"><progress max="100" value="{}" aria-label="{}"></progress><small>{}</small></span>',
        meter.per_cent_left, told, told,
    )  # fmt: skip


def _numbered(rules) -> list:
    return [(n, one) for n, one in enumerate(rules if isinstance(rules, list) else ()) if isinstance(one, dict)]


def _per_cent(share: str | None) -> str | None:
    """A share as a decimal text, in whole per cents with its sign."""
    return None if share is None else f"{round(Decimal(share) * 100):+d}"
