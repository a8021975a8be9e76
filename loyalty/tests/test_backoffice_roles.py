"""Who may do what in the admin portal: by role, and at whose brand."""

import pytest
from django.contrib import admin
from django.urls import reverse

from ledger.models import Account, Hold, LedgerEntry, Lot, Posting, Seal
from loyalty.identity.approvals.models import ApprovalRequest
from loyalty.identity.models import Brand, Member, Person, ServerKey, Staff
from loyalty.identity.signon.models import SignOn
from loyalty.tests.backoffice_world import PASSWORD, build_house, logged_in
from programs.membership.models import Membership, Program, Tier

pytestmark = pytest.mark.django_db

BOOKS = {Account, Hold, LedgerEntry, Lot, Posting, Seal}
FOR_ADMINS = {Person, ServerKey, SignOn, Staff}
PLATFORM = {"Seal", "SigningKey", "Submission", "ProcrastinateJob", "OutstandingToken", "BlacklistedToken"}
OFFER = {"Brand", "Location", "Program", "Receipt", "Reward", "StampCard", "Tier", "VoucherUse"}


@pytest.fixture
def tavern():
    return build_house("tavern")


@pytest.fixture
def quokka():
    return build_house("quokka")


def address(model, name="changelist", *args):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{name}", args=args)


def lists_open_to(person) -> set[str]:
    client = logged_in(person)
    return {model.__name__ for model in admin.site._registry if client.get(address(model)).status_code == 200}


def test_partners_see_the_offer_and_nothing_of_members_or_books(tavern):
    assert lists_open_to(tavern.people["partner"]) == OFFER


def test_staff_see_everything_of_their_brand_but_staff_and_keys(tavern):
    everything = {model.__name__ for model in admin.site._registry}

    assert lists_open_to(tavern.people["staff"]) == everything - PLATFORM - {m.__name__ for m in FOR_ADMINS}
    assert lists_open_to(tavern.people["admin"]) == everything - PLATFORM


def test_operators_see_everything(tavern, operator):
    assert lists_open_to(operator) == {model.__name__ for model in admin.site._registry}


def test_a_member_does_not_enter_the_portal(tavern):
    person = Person.objects.create_user("guest@example.com", PASSWORD)

    page = logged_in(person).get(reverse("admin:index"))

    assert page.status_code == 302
    assert page.headers["Location"].startswith("/admin/login/")


def test_one_enters_with_the_e_mail_address_in_any_case(tavern, client):
    form = {"login": "Admin@Tavern.example", "password": PASSWORD, "next": "/admin/"}

    assert client.post("/accounts/login/", form, format="multipart").headers["Location"] == "/admin/"


def test_a_post_that_has_ended_opens_nothing(tavern):
    person = tavern.people["admin"]
    person.posts.update(is_active=False)

    assert logged_in(person).get(address(Program)).status_code == 302


def test_nobody_adds_changes_or_deletes_in_the_books(tavern, operator):
    for model in BOOKS:
        one = model._base_manager.order_by("pk").first()
        for person in (tavern.people["admin"], operator):
            client = logged_in(person)
            assert client.get(address(model, "add")).status_code == 403
            if one is not None:
                assert client.post(address(model, "delete", one.pk), {"post": "yes"}).status_code == 403
                assert client.post(address(model, "change", one.pk), {"points": 1}).status_code == 403


def test_staff_look_at_programs_and_admins_change_them(tavern):
    page = address(Program, "change", tavern.program.pk)
    staff, boss = logged_in(tavern.people["staff"]), logged_in(tavern.people["admin"])

    assert staff.get(page).context["has_change_permission"] is False
    assert staff.post(page, {"name": "Mine"}).status_code == 403
    assert boss.get(page).context["has_change_permission"] is True


def test_an_admin_of_one_brand_who_is_staff_of_another_is_no_admin_there(tavern, quokka):
    person = tavern.people["admin"]
    Staff.objects.create(person=person, brand=quokka.brand, role=Staff.Role.STAFF)
    client = logged_in(person)

    assert client.get(address(Program, "change", tavern.program.pk)).context["has_change_permission"] is True
    assert client.get(address(Program, "change", quokka.program.pk)).context["has_change_permission"] is False
    assert client.post(address(Program, "archive", quokka.program.pk), {}).status_code == 403
    assert client.get(address(Staff, "change", quokka.people["admin"].posts.get().pk)).status_code == 404
    choices = client.get(address(Program, "add")).context["adminform"].form.fields["brand"].queryset
    assert list(choices) == [tavern.brand]


