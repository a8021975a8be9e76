"""Somebody is erased, as a whole or by one brand: what becomes of points, logins, other brands, and a second time."""

from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from ledger.models import Account, Balance
from ledger.reconciliation import reconcile
from ledger.selectors import balances
from ledger.tests.books import clean
from loyalty import clock
from loyalty.errors import Invalid, NotFound
from loyalty.events.models import Event
from loyalty.identity.approvals.models import ApprovalRequest
from loyalty.identity.approvals.operations import approve
from loyalty.identity.models import Brand, BrandMember, Member, MemberNote, Person, Staff
from loyalty.identity.operations import create_member
from loyalty.identity.privacy.erasing import StillWorksHere, erase_person
from loyalty.identity.privacy.models import Erasure
from loyalty.identity.privacy.subjects import Subject, find_subject
from loyalty.testing.clients import with_login
from programs.activity.tests.tills import deposit, earn, give_back, redeem
from programs.membership.enrolment import enrol
from programs.membership.models import Membership

pytestmark = pytest.mark.django_db


def whole(member):
    return find_subject(member.pk)


def erase(subject, reason="asked in writing", **more):
    return erase_person(subject, actor="test", reason=reason, **more)


def all_hold() -> bool:
    return clean(reconcile())


def test_points_are_forfeited_holds_go_back_and_the_books_balance(api, ana, ana_beans):
    deposit(api, 100)
    api.post("/api/members/ana/holds", {"program_id": "BEANS", "points": 30, "idempotency_key": "h"})

    erased = erase(whole(ana))

    assert erased.counts["points_forfeited"] == 100
    assert Balance.objects.values_list("posted", "held", "debt").get(account_id=ana_beans.account_id) == (0, 0, 0)
    account = Account.objects.get(pk=ana_beans.account_id)
    assert (account.owner_id, account.closed_at is not None) == (ana.pk, True)
    assert all_hold()


def test_what_is_owed_is_written_off(api, ana, ana_beans):
    order = earn(api, "100.00")
    redeem(api, 80)
    give_back(api, order["id"])
    assert balances([ana_beans.account_id])[ana_beans.account_id].debt == 80

    erase(whole(ana))

    assert Balance.objects.values_list("posted", "debt").get(account_id=ana_beans.account_id) == (0, 0)
    assert all_hold()


def test_the_member_is_nobodys_and_cannot_be_found(api, ana, ana_beans, bistro):
    erase(whole(ana))

    ana.refresh_from_db()
    assert (ana.name, ana.email, ana.data_key, ana.person_id, ana.is_active) == ("", "", None, None, False)
    assert (ana.erased_at is not None, BrandMember.objects.filter(member=ana).exists()) == (True, False)
    assert Membership.objects.get(pk=ana_beans.pk).status == "closed"
    assert Membership.objects.get(pk=ana_beans.pk).card_number != ana_beans.card_number
    for ref in ("ana", str(ana.pk)):
        assert api.get(f"/api/members/{ref}").status_code == 404


def test_the_login_ends_at_once(ana, ana_client):
    assert ana_client.get("/api/users/me").status_code == 200
    person = ana.person

    erase(whole(ana))

    assert ana_client.get("/api/users/me").status_code == 401
    person.refresh_from_db()
    assert (person.email, person.is_active, person.has_usable_password()) == ("", False, False)
    assert Person.objects.create_user("ana@example.com").pk != person.pk


def test_repeating_it_answers_what_it_answered_first(api, ana, ana_beans):
    deposit(api, 7)
    first = erase(whole(ana))
    with clock.at(clock.now() + timedelta(days=3)):
        again = erase(whole(ana), "once more")

    assert (again.erased_at, again.counts, again.is_repeated) == (first.erased_at, first.counts, True)
    assert Erasure.objects.count() == 1
    assert Event.objects.filter(type="member.erased").count() == 1


def test_a_dry_run_tells_and_changes_nothing(api, ana, ana_beans):
    deposit(api, 7)
    told = erase(whole(ana), dry_run=True)

    assert (told.counts["points_forfeited"], told.counts["profile"]) == (7, 1)
    ana.refresh_from_db()
    assert (ana.name, ana.erased_at, Erasure.objects.count()) == ("Ana", None, 0)
    assert balances([ana_beans.account_id])[ana_beans.account_id].available == 7


def test_the_event_says_that_and_not_who(ana, cafe):
    erase(whole(ana))

    event = Event.objects.get(type="member.erased")
    assert (event.brand_id, event.member_id, event.data) == (cafe.pk, ana.pk, {"actor": "test"})


def test_the_reason_must_not_name_them(ana):
    with pytest.raises(Invalid):
        erase(whole(ana), "ANA@example.com wrote to us")
    assert Erasure.objects.count() == 0


@pytest.fixture
def shared(bistro, ana):
    """Ana is known to the bistro too."""
    BrandMember.objects.create(brand=bistro, member=ana, external_id="bistro-ana")
    MemberNote.objects.create(brand=bistro, member=ana, text="likes soup")
    return ana


def test_one_brand_erases_what_it_has_and_no_more(api, shared, cafe, bistro, bistro_api, ana_beans):
    deposit(api, 50)
    MemberNote.objects.create(brand=cafe, member=shared, text="likes tea")

    erase(find_subject("ana", brand=cafe, only_brand=True))

    shared.refresh_from_db()
    assert (shared.name, shared.erased_at, shared.created_by_id) == ("Ana", None, None)
    assert list(MemberNote.objects.values_list("text", flat=True)) == ["likes soup"]
    assert list(BrandMember.objects.values_list("external_id", flat=True)) == ["bistro-ana"]
    assert Balance.objects.get(account_id=ana_beans.account_id).posted == 0
    assert api.get(f"/api/members/{shared.pk}").status_code == 404
    assert bistro_api.get(f"/api/members/{shared.pk}").json()["name"] == "Ana"
    assert with_login(shared.person).get("/api/members/me").status_code == 200
    assert all_hold()


