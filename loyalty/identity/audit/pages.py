"""The history in the portal: the list of all changes, that of one object, and taking it out."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.template.response import TemplateResponse
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from loyalty import clock
from loyalty.backoffice import allowed, brands_where, chosen_brand
from loyalty.backoffice_menu import page
from loyalty.errors import Invalid
from loyalty.events import log
from loyalty.history.tracking import KINDS
from loyalty.identity.audit.exporting import FORMATS, LINES_MAX
from loyalty.identity.audit.forms import HistoryForm
from loyalty.identity.audit.selectors import SOURCES, Asked, asked_by, find_changes, place_of
from loyalty.identity.audit.telling import Told, tell

PAGE = 50
ICONS = {"insert": "add_circle", "update": "edit", "delete": "delete", "erase": "ink_eraser"}


@dataclass(frozen=True, slots=True)
class Row:
    """A change as the page shows it; `link` leads to the object, where the person may open it."""

    told: Told
    icon: str
    source: str
    link: str


@page("history/", name="history")
@allowed("history.view")
def history(request: HttpRequest) -> HttpResponse:
    """Every change at the brands whose history the person may read."""
    form = HistoryForm(request.GET)
    return _shown(request, form, _("History"))


@page("history/export/", name="history_export")
@require_POST
@allowed("history.export")
def export(request: HttpRequest) -> HttpResponse:
    """What the page shows, as a file. That it was taken out is an event."""
    form, brands = HistoryForm(request.GET), _brands(request, "history.export")
    if not form.is_valid() or request.POST.get("format") not in FORMATS:
        raise Http404
    asked = asked_by(form, brands)
    write, content_type = FORMATS[request.POST["format"]]
    with transaction.atomic():
        said = {name: value for name, value in form.cleaned_data.items() if value and name != "actor"}
        data = {"actor": f"person:{request.user.pk}", "format": request.POST["format"]}
        data |= {"asked": {name: str(value) for name, value in said.items()}}
        own = next(iter(brands)) if brands and len(brands) == 1 else None
        log.record("history.exported", brand_id=own, aggregate_id=request.user.pk, data=data)
    lines = write(brands, asked) if asked else write((), Asked())
    answer = StreamingHttpResponse(lines, content_type=content_type)
    name = f"history-{clock.now():%Y-%m-%d}.{request.POST['format']}"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    answer["Cache-Control"] = "no-store"
    return answer


def keeps_history(request: HttpRequest, model: type[models.Model]) -> bool:
    """Whether the history of such objects is kept, and the person may read it."""
    return model._meta.label_lower in KINDS and request.user.has_perm("history.view")


def object_history(request: HttpRequest, screen, obj: models.Model) -> HttpResponse:
    """The changes of one object, for the page behind its "History". PermissionDenied, 404 where none is kept."""
    if not request.user.has_perm("history.view"):
        raise PermissionDenied
    if not keeps_history(request, obj):
        raise Http404
    kind = obj._meta.label_lower
    form = HistoryForm(request.GET.copy() | {"kind": kind, "object_id": str(obj.pk)})
    return _shown(request, form, _("History of %(thing)s") % {"thing": obj}, original=obj, opts=screen.opts)


def _brands(request: HttpRequest, permission: str = "history.view") -> Collection[UUID] | None:
    """The brands of which the person reads the history: the one they look at, or all of theirs."""
    theirs, chosen = brands_where(request, permission), chosen_brand(request)
    if chosen is None or (theirs is not None and chosen not in theirs):
        return theirs
    return {chosen}


def _shown(request: HttpRequest, form: HistoryForm, title: str, **context) -> HttpResponse:
    brands = _brands(request)
    is_valid = form.is_valid()
    asked = asked_by(form, brands) if is_valid else None
    after = _after(request)
    lines = find_changes(brands, asked, limit=PAGE + 1, after=after) if asked else []
    told = tell(lines[:PAGE], brands, with_members=True)
    context |= {
        **admin.site.each_context(request), "title": title, "form": form, "is_first_page": after is None,
        "rows": [Row(each, ICONS[each.action], SOURCES[each.source], _link(request, each)) for each in told],
        "older": _query(request, told[-1]) if len(lines) > PAGE else "", "newest": _query(request),
        "is_narrowed": is_valid and form.is_narrowed, "is_nobody": is_valid and asked is None,
        "may_export": request.user.has_perm("history.export"), "lines_max": LINES_MAX, "query": _query(request),
    }  # fmt: skip
    return TemplateResponse(request, "admin/history.html", context)


def _after(request: HttpRequest):
    given = request.GET.get("after", "")
    try:
        return place_of(tuple(given.split("~"))) if given else None
    except Invalid:
        raise Http404 from None


def _query(request: HttpRequest, last: Told | None = None) -> str:
    """The address of this page, of the one after `last`."""
    asked = request.GET.copy()
    asked.pop("after", None)
    if last:
        asked["after"] = f"{last.at.isoformat()}~{last.id}"
    return asked.urlencode()


def _link(request: HttpRequest, told: Told) -> str:
    model = KINDS[told.kind].model if told.kind in KINDS else None
    screen = admin.site._registry.get(model)
    if screen is None or told.action in ("delete", "erase") or not screen.has_view_permission(request):
        return ""
    try:
        return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_change", args=[told.object_id])
    except NoReverseMatch:
        return ""