def test_the_brand_is_set_for_who_has_but_one(tavern, quokka):
    form = logged_in(tavern.people["admin"]).get(address(Program, "add")).context["adminform"].form

    assert form["brand"].value() == tavern.brand.pk


def test_admins_set_the_limit_of_adjustments_of_their_own_brand_only(tavern, quokka):
    client = logged_in(tavern.people["admin"])
    form = {"name": "Tavern", "approval_points_min": 50, "approval_bulk_points_min": 100_000}
    form |= {"approval_roles": "none", "cool_down_hours": 24}

    assert client.post(address(Brand, "change", tavern.brand.pk), form).status_code == 302
    assert client.post(address(Brand, "change", quokka.brand.pk), form).status_code == 404
    assert logged_in(tavern.people["staff"]).post(address(Brand, "change", tavern.brand.pk), form).status_code == 403
    tavern.brand.refresh_from_db()
    quokka.brand.refresh_from_db()
    assert (tavern.brand.approval_points_min, quokka.brand.approval_points_min) == (50, 1_000)


def test_nothing_is_deleted_by_brand_staff(tavern):
    client = logged_in(tavern.people["admin"])
    for model in (Brand, Program, Tier, Membership, Member, Staff, Person, ServerKey, ApprovalRequest):
        for one in tavern.objects(model)[:1]:
            assert client.post(address(model, "delete", one.pk), {"post": "yes"}).status_code == 403


class TestStaff:
    def test_an_admin_gives_a_new_person_a_post(self, tavern):
        form = {"email": "New@Tavern.example", "name": "New", "password": "a good long one 42", "role": "staff"}
        page = logged_in(tavern.people["admin"]).post(address(Staff, "add"), form | {"brand": tavern.brand.pk})

        assert page.status_code == 302
        post = Staff.objects.get(person__email="new@tavern.example")
        assert (post.brand, post.role, post.is_active) == (tavern.brand, "staff", True)
        assert post.person.check_password("a good long one 42")

    def test_somebody_who_has_a_login_keeps_their_password(self, tavern, quokka):
        person = quokka.people["staff"]
        form = {"email": person.email, "password": "a good long one 42", "role": "staff", "brand": tavern.brand.pk}
        logged_in(tavern.people["admin"]).post(address(Staff, "add"), form)

        person.refresh_from_db()
        assert person.check_password(PASSWORD)
        assert person.posts.count() == 2

    def test_a_person_who_works_elsewhere_too_has_no_page(self, tavern, quokka):
        Staff.objects.create(person=quokka.people["staff"], brand=tavern.brand)

        page = logged_in(tavern.people["admin"]).get(address(Person, "change", quokka.people["staff"].pk))

        assert page.status_code == 404

    def test_nobody_changes_their_own_post(self, tavern):
        post = tavern.people["admin"].posts.get()
        page = logged_in(tavern.people["admin"]).post(address(Staff, "change", post.pk), {"role": "staff"})

        assert "Nobody changes their own roles" in page.content.decode()
        post.refresh_from_db()
        assert post.role == "admin"

    def test_nobody_is_made_an_operator_by_a_brand(self, tavern):
        person = tavern.people["staff"]
        form = {"name": "Up", "is_active": "on", "is_operator": "on", "email": "up@example.com"}
        logged_in(tavern.people["admin"]).post(address(Person, "change", person.pk), form)

        person.refresh_from_db()
        assert (person.name, person.is_operator, person.email) == ("Up", False, "staff@tavern.example")

    def test_a_weak_first_password_is_refused(self, tavern):
        form = {"email": "n@tavern.example", "password": "12345", "role": "staff", "brand": tavern.brand.pk}
        page = logged_in(tavern.people["admin"]).post(address(Staff, "add"), form)

        assert "password" in page.context["adminform"].form.errors
