"""Members over HTTP: entering, listing, finding, changing, switching off, and who may."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection, connections

from loyalty.events.models import Event
from loyalty.identity.errors import EmailTaken
from loyalty.identity.models import BrandMember, Member, Person, Staff
from loyalty.identity.operations import create_member, make_known

pytestmark = pytest.mark.urls("loyalty.identity.tests.urls")


def code_of(answer):
    return answer.status_code, answer.json().get("code")


def test_a_brand_enters_a_member_under_its_own_number(api, cafe):
    body = {
        "external_id": "USR-9",
        "name": " Carla ",
        "email": "Carla@Example.com",
        "phone": "+31612345678",
        "birth_date": "1990-02-28",
        "preferences": {"language": "pt", "milk": None},
        "consents": {"newsletter": True, "sms": False},
    }

    answer = api.post("/api/members", body)

    member = Member.objects.get()
    assert answer.status_code == 201
    assert answer.headers["Location"] == f"/api/members/{member.id}"
    seen = answer.json()
    assert seen == api.get("/api/members/USR-9").json()
    assert {name: seen[name] for name in body} == body | {
        "name": "Carla",
        "email": "carla@example.com",
        "preferences": {"language": "pt"},
    }
    assert (seen["id"], seen["version"]) == (str(member.id), 1)
    event = Event.objects.get(type="member.created")
    assert (event.brand_id, event.member_id) == (cafe.id, member.id)
    assert event.data["given"] == ["newsletter"]
    assert "arla" not in str(event.data)


def test_entering_a_member_again_with_the_same_key_gives_the_first_answer(api):
    first = api.post("/api/members", {"name": "Carla"}, headers={"Idempotency-Key": "k1"})
    again = api.post("/api/members", {"name": "Carla"}, headers={"Idempotency-Key": "k1"})

    assert first.content == again.content
    assert again.headers["Idempotent-Replayed"] == "true"
    assert Member.objects.count() == 1


def test_a_number_and_an_address_are_taken_once_in_a_brand(api, ana):
    assert code_of(api.post("/api/members", {"external_id": "ana"})) == (409, "external-id-taken")
    assert code_of(api.post("/api/members", {"email": "ANA@example.com"})) == (409, "email-taken")
    assert Member.objects.count() == 1


def test_another_brand_may_use_the_same_number_and_address_and_learns_nothing(bistro_api, ana):
    answer = bistro_api.post("/api/members", {"external_id": "ana", "email": "ana@example.com"})

    assert answer.status_code == 201
    assert answer.json()["id"] != str(ana.id)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("phone", "0612345678"),
        ("email", "ana"),
        ("email", "ana@example.com\n"),
        ("birth_date", "2190-01-01"),
        ("birth_date", "1990-02-30"),
        ("external_id", ""),
        ("external_id", "me"),
        ("external_id", "a/b"),
        ("name", "x" * 121),
        ("name", 7),
        ("preferences", {"deep": {"er": 1}}),
        ("consents", {"newsletter": "yes"}),
        ("id", "0190a1b2-0000-7000-8000-000000000000"),
        ("created_by", "bistro"),
        ("created_by_id", "bistro"),
        ("person_id", "1"),
        ("is_active", False),
        ("is_synthetic", True),
        ("version", 5),
        ("is_operator", True),
        ("balance", 1000),
        ("tier", "gold"),
    ],
)
def test_what_does_not_belong_in_a_member_is_refused(api, ana, field, value):
    for answer in (api.post("/api/members", {field: value}), api.patch("/api/members/ana", {field: value})):
        assert code_of(answer) == (400, "validation-error")
        assert answer.json()["errors"][0]["pointer"].startswith(f"/{field}")
    assert Member.objects.count() == 1


def test_a_brand_lists_those_it_knows_with_its_own_numbers(api, bistro_api, ana, ben, bistro):
    make_known(bistro.id, [ben.id])

    seen = api.get("/api/members").json()
    elsewhere = bistro_api.get("/api/members").json()

    assert {member["external_id"] for member in seen["results"]} == {"ana", "ben"}
    assert [(member["id"], member["external_id"]) for member in elsewhere["results"]] == [(str(ben.id), None)]


def test_the_list_can_be_narrowed_and_paged(api, ana, ben):
    def ids(query):
        return [member["external_id"] for member in api.get(f"/api/members?{query}").json()["results"]]

    assert ids("external_id=ana") == ["ana"]
    assert ids("email=BEN@example.com") == ["ben"]
    assert ids("external_id=nobody") == []
    assert ids("page_size=1") == [max(ana, ben, key=lambda member: member.id).name.lower()]
    assert api.get("/api/members?nonsense=1").status_code == 400


@pytest.mark.parametrize("ref", ["ana", "id"])
def test_a_stranger_s_member_is_not_found_by_any_name_or_verb(bistro_api, ana, ref):
    address = f"/api/members/{ana.id if ref == 'id' else ref}"

    answers = [
        bistro_api.get(address),
        bistro_api.patch(address, {"name": "Mine"}),
        bistro_api.delete(address),
        bistro_api.get("/api/members/0190a1b2-0000-7000-8000-000000000000"),
    ]

    assert {code_of(answer) for answer in answers} == {(404, "not-found")}
    ana.refresh_from_db()
    assert (ana.name, ana.is_active) == ("Ana", True)


def test_members_see_themselves_and_nobody_else(ana_client, ana, ben):
    assert ana_client.get("/api/members/me").json()["id"] == str(ana.id)
    assert ana_client.get(f"/api/members/{ana.id}").status_code == 200
    assert ana_client.get("/api/members/ana").json()["external_id"] == "ana"
    assert [member["id"] for member in ana_client.get("/api/members").json()["results"]] == [str(ana.id)]
    for ref in (ben.id, "ben"):
        assert code_of(ana_client.get(f"/api/members/{ref}")) == (404, "not-found")


def test_operators_see_everybody(operator_client, ana, db):
    stranger = Member.objects.create(name="Unknown to all")

    assert operator_client.get("/api/members/ana").json()["id"] == str(ana.id)
    assert operator_client.get(f"/api/members/{stranger.id}").status_code == 200
    assert len(operator_client.get("/api/members").json()["results"]) == 2


def test_a_number_that_two_of_ones_brands_use_needs_the_id(barista, as_person, bistro, ana):
    Staff.objects.create(person=barista, brand=bistro)
    other = Member.objects.create(created_by=bistro)
    BrandMember.objects.create(brand=bistro, member=other, external_id="ana")

    client = as_person(barista)

    assert code_of(client.get("/api/members/ana")) == (409, "ambiguous-member")
    assert client.get(f"/api/members/{ana.id}").status_code == 200


def test_an_id_goes_before_a_number_that_looks_like_it(api, ana, ben, cafe):
    BrandMember.objects.filter(member=ben).update(external_id=str(ana.id))

    assert api.get(f"/api/members/{ana.id}").json()["name"] == "Ana"


def test_the_answer_about_a_member_is_not_sent_twice(api, ana):
    etag = api.get("/api/members/ana").headers["ETag"]

    assert api.get("/api/members/ana", headers={"If-None-Match": etag}).status_code == 304
    api.patch("/api/members/ana", {"name": "Ana B"})
    assert api.get("/api/members/ana", headers={"If-None-Match": etag}).status_code == 200


def test_people_who_work_for_two_brands_say_for_which(barista, as_person, cafe, bistro):
    Staff.objects.create(person=barista, brand=bistro, role="partner")
    client = as_person(barista)

    assert client.post("/api/members", {"name": "C"}).json()["errors"][0]["pointer"] == "/brand_id"
    assert client.post("/api/members", {"name": "C", "brand_id": "cafe"}).status_code == 201
    assert client.post("/api/members", {"name": "C", "brand_id": str(cafe.id)}).status_code == 201
    assert code_of(client.post("/api/members", {"name": "C", "brand_id": "bistro"})) == (403, "forbidden")
    assert code_of(client.post("/api/members", {"name": "C", "brand_id": "nowhere"})) == (404, "not-found")


def test_a_key_enters_nobody_for_another_brand(api, bistro):
    assert code_of(api.post("/api/members", {"name": "C", "brand_id": "bistro"})) == (404, "not-found")


def test_a_key_needs_the_scope(key_with, ana):
    reader, till = key_with("read"), key_with("earn")

    assert reader.get("/api/members/ana").status_code == 200
    assert code_of(reader.post("/api/members", {"name": "C"})) == (403, "scope-missing")
    assert code_of(reader.patch("/api/members/ana", {"name": "C"})) == (403, "scope-missing")
    assert code_of(reader.delete("/api/members/ana")) == (403, "scope-missing")
    assert till.get("/api/members").json()["scope"] == "read"


def test_members_and_nobodies_enter_nobody(ana_client, client):
    assert code_of(ana_client.post("/api/members", {"name": "C"})) == (403, "forbidden")
    assert code_of(client.post("/api/members", {"name": "C"})) == (401, "not-authenticated")


def test_members_change_their_own_profile(ana_client, ana):
    body = {"name": "Ana Silva", "email": None, "preferences": {"milk": "oat"}, "consents": {"newsletter": True}}

    seen = ana_client.patch("/api/members/me", body).json()

    assert (seen["name"], seen["email"], seen["preferences"]) == ("Ana Silva", None, {"milk": "oat"})
    assert seen["version"] == 2
    event = Event.objects.get(type="member.updated")
    assert event.data == {
        "fields": ["consents", "email", "name", "preferences"],
        "given": ["newsletter"],
        "actor": f"person:{ana.person_id}",
    }
    assert Person.objects.get(id=ana.person_id).email == "ana@example.com"


def test_a_change_of_nothing_changes_nothing(api, ana):
    for body in ({}, {"name": "Ana"}, {"external_id": "ana"}):
        assert api.patch("/api/members/ana", body).json()["version"] == 1
    assert not Event.objects.filter(type="member.updated").exists()


def test_preferences_and_consents_are_merged(api, ana):
    api.patch("/api/members/ana", {"preferences": {"a": 1, "b": "x"}, "consents": {"sms": True}})

    seen = api.patch("/api/members/ana", {"preferences": {"b": None, "c": True}, "consents": {"sms": False}}).json()

    assert (seen["preferences"], seen["consents"]) == ({"a": 1, "c": True}, {"sms": False})
    assert Event.objects.filter(type="member.updated").latest("id").data["withdrawn"] == ["sms"]


def test_a_profile_does_not_grow_without_end(api, ana):
    for start in (0, 40):
        answer = api.patch("/api/members/ana", {"preferences": {f"p{start + n}": n for n in range(40)}})

    assert code_of(answer) == (400, "validation-error")


def test_a_brand_that_merely_knows_a_member_may_number_them_and_no_more(bistro_api, bistro, ana):
    make_known(bistro.id, [ana.id])
    address = f"/api/members/{ana.id}"

    assert code_of(bistro_api.patch(address, {"name": "Mine"})) == (403, "profile-belongs-to-member")
    assert bistro_api.patch(address, {"external_id": "B-7"}).json()["external_id"] == "B-7"
    assert bistro_api.get("/api/members/B-7").json()["name"] == "Ana"
    assert BrandMember.objects.get(brand__code="cafe", member=ana).external_id == "ana"


def test_a_member_gives_themselves_no_number(ana_client, ana):
    assert code_of(ana_client.patch("/api/members/me", {"external_id": "1"})) == (403, "forbidden")


def test_changing_a_number_or_address_to_one_in_use_is_refused(api, ana, ben):
    assert code_of(api.patch("/api/members/ana", {"external_id": "ben"})) == (409, "external-id-taken")
    assert code_of(api.patch("/api/members/ana", {"name": "A", "email": "ben@example.com"})) == (409, "email-taken")
    ana.refresh_from_db()
    assert (ana.name, ana.version) == ("Ana", 1)


def test_members_do_not_learn_whether_an_address_is_in_use(ana_client, ben):
    assert ana_client.patch("/api/members/me", {"email": "ben@example.com"}).status_code == 200


def test_members_set_their_birth_date_once_and_staff_may_correct_it(ana_client, barista_client, ana):
    assert ana_client.patch("/api/members/me", {"birth_date": "1990-01-01"}).status_code == 200
    assert ana_client.patch("/api/members/me", {"birth_date": "1990-01-01"}).status_code == 200
    for other in ("1990-01-02", None):
        answer = ana_client.patch("/api/members/me", {"birth_date": other})
        assert code_of(answer) == (409, "birth-date-fixed")
    assert barista_client.patch("/api/members/ana", {"birth_date": "1990-01-02"}).status_code == 200


def test_a_partner_reads_and_does_not_change(barista, as_person, ana):
    Staff.objects.filter(person=barista).update(role="partner")
    client = as_person(barista)

    assert client.get("/api/members/ana").status_code == 200
    assert code_of(client.patch("/api/members/ana", {"name": "A"})) == (403, "forbidden")
    assert code_of(client.delete("/api/members/ana")) == (403, "forbidden")


def test_a_brand_switches_off_a_member_it_entered_and_their_number_stays_theirs(api, ana):
    assert api.delete("/api/members/ana").status_code == 204

    assert code_of(api.get("/api/members/ana")) == (404, "not-found")
    assert code_of(api.delete("/api/members/ana")) == (404, "not-found")
    assert api.get("/api/members").json()["results"] == []
    assert code_of(api.post("/api/members", {"external_id": "ana"})) == (409, "external-id-taken")
    assert Event.objects.get(type="member.deactivated").member_id == ana.id


def test_a_member_switched_off_is_nobody_s_member_any_more(api, ana, ana_client):
    api.delete("/api/members/ana")

    assert code_of(ana_client.get("/api/members/me")) == (403, "forbidden")
    assert ana_client.get("/api/users/me").json()["member_id"] is None


def test_a_brand_does_not_switch_off_a_member_others_have_to_do_with(api, bistro_api, bistro, ana):
    make_known(bistro.id, [ana.id])

    assert code_of(api.delete("/api/members/ana")) == (409, "conflict")
    assert code_of(bistro_api.delete(f"/api/members/{ana.id}")) == (409, "conflict")


def test_members_do_not_switch_themselves_off_here(ana_client):
    assert code_of(ana_client.delete("/api/members/me")) == (403, "forbidden")


def test_one_registers_and_logs_in(client):
    body = {"email": "Dora@Example.com", "password": "a long enough one", "name": "Dora", "consents": {"sms": True}}

    answer = client.post("/api/members/register", body)

    member = Member.objects.get()
    assert answer.status_code == 201
    assert answer.json() == {"person_id": str(member.person_id), "member_id": str(member.id)}
    assert (member.email, member.created_by, member.consents) == ("dora@example.com", None, {"sms": True})
    token = client.post("/api/auth/token", {"email": "dora@example.com", "password": "a long enough one"}).json()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {token['access']}")
    assert client.get("/api/members/me").json()["name"] == "Dora"


def test_registering_gives_nobody_the_member_that_a_brand_entered_under_the_address(client, api):
    entered = api.post("/api/members", {"email": "dora@example.com"}).json()

    answer = client.post("/api/members/register", {"email": "dora@example.com", "password": "a long enough one"})

    assert answer.status_code == 201
    assert answer.json()["member_id"] != entered["id"]


def test_registering_with_a_login_that_exists_changes_nothing(client, ana):
    body = {"email": "ANA@example.com", "password": "a long enough one"}

    assert client.post("/api/members/register", body).status_code == 201
    assert ana.person.check_password("correct horse battery")
    assert Person.objects.count() == 1


@pytest.mark.parametrize("password", ["short", "password123", "1234567890123", "dora@example.com"])
def test_a_weak_password_is_refused(client, db, password):
    answer = client.post("/api/members/register", {"email": "dora@example.com", "password": password})

    assert code_of(answer) == (400, "validation-error")
    assert answer.json()["errors"][0]["pointer"] == "/password"
    assert not Person.objects.exists()


@pytest.mark.parametrize("field", ["is_operator", "is_active", "roles", "external_id", "brand_id", "token_version"])
def test_nobody_registers_as_more_than_a_member(client, db, field):
    body = {"email": "dora@example.com", "password": "a long enough one", field: True}

    assert client.post("/api/members/register", body).json()["errors"][0]["code"] == "unknown-field"


def test_registering_is_limited_by_network_address(client, db):
    answers = [client.post("/api/members/register", {"email": "x", "password": "y"}) for _ in range(25)]

    assert answers[-1].status_code == 429


@pytest.mark.django_db(transaction=True)
def test_of_two_that_enter_the_same_address_at_once_one_is_refused(cafe):
    start = Barrier(6)

    def run(_):
        try:
            connection.ensure_connection()
            start.wait()
            return bool(create_member(cafe, email="twin@example.com"))
        except EmailTaken:
            return False
        finally:
            connections.close_all()

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(run, range(6))) == [False] * 5 + [True]
