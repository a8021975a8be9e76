"""Every route and method there is, asked by every role: those get in whom the table of roles lets in, nobody else."""

import pytest
from django.contrib import admin
from django.template.response import SimpleTemplateResponse
from unfold.sites import UnfoldAdminSite

from loyalty.history import tracking
from loyalty.roles import PAGES, PUBLIC, is_known
from loyalty.routes import UnknownRoute, check_every_route_is_known, every_route, needs
from loyalty.testing.clients import JsonClient
from loyalty.testing.worlds import kept_for_the_module, tell, undone
from loyalty.tests import api_calls
from loyalty.tests.api_calls import ANYBODY, CALLERS, PEOPLE, add_callers, call_of, client_of, may, operations, send
from loyalty.tests.backoffice_objects import KINDS, THERE_FOR_SOME
from loyalty.tests.backoffice_world import build_house, logged_in, page_of, unknown_parameters

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("routes_by_role")]

DENIED = {401: {"not-authenticated", "invalid-token", "invalid-key"}, 403: {"forbidden", "scope-missing"}}
LOOKS = {"view", "look_up", "export"}
NEVER_DONE = {"TokenView", "RefreshView", "LogOutView", "ResetView", "StepUpConfirmView", "EmailConfirmView"}
"""Operations that the examples of the document cannot do, for the secrets in them are made up."""
NEVER_DONE |= {"RewardPictureView", "RewardCodesView", "ClaimCancelView"}
"""Nor those that need a file, a reward of another kind, or what somebody claimed."""
NEVER_DONE |= {"DeclineView"}
"""Nor what needs an invitation to where one is not yet."""
NEVER_DONE |= {"EventSourceInView"}
"""Nor what has to be signed."""
NEVER_DONE |= {"LookUpView"}
"""Nor what asks by one of several names in its address."""


@pytest.fixture(scope="module")
def tavern(django_db_setup, django_db_blocker):
    with kept_for_the_module(django_db_blocker):
        yield add_callers(build_house("tavern"))


@pytest.fixture(autouse=True)
def as_often_as_one_likes(settings):
    settings.PERSON_POINTS_RATE = "1000000/m"
    settings.TILL_GUESSES = {whose: ["1000000/m"] for whose in settings.TILL_GUESSES}
    settings.VOUCHER_GUESSES = dict.fromkeys(settings.VOUCHER_GUESSES, "1000000/m")


def is_denied(answer) -> bool:
    """Whether the answer is one to who may not; refusals of the thing itself (say a step-up) have other codes."""
    if answer.status_code not in DENIED:
        return False
    is_problem = answer.headers.get("Content-Type", "").startswith("application/problem+json")
    return not is_problem or answer.json()["code"] in DENIED[answer.status_code]


def is_a_look(permission: str) -> bool:
    return permission.rpartition(".")[2] in LOOKS


def wrong_answers(caller: str, house) -> list[str]:
    """Where the API answers the caller otherwise than the table of roles says."""
    client, wrong = client_of(caller, house), []
    for route, method in operations():
        call = call_of(route, method, caller, house)
        answer, expected = send(client, call), may(caller, needs(route, method))
        if PUBLIC in needs(route, method):
            is_wrong = answer.status_code == 403 or b"not-authenticated" in answer.content
        else:
            is_wrong = is_denied(answer) == expected or (not expected and answer.status_code < 400)
        if is_wrong or answer.status_code >= 500:
            said = "may" if expected else "may not"
            wrong.append(f"{caller} {said} {call}, and is answered {answer.status_code} {answer.content[:200]}")
    return wrong


def test_the_registry_of_calls_knows_every_id_of_the_api():
    tell(api_calls.missing_entries())


def test_the_table_of_roles_knows_every_route():
    tell([warning.msg for warning in check_every_route_is_known(None)])


def test_the_table_of_roles_names_no_page_that_is_gone():
    names = {route.name for route in every_route()} | {route.pattern for route in every_route()}

    assert [name for name in PAGES if name not in names and "*" not in name] == []
    assert all(permission == PUBLIC or is_known(permission) for permission in PAGES.values())


def test_only_looking_is_to_be_had_for_a_permission_to_look():
    """Who may see a thing may not change it by that, and changing it tells nobody what they may not see."""
    wrong = [
        f"{method} {route.pattern} asks for {needs(route, method)}"
        for route, method in operations()
        if PUBLIC not in needs(route, method) and (method == "GET") != all(map(is_a_look, needs(route, method)))
    ]
    buttons = [(one, getattr(getattr(*one.screen, None), "button", None)) for one in every_route() if one.screen]
    wrong += [f"The button {route.name} asks for {one.verb}" for route, one in buttons if one and is_a_look(one.verb)]

    tell(wrong)
    assert len([one for _, one in buttons if one]) > 20


@pytest.mark.parametrize("caller", CALLERS)
def test_the_api_lets_in_whom_the_table_lets_in(tavern, caller):
    tell(wrong_answers(caller, tavern))


