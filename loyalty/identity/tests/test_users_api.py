"""Users over HTTP: who sees whom, and that nobody raises themselves."""

import pytest

from loyalty.events.models import Event
from loyalty.identity.models import Person, Staff


@pytest.fixture
def waiter(bistro):
    """Staff of the bistro, a stranger to the cafe."""
    person = Person.objects.create_user("waiter@example.com", name="Waiter")
    Staff.objects.create(person=person, brand=bistro)
    return person


def code_of(answer):
    return answer.status_code, answer.json().get("code")


def emails(answer):
    return {user["email"].partition("@")[0] for user in answer.json()["results"]}


def test_me_shows_what_i_am(barista_client, barista, cafe):
    seen = barista_client.get("/api/users/me").json()

    assert seen.pop("created_at").endswith("Z")
    assert seen == {
        "id": str(barista.id),
        "email": "barista@example.com",
        "name": "Barista",
        "is_active": True,
        "is_operator": False,
        "roles": [
            {
                "brand_id": str(cafe.id),
                "brand_code": "cafe",
                "role": "staff",
                "location_id": None,
                "location_code": None,
            }
        ],
        "member_id": None,
        "last_login": None,
    }


def test_a_server_key_is_no_user(api):
    assert code_of(api.get("/api/users/me")) == (404, "not-found")


def test_operators_see_all_users_and_admins_those_of_their_brands(
    operator_client, manager_client, barista, waiter, ana
):
    assert emails(operator_client.get("/api/users")) == {"operator", "manager", "barista", "waiter", "ana"}
    assert emails(manager_client.get("/api/users")) == {"manager", "barista"}
    assert emails(manager_client.get("/api/users?email=BARISTA@example.com")) == {"barista"}
    assert emails(manager_client.get("/api/users?is_active=false")) == set()


def test_others_see_no_list(barista_client, ana_client, key_with, client):
    assert code_of(barista_client.get("/api/users")) == (403, "forbidden")
    assert code_of(ana_client.get("/api/users")) == (403, "forbidden")
    assert code_of(key_with("read").get("/api/users")) == (403, "scope-missing")
    assert code_of(client.get("/api/users")) == (401, "not-authenticated")


def test_a_user_who_is_not_yours_is_not_found(manager_client, barista_client, ana_client, waiter, barista, ana):
    for client, other in [(manager_client, waiter), (manager_client, ana.person), (barista_client, waiter)]:
        assert code_of(client.get(f"/api/users/{other.id}")) == (404, "not-found")
        assert code_of(client.patch(f"/api/users/{other.id}", {"name": "x"})) == (404, "not-found")
    assert code_of(manager_client.delete(f"/api/users/{waiter.id}")) == (404, "not-found")
    assert code_of(barista_client.delete(f"/api/users/{waiter.id}")) == (403, "forbidden")
    assert code_of(ana_client.get(f"/api/users/{barista.id}")) == (404, "not-found")
    assert code_of(ana_client.get("/api/users/nonsense")) == (404, "not-found")


def test_an_admin_sees_only_the_posts_at_their_own_brands(manager_client, barista, bistro, cafe):
    Staff.objects.create(person=barista, brand=bistro, role="admin")

    roles = manager_client.get(f"/api/users/{barista.id}").json()["roles"]

    assert [role["brand_code"] for role in roles] == ["cafe"]


def test_an_admin_does_not_learn_that_staff_are_members_too(manager_client, operator_client, barista, ana):
    ana.person = barista
    ana.save()

    assert manager_client.get(f"/api/users/{barista.id}").json()["member_id"] is None
    assert operator_client.get(f"/api/users/{barista.id}").json()["member_id"] == str(ana.id)


def test_people_change_their_own_name(ana_client, ana):
    assert ana_client.patch("/api/users/me", {"name": "Ana S"}).json()["name"] == "Ana S"
    assert Event.objects.get(type="user.updated").data["fields"] == ["name"]


@pytest.mark.parametrize("body", [{"roles": [{"brand_id": "cafe", "role": "admin"}]}, {"is_active": False}])
@pytest.mark.parametrize("who", ["barista_client", "manager_client", "operator_client", "ana_client"])
def test_nobody_changes_their_own_roles_or_switches_themselves_off(request, cafe, who, body):
    client = request.getfixturevalue(who)

    assert code_of(client.patch("/api/users/me", body)) == (403, "forbidden")
    assert code_of(client.delete("/api/users/me")) == (403, "forbidden")


