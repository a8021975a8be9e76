"""The portal itself: its first page, its search, and the pages that belong to no list. What is on them the rooms
register; who may open a list its screen knows."""

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.translation import gettext as _
from unfold.sites import UnfoldAdminSite

from loyalty.backoffice_home import panels, quick_actions
from loyalty.backoffice_menu import PAGES, waiting
from loyalty.backoffice_search import search, what_can_be_found
from loyalty.identity.audit import pages as audit_pages
from loyalty.portal import saved_views
from loyalty.portal.brands import standing_of


class PortalSite(UnfoldAdminSite):
    """Django's admin site in the portal's shape."""

    def index(self, request: HttpRequest, extra_context=None) -> HttpResponse:
        """The first page: what the person's rooms have to show."""
        context = {
            **self.each_context(request),
            "title": _("Home"),
            "subtitle": None,
            "panels": panels(request),
            "quick_actions": quick_actions(request),
            "waiting": waiting(request),
            **(extra_context or {}),
        }
        request.current_app = self.name
        return TemplateResponse(request, "admin/index.html", context)

    def search(self, request: HttpRequest, extra_context=None) -> HttpResponse:
        """What is found, as a page or (?part=1) as the piece that the search box shows. Asked by POST, so that names
        and addresses stand in no log; kept nowhere."""
        text = request.POST.get("q", "")
        found = {"text": text, "groups": search(request, text), "kinds": what_can_be_found(request)}
        if "part" in request.GET:
            return TemplateResponse(request, "admin/found.html", found)
        context = {**self.each_context(request), "title": _("Search"), **found, **(extra_context or {})}
        return TemplateResponse(request, "admin/search.html", context)

    def extra_urls(self) -> list:
        return [path(page.route, self.admin_view(page.view), name=page.name) for page in PAGES.values()]

    def each_context(self, request: HttpRequest) -> dict:
        context = super().each_context(request)
        return context | {"standing": standing_of(request)} if self.has_permission(request) else context

    def opens_with(self, request: HttpRequest, screen) -> str:
        """The query that the person has a list open with; "" for the whole list."""
        return saved_views.opens_with(request.user, saved_views.name_of(screen))

    def history_of(self, request: HttpRequest, screen, obj) -> HttpResponse:
        """The page of the changes of an object."""
        return audit_pages.object_history(request, screen, obj)

    def keeps_history(self, request: HttpRequest, model) -> bool:
        """Whether there is a page of the changes of an object, for this person."""
        return audit_pages.keeps_history(request, model)
