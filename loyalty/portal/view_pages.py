"""The addresses behind the saved views above a list: each does one thing and leads back to the list."""

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from loyalty.backoffice import WHOLE_LIST, allowed, mistakes_in
from loyalty.backoffice_menu import page
from loyalty.errors import LoyaltyError, NotFound
from loyalty.identity.models import Brand
from loyalty.identity.selectors import as_uuid
from loyalty.portal import saved_views


def _list_of(request: HttpRequest, name: str):
    """The list's screen and its address; only for who may open it."""
    try:
        screen = saved_views.screen_named(name)
    except NotFound as unknown:
        raise Http404(unknown.detail) from unknown
    if not screen.has_view_permission(request):
        raise PermissionDenied
    return screen, reverse(f"admin:{name}_changelist")


def _answer(request: HttpRequest, told: str, address: str, query: str = "") -> HttpResponse:
    messages.success(request, told)
    return HttpResponseRedirect(f"{address}?{query or WHOLE_LIST}")


def _refused(request: HttpRequest, refusal: LoyaltyError, address: str, query: str = "") -> HttpResponse:
    for told in mistakes_in(refusal):
        messages.error(request, told)
    return HttpResponseRedirect(f"{address}?{query or WHOLE_LIST}")


@page("views/save/", name="save_view")
@require_POST
@allowed("saved_views.add")
def save(request: HttpRequest) -> HttpResponse:
    """Keeps the list as it is shown, under the name in the form."""
    screen, address = _list_of(request, request.POST.get("screen", ""))
    query = saved_views.kept_part(screen, request.POST.get("query", ""))
    shared = as_uuid(request.POST.get("brand", ""))
    brand = Brand.objects.filter(pk=shared).first() if shared else None
    try:
        view = saved_views.save_view(
            request.user, screen=screen, name=request.POST.get("name", ""), query=query, brand=brand
        )
        if request.POST.get("first"):
            saved_views.open_with(request.user, view.pk)
    except LoyaltyError as refusal:
        return _refused(request, refusal, address, query)
    return _answer(request, _("Saved as “%(name)s”.") % {"name": view.name}, address, view.query)


@page("views/<uuid:view_id>/delete/", name="delete_view")
@require_POST
@allowed("saved_views.delete")
def delete(request: HttpRequest, view_id: UUID) -> HttpResponse:
    """Deletes a saved view."""
    _screen, address = _list_of(request, request.POST.get("screen", ""))
    try:
        name = saved_views.delete_view(request.user, view_id)
    except LoyaltyError as refusal:
        return _refused(request, refusal, address)
    return _answer(request, _("The view “%(name)s” is deleted.") % {"name": name}, address)


@page("views/<uuid:view_id>/first/", name="open_with_view")
@require_POST
@allowed("saved_views.change")
def open_with(request: HttpRequest, view_id: UUID) -> HttpResponse:
    """Has the list open with this view."""
    _screen, address = _list_of(request, request.POST.get("screen", ""))
    try:
        view = saved_views.open_with(request.user, view_id)
    except LoyaltyError as refusal:
        return _refused(request, refusal, address)
    return _answer(request, _("The list opens with “%(name)s” from now on.") % {"name": view.name}, address, view.query)


@page("views/whole/", name="open_whole_list")
@require_POST
@allowed("saved_views.change")
def open_whole(request: HttpRequest) -> HttpResponse:
    """Has the list open whole again."""
    screen, address = _list_of(request, request.POST.get("screen", ""))
    saved_views.open_whole(request.user, saved_views.name_of(screen))
    return _answer(request, _("The list opens whole from now on."), address)
