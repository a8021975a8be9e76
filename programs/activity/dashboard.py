"""The first page of the admin portal: what moved today in one program, beside the same day a week ago, and what is
outstanding. A handful of set-based questions, whatever the number of members."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.utils.translation import gettext_lazy as _

from loyalty import clock
from loyalty.backoffice import visible
from loyalty.identity.approvals.selectors import waiting_for
from loyalty.identity.models import Brand
from loyalty.sql import rows
from programs.membership.models import Program

DAYS = 30
# The chart in its own drawing units: each day has two bars with a gap on either side.
CHART_HEIGHT, DAY_WIDTH, BAR_WIDTH = 140, 24, 9
CHART_WIDTH = DAYS * DAY_WIDTH

BY_DAY = """
select (occurred_at at time zone %(zone)s)::date as day,
       coalesce(sum(points) filter (where kind in ('earn', 'deposit', 'exchange_in')), 0)::bigint as issued,
       coalesce(-sum(points) filter (where kind in ('redeem', 'exchange_out', 'hold')), 0)::bigint as redeemed
from ledger_posting where unit_id = %(unit)s and occurred_at >= %(since)s and occurred_at <= %(now)s group by 1
"""
MEMBERS = """
select count(*) as members, coalesce(sum(b.posted), 0)::bigint as outstanding, (
  select count(distinct p.account_id) from ledger_posting p
  where p.unit_id = %(unit)s and p.occurred_at >= %(since)s and p.occurred_at <= %(now)s
  and p.kind in ('earn', 'redeem', 'exchange_in', 'exchange_out', 'hold')) as active
from programs_membership m join ledger_balance b on b.account_id = m.account_id
where m.program_id = %(program)s and m.status <> 'closed'
"""
EXPIRING = """
select coalesce(sum(l.remaining), 0)::bigint as expiring from ledger_lot l join ledger_account a on a.id = l.account_id
where a.unit_id = %(unit)s and l.is_open and l.expires_at > %(now)s and l.expires_at <= %(now)s + interval '30 days'
"""


@dataclass(frozen=True)
class Day:
    """What was issued and redeemed on one day of the program's calendar, in points."""

    day: date
    issued: int = 0
    redeemed: int = 0


@dataclass(frozen=True)
class Bar:
    """One day of the chart, in its drawing units."""

    x: int
    issued_height: int
    redeemed_height: int
    told: str

    @property
    def issued_y(self) -> int:
        return CHART_HEIGHT - self.issued_height

    @property
    def redeemed_y(self) -> int:
        return CHART_HEIGHT - self.redeemed_height

    @property
    def redeemed_x(self) -> int:
        return self.x + BAR_WIDTH


def figures_of(program: Program, *, now: datetime) -> dict:
    """Today's figures of a program and its last 30 days, the oldest first. Three queries."""
    zone = ZoneInfo(program.timezone)
    today = now.astimezone(zone).date()
    start = datetime.combine(today - timedelta(days=DAYS - 1), datetime.min.time(), zone)
    asked = {"unit": program.unit_id, "program": program.id, "zone": program.timezone, "since": start, "now": now}
    found = {row["day"]: Day(**row) for row in rows(BY_DAY, asked)}
    days = [found.get(day, Day(day)) for day in (today - timedelta(days=back) for back in range(DAYS - 1, -1, -1))]
    return {
        **rows(MEMBERS, asked)[0],
        **rows(EXPIRING, asked)[0],
        "days": days,
        "today": days[-1],
        "week_ago": days[-8],
    }


def bars_of(days: list[Day]) -> list[Bar]:
    """The days as pairs of bars, the tallest as high as the chart."""
    tallest = max(1, *(max(day.issued, day.redeemed) for day in days))
    return [
        Bar(
            n * DAY_WIDTH + (DAY_WIDTH - 2 * BAR_WIDTH) // 2,
            CHART_HEIGHT * max(day.issued, 0) // tallest,
            CHART_HEIGHT * max(day.redeemed, 0) // tallest,
            f"{day.day:%-d %b}: {day.issued:,} / {day.redeemed:,}",
        )
        for n, day in enumerate(days)
    ]


def change(now: int, before: int) -> str:
    """How today stands to the same day a week ago, in whole per cent."""
    return f"{(now - before) * 100 // before:+d} %" if before else ""


def recent_actions(request) -> list[LogEntry]:
    """The person's own latest actions, of objects they may still see: who has left a brand leaves its names behind."""
    entries = list(LogEntry.objects.filter(user=request.user).select_related("content_type")[:20])
    seen = {}
    for kind in {entry.content_type for entry in entries if entry.content_type}:
        model, ids = kind.model_class(), [entry.object_id for entry in entries if entry.content_type == kind]
        if model in admin.site._registry:
            shown = visible(request, model).filter(pk__in=ids).values_list("pk", flat=True)
            seen |= {(kind.pk, str(pk)): True for pk in shown}
    return [entry for entry in entries if (entry.content_type_id, entry.object_id) in seen][:8]


def show(request, context: dict) -> dict:
    """Adds to the first page what the person may see; partners, who have no business with the books, see none of it."""
    programs = list(
        visible(request, Program)
        .filter(brand__in=_brands(request))
        .exclude(status="archived")
        .select_related("unit")[:12]
    )
    chosen = next(
        (each for each in programs if each.code == request.GET.get("program")), programs[0] if programs else None
    )
    context |= {"title": _("Dashboard"), "actions": recent_actions(request), "programs": programs, "program": chosen}
    if chosen is None:
        return context
    figures = figures_of(chosen, now=clock.now())
    today, before = figures["today"], figures["week_ago"]
    waiting = waiting_for(request.user.worker).count()
    return context | {
        "figures": figures,
        "waiting": waiting,
        "issued_change": change(today.issued, before.issued),
        "redeemed_change": change(today.redeemed, before.redeemed),
        "bars": bars_of(figures["days"]),
        "chart": {"width": CHART_WIDTH, "height": CHART_HEIGHT, "bar_width": BAR_WIDTH},
        "is_quiet": not any(day.issued or day.redeemed for day in figures["days"]),
        "unit": chosen.unit.name,
        "tabs": [{"title": each.name, "link": f"?program={each.code}", "active": each == chosen} for each in programs],
    }


def _brands(request):
    screen = admin.site._registry[Brand]
    return screen.scope(request, Brand.objects.all(), "dashboard.view")
