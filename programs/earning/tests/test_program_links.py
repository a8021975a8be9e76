"""Links between programs: who proposes, who accepts, who ends them, and who sees them."""

import pytest

from loyalty.events.models import Event
from loyalty.identity.models import Person, Staff
from loyalty.testing.clients import with_login
from programs.earning import editions
from programs.earning.models import ProgramLink
from programs.earning.tests.rules import published
from programs.membership.operations import create_program

pytestmark = pytest.mark.django_db
RATE = {"points": 5, "per": "10.00"}


@pytest.fixture
def plates(bistro):
    """The bistro's program."""
    return create_program(bistro, code="PLATES", name="Bistro Plates", unit_name="plates")


@pytest.fixture
def proposed(api, beans, plates):
    """What is bought with BEANS is to earn in PLATES: the cafe says so."""
    answer = api.post("/api/programs/BEANS/links", {"partner_program_id": "PLATES", **RATE})
    assert answer.status_code == 201, answer.content
    return answer.json()


def test_a_link_holds_when_the_other_brand_has_accepted(proposed, bistro_api, beans, plates, cafe, bistro):
    accepted = bistro_api.post(f"/api/links/{proposed['id']}/accept")

    assert (proposed["status"], proposed["accepted_by"], proposed["active_since"]) == ("proposed", [str(cafe.id)], None)
    assert accepted.status_code == 200
    assert accepted.json()["status"] == "active" and accepted.json()["active_since"]
    assert set(accepted.json()["accepted_by"]) == {str(cafe.id), str(bistro.id)}
    beans.refresh_from_db()
    plates.refresh_from_db()
    assert (beans.needs, plates.needs) == (["links"], [])


def test_both_brands_are_told(proposed, bistro_api, cafe, bistro):
    bistro_api.post(f"/api/links/{proposed['id']}/accept")

    told = Event.objects.filter(type__contains="link").values_list("type", "brand_id")
    assert set(told) == {(kind, b.id) for kind in ("program.link_proposed", "program.linked") for b in (cafe, bistro)}


def test_accepting_and_ending_again_change_nothing(proposed, bistro_api, api, beans):
    first = bistro_api.post(f"/api/links/{proposed['id']}/accept").json()
    again = bistro_api.post(f"/api/links/{proposed['id']}/accept").json()
    ended = [api.post(f"/api/links/{proposed['id']}/end").json() for _ in range(2)]

    assert again == first
    assert ended[0] == ended[1] and ended[0]["status"] == "ended"
    beans.refresh_from_db()
    assert beans.needs == []


def test_who_proposed_cannot_accept_for_the_other(proposed, api):
    answer = api.post(f"/api/links/{proposed['id']}/accept")

    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    assert ProgramLink.objects.get().status == "proposed"


def test_what_has_ended_is_not_accepted_and_can_be_proposed_anew(proposed, api, bistro_api):
    bistro_api.post(f"/api/links/{proposed['id']}/end")

    accepted = bistro_api.post(f"/api/links/{proposed['id']}/accept")
    anew = api.post("/api/programs/BEANS/links", {"partner_program_id": "PLATES", **RATE})

    assert (accepted.status_code, accepted.json()["code"]) == (409, "link-ended")
    assert anew.status_code == 201


def test_the_brand_of_the_partner_may_propose_too(bistro_api, api, beans, plates):
    made = bistro_api.post("/api/programs/BEANS/links", {"partner_program_id": "PLATES", **RATE})
    accepted = api.post(f"/api/links/{made.json()['id']}/accept")

    assert made.status_code == 201 and made.json()["status"] == "proposed"
    assert accepted.json()["status"] == "active"


def test_a_link_within_one_brand_holds_at_once(api, cafe, beans):
    create_program(cafe, code="CUPS", name="Cups", unit_name="cups")

    made = api.post("/api/programs/BEANS/links", {"partner_program_id": "CUPS", **RATE}).json()

    assert made["status"] == "active"


