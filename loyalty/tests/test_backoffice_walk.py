"""Nothing of one brand is to be seen or reached by another's staff, on any page of the admin portal there is."""

import pytest
from django.contrib import admin
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.urls import reverse

from ledger.models import Posting
from loyalty import backoffice
from loyalty.backoffice import BrandScopedAdmin, is_operator
from loyalty.identity.approvals.models import ApprovalRequest
from loyalty.identity.models import BrandMember, Member, Person, Staff
from loyalty.tests.backoffice_world import (
    PASSWORD,
    PATH_TO_BRAND,
    PLATFORM_ONLY,
    addresses,
    build_house,
    form_of,
    logged_in,
    share,
    walk,
)
from programs.membership.admin import MembershipAdmin, ProgramAdmin, show_points
from programs.membership.models import Membership, Program

pytestmark = pytest.mark.django_db


@pytest.fixture
def tavern():
    return build_house("tavern")


@pytest.fixture
def quokka():
    """The stranger."""
    return build_house("quokka")


def test_every_screen_is_a_scoped_one(db):
    assert [each for each in admin.site._registry.values() if not isinstance(each, BrandScopedAdmin)] == []


def test_the_walk_has_an_object_of_each_brand_for_every_screen_that_brand_staff_can_open(tavern, quokka):
    shown = {model for model, screen in admin.site._registry.items() if screen.brand_path}
    missing = [model for model in shown if not (tavern.objects(model).exists() and quokka.objects(model).exists())]

    assert shown <= set(PATH_TO_BRAND)
    assert missing == []
    assert {label for label in PLATFORM_ONLY if label in admin.site._registry} == PLATFORM_ONLY


@pytest.mark.parametrize("role", Staff.Role.values)
def test_staff_see_nothing_of_another_brand_on_any_page(tavern, quokka, role):
    assert list(walk(tavern.people[role], tavern, quokka)) == []


def test_staff_see_nothing_of_a_brand_that_shares_a_member_with_theirs(tavern, quokka):
    shared = share(quokka.member, tavern)
    shared_words = {"quokka", "Quokka", str(shared.pk), shared.name, shared.email}
    LogEntry.objects.create(
        user=quokka.people["admin"], content_type=ContentType.objects.get_for_model(Member), object_id=str(shared.pk),
        object_repr="changed", action_flag=CHANGE, change_message="a note of the strangers",
    )  # fmt: skip
    client = logged_in(tavern.people["admin"])
    secrets = (quokka.secrets() - shared_words) | {"quokka-77", "a note of the strangers"}

    for name in ("change", "history", "deactivate"):
        page = client.get(reverse(f"admin:loyalty_member_{name}", args=[shared.pk]))
        assert page.status_code == 200
        assert {secret for secret in secrets if secret in page.content.decode()} == set()


@pytest.mark.parametrize("number", ["quokka-77", "card"])
def test_a_shared_member_is_not_found_by_the_number_that_another_brand_gave(tavern, quokka, number):
    share(quokka.member, tavern)
    client = logged_in(tavern.people["staff"])
    asked = quokka.membership.card_number if number == "card" else number

    page = client.get(reverse("admin:loyalty_member_changelist"), {"q": asked})
    own = client.get(reverse("admin:loyalty_member_changelist"), {"q": "shared-with-tavern"})

    assert list(page.context["cl"].result_list) == []
    assert list(own.context["cl"].result_list) == [quokka.member]


def test_who_has_left_a_brand_sees_nothing_of_it_any_more(tavern, quokka):
    person = Person.objects.create_user("mover@example.com", PASSWORD)
    LogEntry.objects.create(
        user=person, content_type=ContentType.objects.get_for_model(Program), object_id=str(quokka.program.pk),
        object_repr=str(quokka.program), action_flag=CHANGE, change_message="quokka",
    )  # fmt: skip
    Staff.objects.create(person=person, brand=quokka.brand, role=Staff.Role.ADMIN, is_active=False)
    Staff.objects.create(person=person, brand=tavern.brand, role=Staff.Role.ADMIN)

    assert [each for each in walk(person, tavern, quokka) if str(person.pk) not in each] == []


def test_an_operator_sees_both(tavern, quokka, operator):
    page = logged_in(operator).get(reverse("admin:programs_program_changelist")).content.decode()

    assert "Quokka Club" in page
    assert "Tavern Club" in page


def test_every_page_of_ones_own_brand_opens(tavern, quokka, operator):
    """Else the walk would pass on a portal that is broken."""
    for person in (tavern.people["admin"], operator):
        client = logged_in(person)
        broken = [
            f"{address} answers {status}"
            for kind, address in addresses(tavern, quokka)
            if kind == "own" and not (person != operator and "/submission/" in address)
            for status in [client.get(address).status_code]
            if status not in (200, 302, 403)
        ]
        lists = [
            client.get(reverse(f"admin:{m._meta.app_label}_{m._meta.model_name}_changelist")) for m in PATH_TO_BRAND
        ]

        assert broken == []
        assert {page.status_code for page in lists} <= {200, 403}


