"""Members who bring others: their codes, who may use them, and what it comes to when rules give something for it."""

import pytest

from ledger.selectors import balances
from loyalty.events.models import Event
from loyalty.identity import tokens
from loyalty.identity.devices.fingerprints import Seen
from loyalty.identity.models import Brand, BrandMember, Member, Person
from loyalty.testing.clients import with_login
from programs.earning import editions, referrals
from programs.earning.models import Referral
from programs.earning.tests.rules import published
from programs.membership.enrolment import close, enrol
from programs.membership.models import Membership

pytestmark = pytest.mark.django_db
DEVICE = "the-one-device-of-ana"


@pytest.fixture
def code(ana_beans):
    return referrals.referral_code_of(ana_beans)


@pytest.fixture
def open_beans(beans):
    """Everybody may join."""
    beans.is_community = True
    beans.save()
    return beans


def newcomer(email="cleo@example.com", **more) -> Person:
    person = Person.objects.create_user(email, "correct horse battery", name="Cleo")
    Member.objects.create(name="Cleo", email=email, person=person, **more)
    return person


def join(person, code, **more):
    return with_login(person).post("/api/programs/BEANS/join", {"referral_code": code, **more})


def mistakes(answer) -> list[tuple[str, str]]:
    assert answer.status_code == 400, answer.content
    return [(error["pointer"], error["code"]) for error in answer.json()["errors"]]


def test_a_member_has_a_code_that_stays_the_same(ana_client, api, ana_beans, beans):
    first = ana_client.get("/api/members/me/referral?program_id=BEANS")
    again = api.get("/api/members/ana/referral")

    assert first.status_code == again.status_code == 200
    assert first.json() == again.json()
    code = first.json().pop("code")
    assert len(code) == 8 and set(code) <= set(referrals.ALPHABET)
    assert {name: first.json()[name] for name in ("program_code", "referred", "rewarded", "points")} == {
        "program_code": "BEANS",
        "referred": 0,
        "rewarded": 0,
        "points": 0,
    }


def test_codes_are_each_members_own(ana_beans, ben_beans, code):
    assert referrals.referral_code_of(ben_beans) != code
    assert referrals.referral_code_of(Membership.objects.get(pk=ana_beans.pk)) == code


def test_a_taken_code_is_not_given_twice(ana_beans, ben_beans, code, monkeypatch):
    letters = iter(code + "33333333")
    monkeypatch.setattr(referrals.secrets, "choice", lambda alphabet: next(letters))

    assert referrals.referral_code_of(ben_beans) == "33333333"


def test_nobody_else_sees_the_code(bistro_api, ben, ana, ana_beans, ben_beans):
    assert bistro_api.get(f"/api/members/{ana.id}/referral").status_code == 404
    assert with_login(ben.person).get(f"/api/members/{ana.id}/referral").status_code == 404


@pytest.mark.parametrize("typed", ["{}", " {} ", "{}-{}"])
def test_a_friend_joins_by_it_however_it_is_typed(open_beans, ana, code, typed, ana_client):
    person = newcomer()
    written = typed.format(code[:4].lower(), code[4:]) if typed.count("{}") == 2 else typed.format(code.lower())

    answer = join(person, written)

    assert answer.status_code == 201, answer.content
    referral = Referral.objects.get()
    assert (referral.referrer_id, referral.friend.person) == (ana.id, person)
    assert ana_client.get("/api/members/me/referral").json()["referred"] == 1
    told = Event.objects.get(type="referral.made")
    assert (told.member_id, told.data["referrer_id"]) == (referral.friend_id, str(ana.id))


def test_joining_again_by_the_same_code_changes_nothing(open_beans, code):
    person = newcomer()
    first, again = join(person, code), join(person, code)

    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert (Referral.objects.count(), Event.objects.filter(type="referral.made").count()) == (1, 1)


def test_staff_enrol_a_friend_by_it(api, beans, ana, ben, code):
    answer = api.post("/api/programs/BEANS/members", {"external_id": "ben", "referral_code": code})

    assert answer.status_code == 201, answer.content
    assert Referral.objects.get().friend_id == ben.id


def test_staff_enrol_a_friend_by_name_with_it(api, beans, ben, code):
    answer = api.post("/api/programs/BEANS/members/ben", {"referral_code": code})

    assert answer.status_code == 201, answer.content
    assert Referral.objects.get().friend_id == ben.id


@pytest.mark.parametrize("wrong", ["3333ZZZZ", "K7", "0", "../..", "K7WD4HQPK7WD"])
def test_a_code_that_nobody_has_is_refused_and_nobody_joins(open_beans, code, wrong):
    assert mistakes(join(newcomer(), wrong)) == [("/referral_code", "unknown-code")]
    assert Membership.objects.count() == 1


