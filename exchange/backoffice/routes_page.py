"""The try-out: by which ways so many points of one program become points of others, with what each step gives."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exchange.backoffice.rate_forms import LOOK
from exchange.backoffice.rate_pages import SEE
from exchange.backoffice.sides import looked_at, of_either_side
from exchange.backoffice.wording import rate_told
from exchange.rates.models import Agreement
from exchange.rates.routes import Leg, Route
from exchange.rates.selectors import routes_asked
from loyalty.backoffice import allowed, mistakes_in
from loyalty.backoffice_menu import page
from loyalty.errors import LoyaltyError
from loyalty.identity.backoffice import principal_of
from programs.membership.models import Program

POINTS_MAX = 10**12
TRIED = 100


class RoutesForm(forms.Form):
    """From which program how many points, and where to if that is known."""

    start = forms.ChoiceField(label=gettext_lazy("Points of"), widget=forms.Select(LOOK))
    amount = forms.IntegerField(
        label=gettext_lazy("How many"), min_value=1, max_value=POINTS_MAX,
        widget=forms.TextInput(LOOK | {"inputmode": "numeric"}),
    )  # fmt: skip
    end = forms.ChoiceField(label=gettext_lazy("Into"), required=False, widget=forms.Select(LOOK))

    def __init__(self, *args, starts: list[Program], ends: list[Program], **more):
        super().__init__(*args, **more)
        self.fields["start"].choices = _named(starts)
        self.fields["end"].choices = [("", _("any program")), *_named(ends)]


def _named(programs: list[Program]) -> list[tuple[str, str]]:
    return [(str(program.pk), f"{program.code} · {program.name}") for program in programs]


@page("exchange/routes/", name="exchange_routes")
@allowed(SEE)
def routes_page(request: HttpRequest) -> HttpResponse:
    """Asks, and shows the best ways over the open pairs that the person sees. Nothing moves."""
    starts, ends = _ends(request)
    programs = {program.pk: program for program in (*starts, *ends)}
    is_asked = "start" in request.GET
    initial = {"amount": TRIED}
    form = RoutesForm(request.GET if is_asked else None, starts=starts, ends=ends, initial=initial)
    shown: dict[str, Any] = {}
    if is_asked and form.is_valid():
        shown = _found(request, form, programs)
    context = {
        **admin.site.each_context(request), "title": _("Try the routes"), "form": form, "programs": programs, **shown,
    }  # fmt: skip
    return TemplateResponse(request, "admin/exchange/routes.html", context)


def _found(request: HttpRequest, form: RoutesForm, programs: dict[UUID, Program]) -> dict[str, Any]:
    given = form.cleaned_data
    try:
        _start, routes = routes_asked(
            principal_of(request), given["start"], given["amount"], to_ref=given["end"] or None
        )  # fmt: skip
    except LoyaltyError as refusal:
        return {"refusals": mistakes_in(refusal)}
    known = programs | Program.objects.select_related("unit").in_bulk(
        {leg.end for route in routes for leg in route.legs} - set(programs)
    )
    return {
        "is_answered": True, "amount": given["amount"], "start": programs[UUID(given["start"])],
        "routes": [_route(route, known) for route in routes],
    }  # fmt: skip


def _route(route: Route, programs: dict[UUID, Program]) -> dict[str, Any]:
    end = programs[route.end]
    codes = [programs[route.legs[0].start].code, *(programs[leg.end].code for leg in route.legs)]
    return {
        "way": " → ".join(codes), "got": route.to_amount, "unit": end.unit.name,
        "steps": [_step(leg, programs) for leg in route.legs], "is_direct": len(route.legs) == 1,
    }  # fmt: skip


def _step(leg: Leg, programs: dict[UUID, Program]) -> dict[str, Any]:
    done = leg.conversion
    return {
        "gave": done.from_amount, "gave_unit": programs[leg.start].unit.name, "fee": done.fee,
        "rate": rate_told(done.rate), "got": done.to_amount, "got_unit": programs[leg.end].unit.name,
        "residue": rate_told(done.residue) if done.residue else "", "left": leg.left,
        "has_bonus": bool(leg.terms.bonus_id),
    }  # fmt: skip


def _ends(request: HttpRequest) -> tuple[list[Program], list[Program]]:
    """The programs from which agreed pairs lead that the person sees, and those to which they lead."""
    agreed = of_either_side(Agreement.objects.filter(status=Agreement.Status.ACTIVE), looked_at(request, SEE))
    pairs = list(agreed.values_list("from_program", "to_program"))
    known = Program.objects.filter(pk__in={one for pair in pairs for one in pair}).select_related("unit", "brand")
    programs = sorted(known, key=lambda program: program.code)
    sides = [{pair[n] for pair in pairs} for n in (0, 1)]
    starts, ends = ([program for program in programs if program.pk in side] for side in sides)
    return starts, ends