class TestTheWalkerSeesPlantedLeaks:
    """Each of these is a mistake somebody could make in a screen; the walk must turn red."""

    def test_an_unscoped_list(self, tavern, quokka, monkeypatch):
        monkeypatch.setattr(ProgramAdmin, "scope", lambda self, request, queryset, roles=None: queryset)

        assert any("/program/" in wrong for wrong in walk(tavern.people["admin"], tavern, quokka))

    def test_a_filter_that_offers_every_program(self, tavern, quokka, monkeypatch):
        def choices(self, field, request, model_admin):
            return field.get_choices(include_blank=False)

        monkeypatch.setattr(backoffice.VisibleRelatedFilter, "field_choices", choices)

        assert any("/tier/" in wrong for wrong in walk(tavern.people["admin"], tavern, quokka))

    def test_a_drop_down_that_offers_every_brand(self, tavern, quokka, monkeypatch):
        monkeypatch.setattr(
            BrandScopedAdmin, "choices_of", lambda self, request, field: field.remote_field.model._default_manager.all()
        )

        assert any("/add/" in wrong for wrong in walk(tavern.people["admin"], tavern, quokka))

    def test_a_page_that_takes_its_object_from_the_table(self, tavern, quokka, monkeypatch):
        def get_object(self, request, object_id, from_field=None):
            membership = Membership.objects.get(pk=object_id)
            show_points([membership])
            return membership

        monkeypatch.setattr(MembershipAdmin, "get_object", get_object)
        monkeypatch.setattr(MembershipAdmin, "has_view_permission", lambda self, request, obj=None: True)

        assert any("/statement/" in wrong for wrong in walk(tavern.people["admin"], tavern, quokka))


class TestForms:
    """What a form does not offer cannot be sent either."""

    def test_a_program_is_not_opened_for_another_brand(self, tavern, quokka):
        page = self.send(tavern, "admin:programs_program_add", brand=quokka.brand.pk, code="NEW", name="New")

        assert "brand" in page.context["adminform"].form.errors
        assert not Program.objects.filter(code="NEW").exists()

    def test_a_program_is_not_moved_to_another_brand(self, tavern, quokka):
        form = self.form_of(tavern, tavern.program)
        logged_in(tavern.people["admin"]).post(
            reverse("admin:programs_program_change", args=[tavern.program.pk]), form | {"brand": quokka.brand.pk}
        )

        tavern.program.refresh_from_db()
        assert tavern.program.brand == tavern.brand

    def test_a_member_of_another_brand_is_not_enrolled(self, tavern, quokka):
        page = self.send(tavern, "admin:programs_membership_add", program=tavern.program.pk, member=quokka.member.pk)

        assert "member" in page.context["adminform"].form.errors
        assert not quokka.member.memberships.filter(program=tavern.program).exists()

    def test_nobody_is_enrolled_in_a_program_of_another_brand(self, tavern, quokka):
        page = self.send(tavern, "admin:programs_membership_add", program=quokka.program.pk, member=tavern.member.pk)

        assert "program" in page.context["adminform"].form.errors

    def test_a_member_known_to_one_of_two_own_brands_is_not_enrolled_with_the_other(self, tavern, quokka):
        person = Person.objects.create_user("both@example.com", PASSWORD)
        for house in (tavern, quokka):
            Staff.objects.create(person=person, brand=house.brand, role=Staff.Role.STAFF)

        page = logged_in(person).post(
            reverse("admin:programs_membership_add"), {"program": tavern.program.pk, "member": quokka.member.pk}
        )

        assert page.context["adminform"].form.errors == {"member": ["The program's brand does not know this member."]}

    def test_a_member_is_not_entered_for_another_brand(self, tavern, quokka):
        page = self.send(tavern, "admin:loyalty_member_add", brand=quokka.brand.pk, name="New", external_id="n1")

        assert "brand" in page.context["adminform"].form.errors
        assert not BrandMember.objects.filter(external_id="n1").exists()

    def test_staff_are_not_given_a_post_at_another_brand(self, tavern, quokka):
        page = self.send(
            tavern, "admin:loyalty_staff_add",
            brand=quokka.brand.pk, role="admin", email="new@example.com", password="a good long one 42",
        )  # fmt: skip

        assert "brand" in page.context["adminform"].form.errors
        assert not Person.objects.filter(email="new@example.com").exists()

    def test_a_key_is_not_made_for_another_brand(self, tavern, quokka):
        page = self.send(
            tavern, "admin:loyalty_serverkey_add", brand=quokka.brand.pk, name="k", scopes=["read"], rate=""
        )

        assert "brand" in page.context["adminform"].form.errors
        assert quokka.brand.server_keys.count() == 1

    def test_a_tier_of_another_program_is_not_changed_through_the_rows_of_ones_own(self, tavern, quokka):
        foreign = quokka.program.tiers.get()
        form = self.form_of(tavern, tavern.program) | {"tiers-0-id": foreign.pk, "tiers-0-name": "stolen"}
        logged_in(tavern.people["admin"]).post(reverse("admin:programs_program_change", args=[tavern.program.pk]), form)

        foreign.refresh_from_db()
        assert foreign.name == "quokka first"

    def test_buttons_on_another_brands_objects_do_nothing(self, tavern, quokka):
        posting, request = quokka.objects(Posting).first(), quokka.objects(ApprovalRequest).get()
        client = logged_in(tavern.people["admin"])
        tries = [
            reverse("admin:ledger_posting_reverse", args=[posting.pk]),
            reverse("admin:programs_membership_adjust", args=[quokka.membership.pk]),
            reverse("admin:loyalty_approvalrequest_approve", args=[request.pk]),
            reverse("admin:programs_program_archive", args=[quokka.program.pk]),
            reverse("admin:loyalty_serverkey_revoke", args=[quokka.brand.server_keys.get().pk]),
        ]
        form = {"reason": "mine now", "points": 5, "request_key": quokka.member.pk}

        assert [client.post(address, form).status_code for address in tries] == [404] * len(tries)

    def send(self, house, address, /, **form):
        return logged_in(house.people["admin"]).post(reverse(address), form)

    def form_of(self, house, program):
        return form_of(
            logged_in(house.people["admin"]).get(reverse("admin:programs_program_change", args=[program.pk]))
        )


def test_only_operators_are_operators(tavern, rf, operator):
    request = rf.get("/")
    request.user = tavern.people["admin"]
    assert not is_operator(request)
    request.user = operator
    assert is_operator(request)
