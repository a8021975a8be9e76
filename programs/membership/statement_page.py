"""The statement as a page of the admin portal, made to be printed too."""

from datetime import date

from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _

from programs.membership.statements import statement


def show_statement(screen, request: HttpRequest, object_id: str) -> TemplateResponse:
    """One month of a membership that the person may see: the month in `?month=2026-10`, or the newest with lines; of
    very many lines the page in `?page=2`."""
    membership = screen.get_object(request, unquote(object_id))
    if membership is None:
        raise Http404
    if not screen.has_view_permission(request, membership):
        raise PermissionDenied
    context = {
        **screen.admin_site.each_context(request),
        "opts": screen.opts,
        "title": _("Statement"),
        "membership": membership,
        "statement": statement(
            membership, month=_month(request.GET.get("month", "")), page=_page(request.GET.get("page", ""))
        ),
    }
    return TemplateResponse(request, "admin/statement.html", context)


def _page(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 1


def _month(text: str) -> date | None:
    try:
        return date.fromisoformat(f"{text}-01") if text else None
    except ValueError:
        raise Http404 from None
