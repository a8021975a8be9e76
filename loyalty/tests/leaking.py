"""A screen and addresses with the mistakes that somebody could make, to be hung into the service for a test."""

from types import ModuleType

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import path

from loyalty import urls
from loyalty.backoffice import BrandScopedAdmin, allowed
from loyalty.http.schema import operation
from loyalty.http.views import ApiView, reply
from loyalty.identity.models import Member
from loyalty.portal.models import SavedView


class LeakingScreen(BrandScopedAdmin):
    """Its list is scoped. Its drop-downs offer everything, its own page takes any object, and so does its file."""

    resource = "saved_views"
    brand_path = "brand"
    fields = ("name", "brand", "screen", "query")

    def choices_of(self, request, db_field):
        return db_field.remote_field.model._default_manager.all()

    def get_urls(self):
        site = self.admin_site.admin_view
        more = [
            path("<path:object_id>/peek/", site(self.peek), name="loyalty_savedview_peek"),
            path("<path:object_id>/file/", site(self.file), name="loyalty_savedview_file"),
            path("everything/", site(self.everything), name="loyalty_savedview_everything"),
        ]
        return more + super().get_urls()

    @allowed("saved_views.view")
    def peek(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return HttpResponse(f"There is {SavedView.objects.filter(pk=object_id).count()} of it.")

    @allowed("saved_views.view")
    def file(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return HttpResponse(SavedView.objects.get(pk=object_id).name, content_type="text/csv")

    @allowed("saved_views.view")
    def everything(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse(", ".join(view.name for view in SavedView.objects.all()))


class OpenScreen(LeakingScreen):
    """One more page asks nobody who they are."""

    def get_urls(self):
        more = path("whatever/", self.admin_site.admin_view(self.whatever), name="loyalty_savedview_whatever")
        return [more, *super().get_urls()]

    def whatever(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse("for anybody")


class LeakingView(ApiView):
    """Anybody's member for whoever has members of their own, and none for others."""

    @operation("Leak a member", tags="Members", allow="members.view")
    def get(self, request, member):
        return reply({"name": Member.objects.get(pk=member).name})

    @operation("Leak a change", tags="Members", allow="members.view")
    def delete(self, request, member):
        self.principal.require("members.deactivate")
        return reply({"changed": Member.objects.filter(pk=member).update(name="gone")})


class LaxView(ApiView):
    """Names a permission that many have, and asks for another."""

    @operation("Ask too little", tags="Members", allow="programs.view")
    def get(self, request, member):
        self.principal.require("members.view")
        return reply({})


def hang_in(monkeypatch, settings, screen=LeakingScreen) -> None:
    """Registers the screen and serves all of this until the test is over."""
    leaky = screen(SavedView, admin.site)
    monkeypatch.setitem(admin.site._registry, SavedView, leaky)
    module = ModuleType("leaking_urls")
    module.urlpatterns = [
        path("api/leaks/<uuid:member>", LeakingView.as_view(), name="leak"),
        path("api/lax/<str:member>", LaxView.as_view(), name="lax"),
        path("admin/", admin.site.urls),
        *urls.urlpatterns,
    ]
    settings.ROOT_URLCONF = module