def test_every_operation_can_be_done_by_somebody(tavern):
    """Else the test above would be content with an API that refuses the bodies and ids it is sent."""
    clients = {caller: client_of(caller, tavern) for caller in ("operator", "admin", "staff", "member", "person")}
    undoable = []
    for route, method in operations():
        if route.api_view.__name__ in NEVER_DONE:
            continue
        answers = [
            send(client, call_of(route, method, caller, tavern))
            for caller, client in clients.items()
            if may(caller, needs(route, method))
        ]
        if not any(answer.status_code < 300 for answer in answers):
            undoable.append(f"{method} {route.pattern}: {[(one.status_code, one.content[:300]) for one in answers]}")

    tell(undoable)


@pytest.mark.parametrize("caller", [ANYBODY, "admin"])
def test_methods_that_a_route_does_not_take_do_nothing(tavern, caller):
    client = client_of(caller, tavern)
    for route in api_calls.api_routes():
        if set(route.parameters) - set(api_calls.IDS):
            continue
        for method in route.methods:
            if needs(route, method) is None:
                path = route.fill({name: api_calls.IDS[name](tavern)[0] for name in route.parameters})

                assert client.generic(method, path).status_code in (401, 405), f"{method} {path}"


def test_where_everybody_may_come_a_token_that_has_ended_keeps_nobody_out(tavern):
    visitor, known, doors = JsonClient(), JsonClient(), [one for one in operations() if PUBLIC in needs(*one)]
    known.credentials(HTTP_AUTHORIZATION="Bearer it.has.ended")
    calls = [call_of(route, method, ANYBODY, tavern) for route, method in doors]

    assert [send(known, call).status_code for call in calls] == [send(visitor, call).status_code for call in calls]
    assert len(doors) > 5


class TestPages:
    """The portal, and what else is not of the API."""

    @pytest.fixture(autouse=True)
    def unrendered(self, monkeypatch):
        """Who gets in is decided before a page is rendered, which takes most of the time."""

        def render(response):
            response.content = b""
            return response

        monkeypatch.setattr(SimpleTemplateResponse, "render", render)
        monkeypatch.setattr(UnfoldAdminSite, "each_context", lambda *asked: {})

    def test_the_registry_of_objects_has_every_model_of_the_portal(self):
        missing = [model._meta.label for model in admin.site._registry if model not in KINDS]

        tell([f"Enter how a brand gets a {label} in backoffice_objects.KINDS." for label in missing])
        tell(unknown_parameters())

    @pytest.mark.parametrize("caller", [ANYBODY, *PEOPLE])
    def test_they_let_in_whom_the_table_lets_in(self, tavern, caller):
        tell(wrong_pages(caller, tavern))


def wrong_pages(caller: str, house) -> list[str]:
    """Where a page answers the caller otherwise than the table of roles says."""
    client, wrong = logged_in(house.people[caller]) if caller in PEOPLE else client_of(ANYBODY, house), []
    client.raise_request_exception = False
    visit = client.cookies.output(header="", sep=";")
    for route in every_route():
        if route.api_view:
            continue
        about = page_of(route, house)
        address = about or route.fill(dict.fromkeys(route.parameters, 1) | {"app_label": "loyalty"})
        for method in route.methods:
            client.cookies.load(visit)
            with undone():
                answer = client.generic(method, address)
            permissions = needs_or_nothing(route, method)
            expected = may(caller, permissions) and all(may(caller, (more,)) for more in also_needed(route))
            is_out = answer.status_code in (401, 403, 404) or (leads_to_login(answer) and PUBLIC not in permissions)
            is_wrong = is_out and has_something(route, house, about, answer)
            if not expected:
                is_wrong = not is_out and answer.status_code != 405
            if is_wrong or answer.status_code >= 500:
                said = "may" if expected else "may not"
                wrong.append(f"{caller} {said} {method} {address}, and is answered {answer.status_code}")
    return wrong


def also_needed(route) -> list[str]:
    """In the portal people act for brands, so nobody enters it as the member they may be too; and what one does not
    see one does nothing to."""
    entering = (
        ["portal.enter"] if route.name.startswith("admin:") and PUBLIC not in needs_or_nothing(route, "GET") else []
    )
    return entering + ([route.screen[0].permission("view")] if route.screen and route.parameters else [])


def leads_to_login(answer) -> bool:
    return answer.status_code == 302 and "/login/" in answer.headers["Location"]


def needs_or_nothing(route, method) -> tuple[str, ...]:
    """What the table asks; nobody may open what it does not know, which is told by a test of its own."""
    try:
        return needs(route, method)
    except UnknownRoute:
        return ()


def has_something(route, house, about: str | None, answer) -> bool:
    """Whether there is something behind an address for whoever may open it: a button may not be there now, of some
    things no history is kept, a platform may have no jobs yet, and a page of no screen may know nothing of the
    number 1."""
    if (answer.status_code == 404 and not (about and route.screen)) or route.name in THERE_FOR_SOME:
        return False
    if route.screen and route.screen[1] == "history" and route.screen[0].opts.label_lower not in tracking.KINDS:
        return False
    button = getattr(getattr(route.screen[0], route.screen[1], None), "button", None) if route.screen else None
    return button is None or button.is_there(house.objects(route.screen[0].model).order_by("pk").first())
