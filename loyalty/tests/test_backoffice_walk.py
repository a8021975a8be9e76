"""Nothing of one brand is to be seen or reached by another's staff, on any page of the admin portal there is."""

import pytest
from django.contrib import admin
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.urls import reverse

from loyalty import backoffice
from loyalty.backoffice import BrandScopedAdmin, is_operator
from loyalty.identity.models import Member, Person, Staff
from loyalty.testing.worlds import kept_for_the_module, tell
from loyalty.tests.backoffice_forms import crossings, forms, presses
from loyalty.tests.backoffice_world import (
    OPEN,
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

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("backoffice_walk")]


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker):
    with kept_for_the_module(django_db_blocker):
        yield build_house("tavern"), build_house("quokka")


@pytest.fixture
def tavern(world):
    return world[0]


@pytest.fixture
def quokka(world):
    """The stranger."""
    return world[1]


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
    """Not even who has left it, and was its admin. Admins have all lists searched and filtered too."""
    person = tavern.people[role]
    LogEntry.objects.create(
        user=person, content_type=ContentType.objects.get_for_model(Program), object_id=str(quokka.program.pk),
        object_repr=str(quokka.program), action_flag=CHANGE, change_message="quokka",
    )  # fmt: skip
    Staff.objects.create(person=person, brand=quokka.brand, role=Staff.Role.ADMIN, is_active=False)

    tell(list(walk(person, tavern, quokka, is_varied=role == Staff.Role.ADMIN)))


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


def test_an_operator_sees_both(tavern, quokka, operator):
    page = logged_in(operator).get(reverse("admin:programs_program_changelist")).content.decode()

    assert "Quokka Club" in page
    assert "Tavern Club" in page


def test_every_page_opens_for_operators(tavern, quokka, operator):
    """Else the walk would pass on a portal that is broken."""
    client = logged_in(operator)
    own = [address for kind, address in addresses(tavern, quokka, is_varied=False) if kind == "own"]

    assert [address for address in own if client.get(address).status_code not in OPEN] == []
    assert len(own) > 80


class TestTheWalkerSeesPlantedLeaks:
    """Each of these is a mistake somebody could make in a screen; the walk must turn red."""

    def test_an_unscoped_list(self, tavern, quokka, monkeypatch):
        monkeypatch.setattr(ProgramAdmin, "scope", lambda self, request, queryset, verb="view": queryset)

        assert any("/program/" in one for one in walk(tavern.people["admin"], tavern, quokka, only="/program/"))

    def test_a_filter_that_offers_every_program(self, tavern, quokka, monkeypatch):
        def choices(self, field, request, model_admin):
            return field.get_choices(include_blank=False)

        monkeypatch.setattr(backoffice.VisibleRelatedFilter, "field_choices", choices)

        assert any("/tier/" in one for one in walk(tavern.people["admin"], tavern, quokka, only="/tier/"))

    def test_a_drop_down_that_offers_every_brand(self, tavern, quokka, monkeypatch):
        monkeypatch.setattr(
            BrandScopedAdmin, "choices_of", lambda self, request, field: field.remote_field.model._default_manager.all()
        )

        assert any("/add/" in one for one in walk(tavern.people["admin"], tavern, quokka, only="/add/"))

    def test_a_page_that_takes_its_object_from_the_table(self, tavern, quokka, monkeypatch):
        def get_object(self, request, object_id, from_field=None):
            membership = Membership.objects.get(pk=object_id)
            show_points([membership])
            return membership

        monkeypatch.setattr(MembershipAdmin, "get_object", get_object)
        monkeypatch.setattr(MembershipAdmin, "has_view_permission", lambda self, request, obj=None: True)

        assert any("/statement/" in one for one in walk(tavern.people["admin"], tavern, quokka, only="/statement/"))


class TestForms:
    """What a form does not offer cannot be sent either."""

    @pytest.mark.parametrize("role", Staff.Role.values)
    def test_nothing_that_can_be_sent_reaches_what_is_anothers(self, tavern, quokka, role):
        tell(crossings(tavern.people[role], tavern, quokka))

    def test_forms_and_buttons_are_found_at_all(self, tavern, quokka):
        client = logged_in(tavern.people["admin"])
        found = {str(sent) for sent in (*forms(client, tavern, quokka, "/programs/"), *presses(quokka))}

        assert {f"POST {reverse('admin:programs_program_add')} with the stranger's brand"} <= found
        assert any("/adjust/ with" in one for one in found)
        assert any("the stranger's row" in one for one in found)
        assert len(found) > 60

    def test_a_drop_down_that_takes_every_brand_is_found(self, tavern, quokka, monkeypatch):
        everything = lambda self, request, field: field.remote_field.model._default_manager.all()  # noqa: E731
        monkeypatch.setattr(BrandScopedAdmin, "choices_of", everything)

        found = crossings(tavern.people["admin"], tavern, quokka, only="/program/")

        assert any("/program/add/ with the stranger's brand is answered" in one for one in found)

    def test_a_button_that_takes_its_object_from_the_table_is_found(self, tavern, quokka, monkeypatch):
        monkeypatch.setattr(ProgramAdmin, "get_object", lambda self, request, pk, *more: Program.objects.get(pk=pk))
        monkeypatch.setattr(ProgramAdmin, "may_press", lambda *asked: True)

        found = crossings(tavern.people["admin"], tavern, quokka, only="/program/")

        assert any("/archive/" in one for one in found)
        assert "programs_program has changed" in found

    def test_a_program_is_not_moved_to_another_brand(self, tavern, quokka):
        client, address = logged_in(tavern.people["admin"]), ("admin:programs_program_change", [tavern.program.pk])
        form = form_of(client.get(reverse(address[0], args=address[1])))
        client.post(reverse(address[0], args=address[1]), form | {"brand": quokka.brand.pk})

        assert Program.objects.get(pk=tavern.program.pk).brand == tavern.brand

    def test_a_member_known_to_one_of_two_own_brands_is_not_enrolled_with_the_other(self, tavern, quokka):
        person = Person.objects.create_user("both@example.com", PASSWORD)
        for house in (tavern, quokka):
            Staff.objects.create(person=person, brand=house.brand, role=Staff.Role.STAFF)

        page = logged_in(person).post(
            reverse("admin:programs_membership_add"), {"program": tavern.program.pk, "member": quokka.member.pk}
        )

        assert page.context["adminform"].form.errors == {"member": ["The program's brand does not know this member."]}


def test_only_operators_are_operators(tavern, rf, operator):
    request = rf.get("/")
    request.user = tavern.people["admin"]
    assert not is_operator(request)
    request.user = operator
    assert is_operator(request)