def test_the_code_of_who_left_or_of_another_program_is_unknown(open_beans, ana_beans, code, bistro):
    from programs.membership.operations import create_program

    plates = create_program(bistro, code="PLATES", name="Plates", is_community=True)
    elsewhere = with_login(newcomer()).post("/api/programs/PLATES/join", {"referral_code": code})
    close(ana_beans)

    assert mistakes(elsewhere) == [("/referral_code", "unknown-code")]
    assert mistakes(join(newcomer("dora@example.com"), code)) == [("/referral_code", "unknown-code")]
    assert plates.memberships.count() == 0


def test_ones_own_code_is_refused(open_beans, ana, code):
    assert mistakes(join(ana.person, code)) == [("/referral_code", "own-code")]


def test_who_takes_part_or_once_did_is_no_new_friend(open_beans, ben, ben_beans, code):
    first = join(ben.person, code)
    close(ben_beans)
    later = join(ben.person, code)

    assert mistakes(first) == mistakes(later) == [("/referral_code", "already-a-member")]
    assert not Referral.objects.exists()


@pytest.mark.parametrize("same", [{"email": "ANA@example.com"}, {"phone": "+31612345678"}])
def test_the_same_person_under_another_login_is_refused(open_beans, ana, code, same, cafe):
    ana.phone = "+31612345678"
    ana.save()
    BrandMember.objects.get(brand=cafe, member=ana).save()
    person = Person.objects.create_user("second@example.com", "correct horse battery")
    Member.objects.create(name="A second Ana", person=person, **same)

    assert mistakes(join(person, code)) == [("/referral_code", "same-person")]
    assert Membership.objects.count() == 1
    assert not BrandMember.objects.filter(member__person=person).exists()


def test_the_same_device_is_refused_and_the_same_network_is_not(open_beans, ana, code):
    tokens.log_in("ana@example.com", "correct horse battery", otp="", seen=Seen(device=DEVICE, address="203.0.113.5"))

    refused = join(newcomer(), code, device=DEVICE)
    taken = join(newcomer("dora@example.com"), code, device="another-device-of-dora")

    assert mistakes(refused) == [("/referral_code", "same-person")]
    assert taken.status_code == 201


def test_a_program_that_is_not_active_takes_nobody(api, beans, ben, code):
    beans.status = "paused"
    beans.save()

    answer = api.post("/api/programs/BEANS/members", {"external_id": "ben", "referral_code": code})

    assert (answer.status_code, answer.json()["code"]) == (409, "program-not-active")


def test_the_friends_first_order_rewards_both(api, beans, ana_beans, ben, code, ana_client):
    """Friend's first order of 50.00 or more: 150 for the friend and 300 for the referrer."""
    first = {
        "all": [
            {"fact": "order.net", "operator": "greaterThanInclusive", "value": "50.00"},
            {"fact": "member.orders_before", "operator": "equal", "value": 0},
            {"fact": "member.referred", "operator": "equal", "value": True},
        ]
    }
    effects = [
        {"type": "points.fixed", "points": 150},
        {"type": "points.fixed", "points": 300, "to": "referrer"},
    ]
    rule = {"key": "friend", "name": "A friend", "trigger": "order.paid", "group": "bonus"}
    beans.earn_points = 0
    beans.save()
    published(beans, rule | {"conditions": first, "effects": effects})
    editions.renew(beans, reason="test", actor="test")
    api.post("/api/programs/BEANS/members", {"external_id": "ben", "referral_code": code})
    bought = {"program_id": "BEANS", "amount": "50.00", "currency": "EUR", "reference": "r1"}
    made = api.post("/api/members/ben/earn", bought)

    assert (made.status_code, made.json()["points"]) == (201, 150), made.content
    assert balances([ana_beans.account_id])[ana_beans.account_id].posted == 300
    told = ana_client.get("/api/members/me/referral").json()
    assert (told["referred"], told["rewarded"], told["points"]) == (1, 1, 300)

    undone = api.post(f"/api/transactions/{made.json()['id']}/return", {"reference": "back"})
    assert undone.status_code == 201, undone.content
    assert ana_client.get("/api/members/me/referral").json()["points"] == 0


def test_of_two_who_enrol_a_friend_at_once_one_brought_them(beans, ana_beans, ben, ben_beans, code):
    """The second finds the membership that the first has made."""
    cleo = Member.objects.create(name="Cleo")
    BrandMember.objects.create(brand=Brand.objects.get(), member=cleo)
    enrol(beans, cleo)

    with pytest.raises(referrals.Invalid):
        referrals.enrol_by_code(beans, cleo, code=code, actor="test")
    assert not Referral.objects.exists()
