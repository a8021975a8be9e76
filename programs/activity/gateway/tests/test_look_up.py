"""Who stands at the till: found by what they show or say, masked, and not by trying."""

import pytest

from loyalty.identity import look_ups
from loyalty.identity.models import Person, Staff
from loyalty.testing.clients import with_login
from programs.activity.tests.tills import earn, fresh, pointers, refusal
from programs.rewards.models import Reward

pytestmark = pytest.mark.django_db


@pytest.fixture
def ana_reached(ana, ana_beans, cafe):
    """Ana, with a name, a phone and some points."""
    ana.name, ana.phone = "Ana Maria Silva", "+31612345678"
    ana.save()
    look_ups.refresh_indexes(ana)
    return ana


@pytest.fixture
def kiosk(cafe):
    """A partner's till."""
    person = Person.objects.create_user("kiosk@example.com", "correct horse battery")
    Staff.objects.create(person=person, brand=cafe, role=Staff.Role.PARTNER)
    return with_login(person)


SAID = [
    {"card_number": "1000 0000 0000 0009"},
    {"external_id": "ana"},
    {"email": "Ana@Example.com"},
    {"phone": "+31 6 12345678"},
]


@pytest.mark.parametrize("said", SAID)
def test_somebody_is_found_by_what_they_say(kiosk, api, ana_reached, said):
    earn(api, "50.00")

    for answer in (kiosk.post("/api/members/lookup", said), kiosk.get("/api/members/lookup", said)):
        found = answer.json()
        assert answer.status_code == 200, found
        assert (found["member_id"], found["name"]) == (str(ana_reached.pk), "Ana S.")
        assert found["email"].startswith("a\u2022") and found["phone"] == "+31\u2022\u2022\u2022\u202278"
        (card,) = found["cards"]
        assert (card["program_code"], card["balance"]["available"], card["tier"]) == ("BEANS", 50, None)
        assert "Silva" not in answer.content.decode() and "12345678" not in answer.content.decode()


def test_a_phone_is_understood_as_it_is_dialled_there(api, cafe, ana_reached):
    cafe.country = "NL"
    cafe.save()

    assert api.post("/api/members/lookup", {"phone": "06 1234 5678"}).json()["external_id"] == "ana"


def test_a_code_of_a_member_card_is_used_up(api, ana_client, ana_reached):
    token = ana_client.post("/api/qr", {"purpose": "member"}).json()["token"]
    key = {"HTTP_IDEMPOTENCY_KEY": fresh()}

    first = api.post("/api/members/lookup", {"qr": token}, **key)

    assert first.json()["external_id"] == "ana"
    assert api.post("/api/members/lookup", {"qr": token}, **key).json() == first.json()
    assert refusal(api.post("/api/members/lookup", {"qr": token}))[1] == "token-used"


def test_what_may_be_offered_is_told(api, beans, ana_reached):
    earn(api, "50.00")
    plain = {"program": beans, "status": "active"}
    Reward.objects.create(code="coffee", name="A free coffee", points_cost=40, **plain)
    Reward.objects.create(code="cake", name="A free cake", points_cost=60, **plain)

    found = api.post("/api/members/lookup", {"external_id": "ana"}).json()

    assert [(offer["name"], offer["points"]) for offer in found["offers"]] == [("A free coffee", 40)]
    assert found["vouchers"] == []


def test_only_a_program_that_is_asked_for_is_told(api, ana_reached):
    asked = {"external_id": "ana", "program_id": "BEANS"}

    assert len(api.post("/api/members/lookup", asked).json()["cards"]) == 1
    assert refusal(api.post("/api/members/lookup", asked | {"program_id": "TEA"})) == (404, "not-found")


def test_just_one_thing_is_asked(api, ana_reached):
    assert pointers(api.post("/api/members/lookup", {})) == ["/card_number"]
    assert pointers(api.post("/api/members/lookup", {"email": "a@b.cd", "phone": "12345"})) == ["/card_number"]


def test_strangers_find_nobody_and_members_themselves(bistro_api, ana_client, key_with, ana_reached, ben):
    for said in SAID:
        assert refusal(bistro_api.post("/api/members/lookup", said)) == (404, "not-found")
    assert refusal(ana_client.post("/api/members/lookup", {"external_id": "ben"})) == (404, "not-found")
    assert ana_client.post("/api/members/lookup", SAID[0]).json()["member_id"] == str(ana_reached.pk)
    assert refusal(key_with("earn").post("/api/members/lookup", SAID[0])) == (403, "scope-missing")


def test_nobody_tries_address_after_address(kiosk, ana_reached):
    tried = [kiosk.post("/api/members/lookup", {"email": f"x{n}@example.com"}).status_code for n in range(11)]

    assert tried == [404] * 10 + [429]
    assert refusal(kiosk.post("/api/members/lookup", SAID[0])) == (429, "rate-limited")


def test_looking_up_takes_as_many_questions_for_many_rewards_as_for_few(
    api, beans, ana_reached, django_assert_max_num_queries
):
    earn(api, "50.00")
    for n in range(30):
        Reward.objects.create(code=f"r{n}", name=f"R{n}", points_cost=n, program=beans, status="active")
    api.post("/api/members/lookup", SAID[0])

    with django_assert_max_num_queries(20):
        found = api.post("/api/members/lookup", SAID[0]).json()

    assert len(found["offers"]) == 20
