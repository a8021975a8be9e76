"""The tests that walk the API and the portal are worth what they find: each mistake that is hung in here turns one of
them red."""

import pytest
from django.contrib import admin
from django.urls import path

from loyalty.backoffice import BrandScopedAdmin
from loyalty.http.schema import operation
from loyalty.http.views import ApiView, reply
from loyalty.portal.models import SavedView
from loyalty.routes import check_every_route_is_known
from loyalty.testing.worlds import kept_for_the_module
from loyalty.tests.api_calls import add_callers, missing_entries
from loyalty.tests.backoffice_forms import crossings
from loyalty.tests.backoffice_world import build_house, walk
from loyalty.tests.leaking import OpenScreen, hang_in
from loyalty.tests.test_foreign_ids import leaks
from loyalty.tests.test_routes_by_role import wrong_answers

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("leaks_are_found")]

SCREEN = "/admin/loyalty/savedview/"


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker):
    with kept_for_the_module(django_db_blocker):
        yield add_callers(build_house("tavern")), add_callers(build_house("quokka"))


@pytest.fixture
def leaking(world, monkeypatch, settings):
    hang_in(monkeypatch, settings)
    return world


def test_in_the_portal(leaking):
    tavern, quokka = leaking
    view = quokka.objects(SavedView).get()
    told = "\n".join(walk(tavern.people["staff"], tavern, quokka, only="/savedview/"))

    assert f"{SCREEN}add/ shows" in told
    assert f"{SCREEN}{view.pk}/peek/ answers 200" in told
    assert f"{SCREEN}{view.pk}/file/ shows" in told
    assert f"{SCREEN}everything/ shows" in told
    assert f"{SCREEN} shows" not in told


def test_in_what_forms_take(leaking):
    tavern, quokka = leaking
    told = "\n".join(crossings(tavern.people["staff"], tavern, quokka, only="savedview"))

    assert f"POST {SCREEN}add/ with the stranger's brand is answered" in told
    assert "/peek/ with what is pressed is answered 200" in told


def test_in_the_api(leaking):
    tavern, quokka = leaking
    told = "\n".join(leaks("staff", tavern, quokka))

    assert f"GET /api/leaks/{quokka.member.pk}" in told
    assert f"DELETE /api/leaks/{quokka.member.pk}" in told


def test_a_handler_that_asks_for_something_else_than_it_says(leaking):
    told = "\n".join(wrong_answers("partner", leaking[0]))

    assert "partner may GET /api/lax/" in told
    assert "answered 403" in told


def test_a_page_that_names_no_permission(monkeypatch, settings):
    hang_in(monkeypatch, settings, screen=OpenScreen)
    told = [warning.msg for warning in check_every_route_is_known(None)]

    assert told == ["OpenScreen.whatever says by no `allowed(...)` who may open it."]


def test_a_route_that_the_table_does_not_know(settings):
    settings.ROOT_URLCONF = (path("new/", lambda request: None, name="new"),)

    assert [warning.msg for warning in check_every_route_is_known(None)] == [
        "The table of roles does not know new/ (new)."
    ]


def test_a_method_that_names_no_permission():
    with pytest.raises(TypeError, match="names no permission"):

        class Nameless(ApiView):
            def get(self, request):
                return reply({})


def test_a_permission_that_is_not_in_the_table():
    with pytest.raises(ValueError, match=r"no permission members\.fly"):
        operation("Fly", tags="Members", allow="members.fly")


def test_an_id_of_which_the_calls_know_nothing(settings):
    class New(ApiView):
        @operation("New", tags="Members", allow="members.view")
        def get(self, request, novelty):
            return reply({})

    settings.ROOT_URLCONF = (path("api/new/<str:novelty>", New.as_view()),)

    assert missing_entries() == ["GET api/new/<str:novelty> takes novelty: enter it in IDS, WORDS or QUERIES."]


def test_a_screen_without_a_scope(world, monkeypatch, settings):
    class Unscoped(BrandScopedAdmin):
        resource = "saved_views"

        def within(self, queryset, brands):
            return queryset

        def may(self, request, verb, obj=None):
            return True

    hang_in(monkeypatch, settings, screen=Unscoped)
    told = "\n".join(walk(world[0].people["partner"], *world, only="/savedview/"))

    assert isinstance(admin.site._registry[SavedView], Unscoped)
    assert f"{SCREEN} shows" in told
    assert "/change/ answers 200" in told
