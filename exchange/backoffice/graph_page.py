"""Who exchanges with whom: the programs and pairs that the person sees as a drawing and as a table, and what a point
becomes on the way round each circle of them."""

from datetime import timedelta
from uuid import UUID

from django.contrib import admin
from django.core.cache import cache
from django.db.models import Sum
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from exchange.backoffice.graph import Edge, drawing_of
from exchange.backoffice.pipeline import first_id_at
from exchange.backoffice.rate_pages import SEE, SIDES
from exchange.backoffice.sides import looked_at, of_either_side, pair_told
from exchange.backoffice.standing import Ends, Standing, standings
from exchange.backoffice.wording import fee_told, product_told, rate_told
from exchange.rates.circles import best_circles
from exchange.rates.models import Agreement
from exchange.requests.models import Exchange
from loyalty import clock
from loyalty.backoffice import allowed
from loyalty.backoffice_menu import page
from programs.membership.models import Program

DAYS = 30
DRAWN_MAX = 60
CIRCLES_MAX = 20
KEPT_SECONDS = 300
WIDE, NARROW = (760, 460), (350, 400)


@page("exchange/graph/", name="exchange_graph")
@allowed(SEE)
def graph(request: HttpRequest) -> HttpResponse:
    """The pairs that both brands have agreed to and that have a rate, as they are now."""
    now = clock.now()
    agreed = Agreement.objects.filter(status=Agreement.Status.ACTIVE)
    found = of_either_side(agreed, looked_at(request, SEE)).select_related(*SIDES)
    pairs = [pair for pair in standings(found.order_by("from_program__code", "to_program__code"), now) if pair.rate]
    sees_points = request.user.has_perm("exchanges.view")
    volumes = volumes_of(pairs) if sees_points else {}
    shown = sorted(pairs, key=lambda pair: -volumes.get(pair.ends, 0))[:DRAWN_MAX]
    programs = _programs(shown)
    context = {
        **admin.site.each_context(request), "title": _("Who exchanges with whom"), "sees_points": sees_points,
        "drawings": [(name, _drawn(programs, shown, volumes, size)) for name, size in (
            ("wide", WIDE), ("narrow", NARROW),
        )] if shown else [],
        "rows": [_row(pair, volumes) for pair in pairs], "circles": circles_told(pairs), "days": DAYS,
        "is_cut": len(pairs) > len(shown), "drawn_max": DRAWN_MAX, "names": programs,
    }  # fmt: skip
    return TemplateResponse(request, "admin/exchange/graph.html", context)


def volumes_of(pairs: list[Standing]) -> dict[Ends, int]:
    """Points given in the last days in exchanges that were settled, by pair; as of some minutes ago at most. One query
    for each program, of an index."""
    since = first_id_at(clock.now() - timedelta(days=DAYS))
    found: dict[Ends, int] = {}
    for program_id in {pair.from_program.pk for pair in pairs}:
        found |= {(program_id, UUID(to)): points for to, points in _volumes_from(program_id, since)}
    return found


def _volumes_from(program_id: UUID, since: UUID) -> list[tuple[str, int]]:
    key = f"exchange-volumes:{program_id}"
    if (kept := cache.get(key)) is not None:
        return kept
    settled = Exchange.objects.filter(from_program=program_id, pk__gte=since, status=Exchange.Status.COMPLETED)
    rows = settled.order_by().values_list("to_program").annotate(points=Sum("from_amount"))
    kept = [(str(to), int(points)) for to, points in rows]
    cache.set(key, kept, KEPT_SECONDS)
    return kept


def circles_told(pairs: list[Standing]) -> list[dict]:
    """What a point becomes at most on the best way round over each pair, the most first."""
    codes = {program.pk: program.code for pair in pairs for program in (pair.from_program, pair.to_program)}
    rates = {pair.ends: pair.product for pair in pairs if pair.is_open}
    return [
        {
            "way": " → ".join([*(codes[step.start] for step in circle.steps), codes[circle.steps[0].start]]),
            "steps": ", ".join(product_told(step.rate) for step in circle.steps),
            "product": product_told(circle.product), "is_even": circle.product == 1, "is_gain": circle.is_gain,
        }
        for circle in best_circles(rates)[:CIRCLES_MAX]
    ]  # fmt: skip


def _programs(pairs: list[Standing]) -> list[Program]:
    """Each program once, those of one brand beside each other."""
    found = {program.pk: program for pair in pairs for program in (pair.from_program, pair.to_program)}
    return sorted(found.values(), key=lambda program: (program.brand.name, program.code))


def _drawn(programs: list[Program], pairs: list[Standing], volumes: dict[Ends, int], size: tuple[int, int]):
    edges = [
        Edge(*pair.ends, label=rate_told(pair.effective), points=volumes.get(pair.ends, 0), is_open=pair.is_open)
        for pair in pairs
    ]
    width, height = size
    return drawing_of([(program.pk, program.code) for program in programs], edges, width=width, height=height)


def _row(pair: Standing, volumes: dict[Ends, int]) -> dict:
    return {
        "pair": pair, "told": pair_told(pair.from_program, pair.to_program), "rate": rate_told(pair.effective),
        "fee": fee_told(pair.rate.fee_percent, pair.rate.fee_points), "points": volumes.get(pair.ends, 0),
        "unit": pair.from_program.unit.name,
    }  # fmt: skip
