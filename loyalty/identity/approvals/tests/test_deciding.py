"""Maker and checker: who asks, who decides, and what is looked at anew when it is decided."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from ledger.errors import InsufficientPoints
from loyalty import clock
from loyalty.errors import Forbidden, NotFound
from loyalty.events.models import Event
from loyalty.identity import users
from loyalty.identity.approvals import operations
from loyalty.identity.approvals.errors import OwnRequest, RequestDecided, RequestOutdated
from loyalty.identity.approvals.models import ApprovalRequest
from loyalty.identity.approvals.protection import change_protection
from loyalty.identity.approvals.selectors import waiting_for
from loyalty.identity.models import Brand, Person, Staff
from loyalty.identity.serializers import RoleChange
from programs.activity.corrections import request_adjustment
from programs.membership.models import Program
from programs.membership.publishing import change_program

pytestmark = pytest.mark.django_db


@pytest.fixture
def asked(barista, ana_beans):
    """The barista asks for 20,000 points for Ana."""
    return request_adjustment(barista.worker, ana_beans, points=20_000, reason="The till was down")


def told_of(request):
    return list(Event.objects.filter(aggregate_id=request.id).order_by("sequence").values_list("type", flat=True))


def test_what_another_person_approves_is_carried_out(asked, manager):
    decided = operations.approve(manager.worker, asked, reason="Checked")

    assert (decided.status, decided.decided_by, decided.decision_reason) == ("approved", manager, "Checked")
    assert decided.result == "Adjusted by +20,000; the balance is 20,000."
    assert told_of(asked) == ["approval.requested", "approval.approved"]


def test_an_operator_decides_where_a_brand_has_but_one_person(cafe, manager, operator, ana_beans):
    request = request_adjustment(manager.worker, ana_beans, points=20_000, reason="Sorry")
    with pytest.raises(OwnRequest, match="the platform's operators"):
        operations.approve(manager.worker, request)

    assert operations.approve(operator.worker, request).status == "approved"


def test_the_database_itself_refuses_that_somebody_approves_their_own(asked, barista):
    with pytest.raises(IntegrityError), transaction.atomic():
        ApprovalRequest.objects.update(status="approved", decided_by=barista, decided_at=clock.now())


def test_whoever_lost_the_permission_meanwhile_decides_nothing(asked, manager):
    Staff.objects.filter(person=manager).update(role="partner")
    with pytest.raises(NotFound):
        operations.approve(Person.objects.get(pk=manager.pk).worker, asked)


def test_whoever_may_look_but_not_do_it_decides_nothing(cafe, manager, barista):
    request = change_protection(manager.worker, cafe, {"approval_points_min": 99_999})
    with pytest.raises(Forbidden):
        operations.approve(barista.worker, request)


def test_a_stranger_sees_no_request(asked, bistro):
    stranger = Person.objects.create_user("stranger@example.com", "correct horse battery")
    Staff.objects.create(person=stranger, brand=bistro, role="admin")
    with pytest.raises(NotFound):
        operations.reject(stranger.worker, asked)


def test_what_whoever_asked_may_not_do_any_more_is_not_carried_out(asked, barista, manager):
    Staff.objects.filter(person=barista).update(is_active=False)
    with pytest.raises(RequestOutdated):
        operations.approve(manager.worker, asked)

    assert operations.reject(manager.worker, asked).status == "rejected"


def test_what_is_refused_when_it_is_carried_out_goes_on_waiting(barista, manager, ana_beans):
    request = request_adjustment(barista.worker, ana_beans, points=-20_000, reason="Mistake")
    with pytest.raises(InsufficientPoints):
        operations.approve(manager.worker, request)

    request.refresh_from_db()
    assert (request.status, told_of(request)) == ("waiting", ["approval.requested"])


def test_it_is_decided_once(asked, manager, operator):
    operations.approve(manager.worker, asked)
    for decide in (operations.approve, operations.reject):
        with pytest.raises(RequestDecided):
            decide(operator.worker, asked)


def test_only_whoever_asked_takes_it_back(asked, barista, manager):
    with pytest.raises(Forbidden):
        operations.withdraw(manager.worker, asked)
    assert operations.withdraw(barista.worker, asked).status == "withdrawn"
    with pytest.raises(RequestDecided):
        operations.approve(manager.worker, asked)


def test_asking_again_for_what_waits_is_the_same_request(asked, barista, ana_beans):
    again = request_adjustment(barista.worker, ana_beans, points=20_000, reason="The till was down")

    assert again == asked


def test_what_nobody_decides_on_lapses(asked):
    assert operations.lapse_requests(before=clock.now() - timedelta(days=1)) == 0
    assert operations.lapse_requests(before=clock.now() + timedelta(days=1)) == 1
    asked.refresh_from_db()
    assert (asked.status, asked.result) == ("withdrawn", "Nobody decided on it in time.")


def test_what_waits_for_a_person_is_counted_in_one_query(asked, barista, manager, operator, django_assert_num_queries):
    seen = {}
    for name, person in {"barista": barista, "manager": manager, "operator": operator}.items():
        principal = person.worker
        with django_assert_num_queries(1):
            seen[name] = waiting_for(principal).count()

    assert seen == {"barista": 0, "manager": 1, "operator": 1}


class TestRoles:
    @pytest.fixture
    def friend(self, db):
        return Person.objects.create_user("friend@example.com", "correct horse battery")

    def role_of(self, person):
        return Staff.objects.filter(person=person, is_active=True).values_list("role", flat=True).first()

    @pytest.mark.parametrize(("wanted", "role", "waits"), [
        ("none", "admin", False), ("admin", "staff", False), ("admin", "admin", True), ("all", "partner", True),
    ])  # fmt: skip
    def test_a_role_waits_where_the_brand_says_so(self, cafe, manager, friend, wanted, role, waits):
        Brand.objects.update(approval_roles=wanted)
        waiting = users.change_user(manager.worker, friend, {"roles": [RoleChange(brand_id="cafe", role=role)]})

        assert (len(waiting), self.role_of(friend)) == (int(waits), None if waits else role)

    def test_it_is_given_once_somebody_else_agrees_who_is_not_the_one_to_get_it(self, cafe, manager, barista, friend):
        Brand.objects.update(approval_roles="all")
        (request,) = users.change_user(manager.worker, barista, {"roles": [RoleChange(brand_id="cafe", role="admin")]})
        Staff.objects.create(person=friend, brand=cafe, role="admin")
        Staff.objects.filter(person=barista).update(role="admin")
        with pytest.raises(OwnRequest):
            operations.approve(Person.objects.get(pk=barista.pk).worker, request)
        Staff.objects.filter(person=barista).update(role="staff")

        operations.approve(friend.worker, request)

        assert self.role_of(barista) == "admin"

    def test_a_role_that_gives_less_is_changed_at_once(self, cafe, manager, barista):
        Brand.objects.update(approval_roles="all")

        assert (
            users.change_user(manager.worker, barista, {"roles": [RoleChange(brand_id="cafe", role="partner")]}) == []
        )
        assert self.role_of(barista) == "partner"

    def test_the_api_says_that_it_waits(self, manager_client, cafe, barista):
        Brand.objects.update(approval_roles="all")
        roles = [{"brand_id": "cafe", "role": "admin"}]
        answer = manager_client.patch(f"/api/users/{barista.id}", {"roles": roles})

        assert (answer.status_code, answer.json()["roles"][0]["role"]) == (202, "staff")


class TestLimits:
    def test_more_protection_holds_at_once(self, cafe, manager):
        given = {"approval_points_min": 10, "approval_terms": True, "approval_roles": "all", "cool_down_hours": 48}

        assert change_protection(manager.worker, cafe, given) is None
        cafe.refresh_from_db()
        assert {name: getattr(cafe, name) for name in given} == given

    @pytest.mark.parametrize(("field", "before", "after"), [
        ("approval_points_min", 10, 20), ("approval_bulk_points_min", 10, 20), ("approval_terms", True, False),
        ("approval_roles", "all", "admin"), ("requires_second_factor", True, False), ("cool_down_hours", 24, 0),
    ])  # fmt: skip
    def test_less_protection_waits_for_a_second_person(self, cafe, manager, operator, field, before, after):
        Brand.objects.update(**{field: before})
        request = change_protection(manager.worker, cafe, {field: after})

        assert getattr(Brand.objects.get(), field) == before
        operations.approve(operator.worker, request)
        assert getattr(Brand.objects.get(), field) == after

    def test_limits_that_were_changed_meanwhile_are_not_touched(self, cafe, manager, operator):
        request = change_protection(manager.worker, cafe, {"approval_points_min": 50_000})
        Brand.objects.update(approval_points_min=5)
        with pytest.raises(RequestOutdated):
            operations.approve(operator.worker, request)


class TestTerms:
    def test_they_change_at_once_where_the_brand_wants_nobody(self, beans, manager):
        changed, waiting = change_program(manager.worker, beans, {"earn_points": 5})

        assert (changed.earn_points, waiting) == (5, None)

    def test_they_wait_while_the_rest_is_changed(self, beans, manager, operator):
        Brand.objects.update(approval_terms=True)
        beans.refresh_from_db()
        changed, waiting = change_program(manager.worker, beans, {"earn_points": 5, "name": "Beans Club"})

        assert (changed.earn_points, changed.name) == (1, "Beans Club")
        label = str(Program._meta.get_field("earn_points").verbose_name).capitalize()
        assert waiting.payload["differences"] == [[label, "1", "5"]]
        operations.approve(operator.worker, waiting)
        assert Program.objects.get().earn_points == 5

    def test_terms_that_were_changed_meanwhile_are_not_published(self, beans, manager, operator):
        Brand.objects.update(approval_terms=True)
        beans.refresh_from_db()
        _, waiting = change_program(manager.worker, beans, {"expiry_months": 12})
        Program.objects.update(expiry_months=6)
        with pytest.raises(RequestOutdated):
            operations.approve(operator.worker, waiting)

    def test_the_api_says_that_they_wait(self, manager_client, beans):
        Brand.objects.update(approval_terms=True)

        assert manager_client.patch("/api/programs/BEANS", {"earn_points": 5}).status_code == 202
        assert manager_client.patch("/api/programs/BEANS", {"name": "B"}).status_code == 200


class TestApi:
    def test_they_are_listed_and_decided_on(self, asked, barista_client, manager_client):
        listed = manager_client.get("/api/approvals?for_me=true").json()["results"]
        mine = barista_client.get("/api/approvals?for_me=true").json()["results"]
        decided = manager_client.post(f"/api/approvals/{asked.id}/approve", {"reason": "Fine"})

        assert ([each["id"] for each in listed], mine) == ([str(asked.id)], [])
        assert listed[0]["differences"] == [{"what": "Balance", "before": "0", "after": "20,000"}]
        assert (decided.status_code, decided.json()["status"]) == (200, "approved")
        assert manager_client.get("/api/approvals?status=waiting").json()["results"] == []

    def test_ones_own_is_refused_and_can_be_taken_back(self, asked, barista_client):
        refused = barista_client.post(f"/api/approvals/{asked.id}/approve", {})
        taken = barista_client.post(f"/api/approvals/{asked.id}/withdraw", {})

        assert (refused.status_code, refused.json()["code"]) == (403, "own-request")
        assert taken.json()["status"] == "withdrawn"

    def test_a_stranger_finds_none(self, asked, ana_client, bistro_api):
        for client in (ana_client, bistro_api):
            assert client.post(f"/api/approvals/{asked.id}/reject", {}).status_code in (403, 404)
