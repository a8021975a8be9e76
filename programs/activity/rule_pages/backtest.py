"""The pages of backtests: choose what is tried on the purchases of which time, see how far it is, read what came of
it."""

from datetime import datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loyalty import clock
from loyalty.backoffice import allowed, brands_where
from loyalty.backoffice_charts import chart_of
from loyalty.backoffice_menu import page
from loyalty.errors import LoyaltyError
from loyalty.http.money import from_minor
from loyalty.identity.backoffice import principal_of
from loyalty.runs.models import Run
from programs.activity.backtests.operations import KIND, result_of, start_backtest
from programs.earning.backoffice.theirs import may, program_of
from programs.earning.lifetimes import first_instant
from programs.earning.models import Campaign, RuleSet
from programs.membership.models import Program

LOOK = {"class": "text-field", "autocomplete": "off"}
BACKTEST = "rules.backtest"
CHOICES_MAX = 50
RUNS_SHOWN = 10
USUAL = timedelta(days=92)
CHART = {"step": 40, "bar": 15}


def _day(label) -> forms.DateField:
    return forms.DateField(label=label, widget=forms.DateInput(LOOK | {"type": "date"}, format="%Y-%m-%d"))


class BacktestForm(forms.Form):
    """What is tried, and on the purchases of which days."""

    what = forms.ChoiceField(label=gettext_lazy("What is tried"), widget=forms.Select(LOOK))
    since = _day(gettext_lazy("Purchases from"))
    until = _day(gettext_lazy("Up to and with"))

    def __init__(self, *args, program: Program, **more):
        super().__init__(*args, **more)
        self.program, self.zone = program, ZoneInfo(program.timezone)
        versions = RuleSet.objects.filter(program=program).defer("document").order_by("-version")[:CHOICES_MAX]
        campaigns = Campaign.objects.filter(program=program).exclude(status=Campaign.Status.ENDED)[:CHOICES_MAX]
        self.fields["what"].choices = [
            *((f"version:{one.version}", _version_told(one)) for one in versions),
            *((f"campaign:{one.pk}", _("Campaign %(name)s") % {"name": one.name}) for one in campaigns),
        ]
        self.fields["until"].help_text = _("Days of %(zone)s.") % {"zone": program.timezone}

    def clean(self):
        given = super().clean()
        since, until = given.get("since"), given.get("until")
        if since and until and since > until:
            self.add_error("until", _("It ends before it begins."))
        return given

    def asked(self) -> dict:
        """What the operation takes."""
        sort, _colon, name = self.cleaned_data["what"].partition(":")
        since, until = self.cleaned_data["since"], self.cleaned_data["until"] + timedelta(days=1)
        bounds = {"since": self._begin(since), "until": self._begin(until)}
        if sort == "version":
            return bounds | {"ruleset_version": int(name)}
        return bounds | {"campaign": Campaign.objects.get(pk=name, program=self.program)}

    def _begin(self, day) -> datetime:
        return first_instant(datetime.combine(day, time()), self.zone)


@page("rules/<uuid:program_id>/backtests/", name="rules_backtests")
@allowed(BACKTEST)
def backtests_page(request: HttpRequest, program_id: UUID) -> HttpResponse:
    """Asks what to try on what, and shows the latest."""
    program = program_of(request, program_id, BACKTEST)
    today = clock.now().astimezone(ZoneInfo(program.timezone)).date()
    initial = {"what": request.GET.get("what", ""), "since": today - USUAL, "until": today}
    form = BacktestForm(request.POST or None, program=program, initial=initial)
    mistakes: list[dict] = []
    if request.method == "POST" and form.is_valid():
        try:
            run = start_backtest(principal_of(request), program, **form.asked())
        except LoyaltyError as refusal:
            mistakes = list(getattr(refusal, "errors", ())) or [{"pointer": "", "detail": refusal.detail}]
        else:
            return HttpResponseRedirect(reverse("admin:rules_backtest", args=[run.pk]))
    runs = Run.objects.filter(kind=KIND, brand=program.brand_id, arguments__program_id=str(program.pk)).defer("file")
    context = {
        **admin.site.each_context(request), "title": _("Backtest"), "program": program, "form": form,
        "mistakes": mistakes, "runs": list(runs.select_related("started_by").order_by("-created_at")[:RUNS_SHOWN]),
    }  # fmt: skip
    return TemplateResponse(request, "admin/rules/backtests.html", context)


@page("rules/backtests/<uuid:run_id>/", name="rules_backtest")
@allowed(BACKTEST)
def backtest_page(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """How far one is, and what came of it."""
    brands = brands_where(request, BACKTEST)
    runs = Run.objects.filter(pk=run_id, kind=KIND).select_related("brand", "started_by")
    run = (runs if brands is None else runs.filter(brand__in=brands)).first()
    program = run and Program.objects.select_related("unit", "brand").filter(pk=run.arguments["program_id"]).first()
    if program is None:
        raise Http404
    result = result_of(run)
    context = {
        **admin.site.each_context(request), "title": run.title, "run": run, "program": program,
        "result": result and _laid_out(result), "is_live": run.status in (Run.Status.WAITING, Run.Status.RUNNING),
        "per_cent": run.done * 100 // run.total if run.total else 0,
        "since": datetime.fromisoformat(run.arguments["from"]), "until": datetime.fromisoformat(run.arguments["to"]),
        "may_see_members": may(request, program, "members.view"),
    }  # fmt: skip
    return TemplateResponse(request, "admin/rules/backtest.html", context)


def _laid_out(result: dict) -> dict:
    """The result with its money in words, its chart, and the rules that give most first."""
    currency = result["currency"]
    for row in (*result["deciles"], *result["most_affected"]):
        row["spend"] = from_minor(row["spend_minor"], currency)
    rules = sorted(result["rules"], key=lambda one: -max(one["points"], one["live_points"]))
    chart = chart_of([(str(one["number"]), one["points"], one["live_points"]) for one in result["deciles"]], **CHART)
    return {**result, "rules": rules, "chart": chart, "returned": from_minor(result["returned_minor"], currency)}


def _version_told(ruleset: RuleSet) -> str:
    facts = {"version": ruleset.version, "note": ruleset.note or ruleset.get_status_display()}
    return _("Version %(version)s: %(note)s") % facts