def test_who_was_erased_by_a_brand_may_come_back_and_begins_at_nothing(api, shared, cafe, beans, ana_beans):
    deposit(api, 50)
    erase(find_subject("ana", brand=cafe, only_brand=True))
    BrandMember.objects.create(brand=cafe, member=shared, external_id="ana")

    assert enrol(beans, shared).status == "active"
    deposit(api, 3)
    assert balances([ana_beans.account_id])[ana_beans.account_id].available == 3
    again = erase(find_subject("ana", brand=cafe, only_brand=True))
    assert (again.is_repeated, again.counts["points_forfeited"]) == (False, 3)


def test_whom_only_one_brand_knows_goes_as_a_whole_with_it(cafe):
    member = create_member(cafe, external_id="c-1", name="Cleo")

    erase(find_subject("c-1", brand=cafe, only_brand=True))

    member.refresh_from_db()
    assert (member.name, member.erased_at is not None, Erasure.objects.get().kind) == ("", True, "whole")


def test_who_works_here_leaves_first(ana, cafe, manager):
    with pytest.raises(StillWorksHere):
        erase(Subject(person=manager))
    Staff.objects.filter(person=manager).update(is_active=False)
    erase(find_subject("manager@example.com"))

    manager.refresh_from_db()
    assert (manager.email, manager.erased_at is not None, str(manager)) == ("", True, f"erased {manager.pk}")
    assert Event.objects.filter(type="user.erased", data={"actor": "test"}).count() == 1


def test_an_empty_row_is_no_user(manager, operator_client):
    Staff.objects.filter(person=manager).delete()
    erase(Subject(person=manager))

    assert operator_client.get(f"/api/users/{manager.pk}").status_code == 404
    assert [user["email"] for user in operator_client.get("/api/users").json()["results"]] == ["operator@example.com"]


def test_who_decided_can_still_be_told_apart(api, ana, ana_beans, cafe, manager, barista):
    from loyalty.identity.approvals.operations import request_approval

    payload = {"membership_id": str(ana_beans.pk), "points": 3}
    asked = request_approval(barista.worker, cafe, "points.adjust", payload, "x", "y", subject=ana_beans.pk)
    approve(manager.worker, asked)
    Staff.objects.filter(person=manager).update(is_active=False)

    erase(Subject(person=manager))

    assert ApprovalRequest.objects.values_list("requested_by", "decided_by").get() == (barista.pk, manager.pk)


class TestInThePortal:
    form = {"reason": "asked in writing", "is_meant": "on", "request_key": "0192f0c1-2222-7aaa-8bbb-0123456789ab"}

    def press(self, person, member, **more):
        portal = Client()
        portal.force_login(person)
        return portal.post(reverse("admin:loyalty_member_erase_personal_data", args=[member.pk]), self.form | more)

    def test_a_brands_admin_asks_and_another_agrees(self, ana, ana_beans, cafe, manager):
        second = Person.objects.create_user("second@example.com", "correct horse battery")
        Staff.objects.create(person=second, brand=cafe, role=Staff.Role.ADMIN)

        assert self.press(manager, ana).status_code == 302
        asked = ApprovalRequest.objects.get(kind="members.erase")
        ana.refresh_from_db()
        assert (asked.status, ana.known_to.count()) == ("waiting", 1)
        with pytest.raises(Invalid):
            approve(second.worker, asked, reason="ana@example.com wants it")
        approve(second.worker, asked, reason="as she wants")
        assert ana.known_to.count() == 0
        asked.refresh_from_db()
        assert (asked.status, asked.result) == ("approved", "Erased; 0 points were forfeited.")

    def test_an_operator_erases_the_whole_and_the_portals_log_names_nobody(self, ana, operator):
        assert self.press(operator, ana).status_code == 302

        ana.refresh_from_db()
        assert ana.erased_at
        entry = LogEntry.objects.get(object_id=str(ana.pk))
        assert entry.object_repr == str(ana.pk)

    def test_it_must_be_meant_and_staff_may_not(self, ana, operator, barista):
        assert self.press(operator, ana, is_meant="").status_code == 200
        assert self.press(barista, ana).status_code == 403
        assert Member.objects.filter(erased_at=None, pk=ana.pk).exists()


def test_the_command_says_what_went(ana, ana_beans, api, capsys):
    deposit(api, 1_200)
    call_command("erase_member", "ana", brand="cafe", reason="asked", dry_run=True)
    call_command("erase_member", str(ana.pk), reason="asked")
    call_command("erase_member", str(ana.pk), reason="asked")

    would, did, again = capsys.readouterr().out.splitlines()
    assert would.startswith("would erase") and would.endswith("; 1,200 points forfeited")
    assert did == again
    assert did.endswith("; 1,200 points forfeited")
    for wrong in ({"brand": "nowhere"}, {"brand": "cafe"}):
        with pytest.raises(CommandError):
            call_command("erase_member", "nobody", reason="asked", **wrong)


def test_nobody_is_found_by_another_brands_number(ana, bistro):
    Brand.objects.create(code="third", name="Third")
    for ref in ("ana", "ana@example.com", str(ana.pk)):
        with pytest.raises(NotFound):
            find_subject(ref, brand=bistro, only_brand=True)
