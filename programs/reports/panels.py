"""What this room shows on the portal's first page: a program's figures and chart, the state of the platform, and what a
person did last."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from loyalty import clock
from loyalty.backoffice import chosen_brand, visible
from loyalty.backoffice_charts import chart_of
from loyalty.backoffice_home import Panel, panel
from loyalty.sql import rows
from programs.membership.models import Program
from programs.reports import health
from programs.reports.figures import DAYS, Figures, Measure, figures_of

PROGRAMS_MAX = 12
BRANDS_MAX = 10
ACTIONS_MAX = 6
# Where there was next to nothing before, per cents say less than the figure does.
PERCENT_MAX = 1000

BRANDS = """
select b.id, b.name, (select string_agg(p.code, ', ' order by p.code) from programs_program p
                      where p.brand_id = b.id and p.status <> 'archived') as programs,
       coalesce(sum(m.moves) filter (where m.starts_at >= %(day)s), 0)::bigint as moves,
       coalesce(sum(m.moves) filter (where m.starts_at < %(day)s), 0)::bigint as moves_then
from (select * from loyalty_brand order by created_at desc limit %(most)s) b
left join ledger_unit u on u.brand_id = b.id
left join lateral (
  select f.starts_at, f.moves from programs_figures(u.id, %(day)s, %(now)s) f
  union all select f.starts_at, f.moves from programs_figures(u.id, %(day_then)s, %(then)s) f
) m on u.id is not null
group by b.id, b.name order by b.name
"""


@panel(order=10, permission="dashboard.view")
def figures(request) -> Panel | None:
    """Today's figures of a program, and its last 30 days. Not for operators, unless they look at one brand."""
    if request.user.worker.is_operator and not chosen_brand(request):
        return None
    screen = admin.site._registry[Program]
    theirs = screen.narrowed(request, screen.scope(request, Program.objects.all(), "dashboard.view"))
    programs = list(theirs.exclude(status="archived").select_related("unit", "brand")[:PROGRAMS_MAX])
    if not programs:
        return None
    asked = request.GET.get("program")
    program = next((each for each in programs if each.code == asked), programs[0])
    now = clock.now()
    found = figures_of(program, now=now)
    weekday = date_format(now.astimezone(ZoneInfo(program.timezone)), "l")
    facts = {
        "tabs": programs,
        "program": program,
        "figures": found,
        "tiles": tiles_of(program, found, weekday),
        "chart": chart_of([(day.day, day.issued, day.redeemed) for day in found.days], step=24, bar=9),
        "middle_day": found.days[DAYS // 2].day,
        "days": found.days[::-1],
    }
    return Panel("admin/home_figures.html", facts)


def tiles_of(program: Program, found: Figures, weekday: str) -> list[dict]:
    """The figures as the page shows them: each with its change in words."""
    unit = program.unit.name
    return [
        _tile(_("Given today"), found.issued, unit, weekday),
        _tile(_("Redeemed today"), found.redeemed, unit, weekday),
        _tile(_("Members active today"), found.active, "", weekday),
        _tile(_("New members today"), found.joined, "", weekday),
        {
            "title": _("Liability"),
            "figure": found.outstanding,
            "unit": unit,
            "told": _("can still be spent, %(points)s expire within 30 days") % {"points": f"{found.expiring:,}"},
        },
        {
            "title": _("Members"),
            "figure": found.members,
            "unit": "",
            "told": _("take part in %(name)s") % {"name": program.name},
        },
    ]  # fmt: skip


def _tile(title: str, measure: Measure, unit: str, weekday: str) -> dict:
    told = change_in_words(measure, weekday)
    return {"title": title, "figure": measure.now, "unit": unit, "direction": measure.direction, "told": told}


def change_in_words(measure: Measure, weekday: str) -> str:
    """How a figure stands to the same weekday last week by the same time of day."""
    facts = {"day": weekday, "before": f"{measure.before:,}", "percent": abs(measure.percent or 0)}
    if measure.now == measure.before:
        return _("as last %(day)s by this time") % facts
    if measure.percent is None:
        return _("none last %(day)s by this time") % facts
    if 0 < measure.percent < PERCENT_MAX:
        return _("%(percent)s %% more than last %(day)s by this time (%(before)s)") % facts
    if measure.percent < 0:
        return _("%(percent)s %% less than last %(day)s by this time (%(before)s)") % facts
    return _("%(before)s last %(day)s by this time") % facts


@panel(order=20, permission="jobs.view")
def platform(request) -> Panel | None:
    """Whether everything runs, and the newest brands; for operators who look at no brand in particular."""
    if chosen_brand(request):
        return None
    now = clock.now()
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    week = timedelta(days=7)
    asked = {"now": now, "day": midnight, "then": now - week, "day_then": midnight - week, "most": BRANDS_MAX}
    return Panel("admin/home_platform.html", {"signs": health.signs(), "brands": rows(BRANDS, asked)})


@panel(order=90, permission="portal.enter")
def last_actions(request) -> Panel | None:
    """The person's own latest actions, of objects they may still see: who has left a brand leaves its names behind."""
    entries = list(LogEntry.objects.filter(user=request.user).select_related("content_type")[:20])
    seen = set()
    for kind in {entry.content_type for entry in entries if entry.content_type}:
        model, ids = kind.model_class(), [entry.object_id for entry in entries if entry.content_type == kind]
        if model in admin.site._registry:
            shown = visible(request, model).filter(pk__in=ids).values_list("pk", flat=True)
            seen |= {(kind.pk, str(pk)) for pk in shown}
    mine = [entry for entry in entries if (entry.content_type_id, entry.object_id) in seen][:ACTIONS_MAX]
    return Panel("admin/home_actions.html", {"actions": mine}) if mine else None