@pytest.mark.parametrize("field", ["email", "is_operator", "is_superuser", "token_version", "password", "id", "posts"])
def test_fields_that_are_not_offered_are_refused(operator_client, barista, field):
    answer = operator_client.patch(f"/api/users/{barista.id}", {field: True})

    assert answer.json()["errors"][0] | {"detail": ""} == {
        "pointer": f"/{field}",
        "code": "unknown-field",
        "detail": "",
    }


def test_an_admin_gives_and_ends_posts_at_their_brand(manager_client, as_person, barista, cafe):
    address = f"/api/users/{barista.id}"

    seen = manager_client.patch(address, {"roles": [{"brand_id": "cafe", "role": "admin"}]}).json()
    assert [role["role"] for role in seen["roles"]] == ["admin"]
    assert as_person(barista).get("/api/users").status_code == 200

    manager_client.patch(address, {"roles": [{"brand_id": str(cafe.id), "role": None}]})
    assert as_person(barista).get("/api/users").status_code == 403
    assert [event.data["role"] for event in Event.objects.filter(type="user.role_changed").order_by("id")] == [
        "admin",
        None,
    ]


def test_an_admin_gives_no_post_at_another_brand(manager_client, barista, bistro):
    answer = manager_client.patch(f"/api/users/{barista.id}", {"roles": [{"brand_id": "bistro", "role": "staff"}]})

    assert code_of(answer) == (404, "not-found")
    assert not Staff.objects.filter(brand=bistro).exists()


def test_an_admin_of_one_brand_and_partner_of_another_gives_posts_at_the_first_only(
    manager_client, manager, barista, bistro
):
    Staff.objects.create(person=manager, brand=bistro, role="partner")

    answer = manager_client.patch(f"/api/users/{barista.id}", {"roles": [{"brand_id": "bistro", "role": "staff"}]})

    assert code_of(answer) == (403, "forbidden")


@pytest.mark.parametrize("also", ["staff elsewhere", "a member", "an operator"])
def test_an_admin_ends_the_posts_of_who_is_more_than_their_staff_and_no_more(
    manager_client, barista, bistro, ana, also
):
    if also == "staff elsewhere":
        Staff.objects.create(person=barista, brand=bistro)
    elif also == "a member":
        ana.person = barista
        ana.save()
    else:
        Person.objects.filter(id=barista.id).update(is_operator=True)
    address = f"/api/users/{barista.id}"

    assert code_of(manager_client.patch(address, {"is_active": False})) == (403, "forbidden")
    assert code_of(manager_client.patch(address, {"name": "x"})) == (403, "forbidden")
    deleted = manager_client.delete(address)

    barista.refresh_from_db()
    assert barista.is_active
    assert deleted.status_code == (403 if also == "an operator" else 204)
    assert barista.posts.filter(brand__code="cafe", is_active=True).exists() == (also == "an operator")
    assert barista.posts.filter(brand=bistro, is_active=True).exists() == (also == "staff elsewhere")


def test_a_user_switched_off_is_out_at_once(manager_client, barista_client, client, barista):
    pair = client.post("/api/auth/token", {"email": "barista@example.com", "password": "correct horse battery"}).json()

    assert manager_client.delete(f"/api/users/{barista.id}").status_code == 204
    assert manager_client.delete(f"/api/users/{barista.id}").status_code == 204

    assert barista_client.get("/api/users/me").json()["code"] == "invalid-token"
    assert client.post("/api/auth/token/refresh", {"refresh": pair["refresh"]}).status_code == 401
    assert Event.objects.filter(type="user.deactivated", aggregate_id=barista.id).count() == 1


def test_tokens_of_before_stay_dead_when_a_user_is_switched_on_again(operator_client, barista_client, barista):
    operator_client.patch(f"/api/users/{barista.id}", {"is_active": False})
    operator_client.patch(f"/api/users/{barista.id}", {"is_active": True})

    assert barista_client.get("/api/users/me").status_code == 401