def test_a_pair_is_linked_once_in_each_direction(proposed, api, bistro_api):
    again = api.post("/api/programs/BEANS/links", {"partner_program_id": "PLATES", "points": 1, "per": "1.00"})
    back = api.post("/api/programs/PLATES/links", {"partner_program_id": "BEANS", **RATE})

    assert (again.status_code, again.json()["code"]) == (409, "link-exists")
    assert back.status_code == 201


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({"per": "0.00"}, "/per", "too-small"),
        ({"per": "1.234"}, "/per", "too-many-decimals"),
        ({"points": 0}, "/points", "out-of-range"),
        ({"partner_program_id": "BEANS"}, "/partner_program_id", "same-program"),
    ],
)
def test_a_mistake_is_told_where_it_stands(api, beans, plates, body, pointer, code):
    answer = api.post("/api/programs/BEANS/links", {"partner_program_id": "PLATES", **RATE} | body)

    assert answer.status_code in (400, 422)
    assert [(error["pointer"], error["code"]) for error in answer.json()["errors"]] == [(pointer, code)]


def test_fields_and_filters_that_are_not_there_are_refused(proposed, api, bistro_api):
    accepted = bistro_api.post(f"/api/links/{proposed['id']}/accept", {"points": 9})
    ended = api.post(f"/api/links/{proposed['id']}/end", {"on": "Friday"})
    listed = api.get("/api/programs/BEANS/links?state=active")

    assert [answer.json()["errors"][0]["pointer"] for answer in (accepted, ended, listed)] == [
        "/points", "/on", "/state",
    ]  # fmt: skip
    assert api.get(f"/api/links/{proposed['id']}").json()["status"] == "proposed"


def test_a_program_that_is_not_there_or_not_active_is_not_linked(api, beans, plates):
    missing = api.post("/api/programs/BEANS/links", {"partner_program_id": "NOWHERE", **RATE})
    plates.status = "paused"
    plates.save()
    paused = api.post("/api/programs/BEANS/links", {"partner_program_id": "PLATES", **RATE})

    assert (missing.status_code, paused.status_code) == (404, 409)
    assert paused.json()["code"] == "program-not-active"


def test_both_brands_list_it_and_nobody_else_finds_it(proposed, api, bistro_api, ana_client, operator):
    stranger = Person.objects.create_user("stranger@example.com", "correct horse battery")
    url = f"/api/links/{proposed['id']}"

    for client in (api, bistro_api):
        assert client.get(url).json() == proposed
    assert api.get("/api/programs/BEANS/links").json()["results"] == [proposed]
    assert bistro_api.get("/api/programs/PLATES/links").json()["results"] == [proposed]
    for client in (with_login(stranger), ana_client):
        for answer in (client.get(url), client.post(f"{url}/accept"), client.post(f"{url}/end")):
            assert answer.status_code in (403, 404)
    assert ana_client.get("/api/programs/BEANS/links").status_code in (403, 404)
    assert bistro_api.get("/api/programs/BEANS/links").status_code == 404


def test_staff_see_links_and_do_not_make_them(proposed, barista_client, bistro):
    waiter = Person.objects.create_user("waiter@example.com", "correct horse battery")
    Staff.objects.create(person=waiter, brand=bistro, role=Staff.Role.STAFF)

    assert barista_client.get(f"/api/links/{proposed['id']}").status_code == 200
    assert with_login(waiter).post(f"/api/links/{proposed['id']}/accept").status_code == 403
    assert barista_client.post(f"/api/links/{proposed['id']}/end").status_code == 403


def test_new_rules_do_not_forget_the_link(proposed, bistro_api, beans):
    bistro_api.post(f"/api/links/{proposed['id']}/accept")
    published(beans)

    editions.renew(beans, reason="test", actor="test")

    beans.refresh_from_db()
    assert beans.edition == 1 and "links" in beans.needs
