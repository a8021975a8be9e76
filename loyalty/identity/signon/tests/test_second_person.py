"""Single sign-on is no way around the second person that the brand wants for roles, nor around its second factor."""

import pytest

from loyalty.identity.approvals.errors import RequestOutdated
from loyalty.identity.approvals.models import ApprovalRequest
from loyalty.identity.approvals.operations import approve
from loyalty.identity.models import Brand, Staff
from loyalty.identity.signon import operations
from loyalty.identity.signon.models import SignOn

GROUPS = {"baristas": "staff", "chiefs": "admin"}


@pytest.fixture
def provider_of_cafe(cafe):
    """The cafe's provider, where roles wait for a second person."""
    cafe.approval_roles, cafe.requires_second_factor = Brand.ApprovalOfRoles.ADMIN, True
    cafe.save()
    return SignOn.objects.create(
        brand=cafe, slug="cafe", name="Cafe", issuer="https://login.cafe.example", client_id="c", role_by_group=GROUPS
    )


@pytest.fixture
def changed(manager, provider_of_cafe):
    """A function by which the manager changes the provider; it answers what holds then."""

    def change(**fields) -> SignOn:
        one = SignOn.objects.select_related("brand").get()
        for name, value in fields.items():
            setattr(one, name, value)
        operations.save_sign_on(manager.worker, one)
        return SignOn.objects.get()

    return change


def test_a_group_is_given_a_guarded_role_when_somebody_else_agrees(changed, operator):
    wanted = {"baristas": "admin", "guests": "staff"}

    assert changed(role_by_group=wanted).role_by_group == {"baristas": "staff", "guests": "staff"}
    request = ApprovalRequest.objects.get()
    approve(operator.worker, request)

    assert SignOn.objects.get().role_by_group == wanted


def test_what_changed_meanwhile_is_not_agreed_to(changed, operator):
    changed(role_by_group=GROUPS | {"baristas": "admin"})
    changed(role_by_group={"chiefs": "admin"})

    with pytest.raises(RequestOutdated):
        approve(operator.worker, ApprovalRequest.objects.get())

    assert SignOn.objects.get().role_by_group == {"chiefs": "admin"}


def test_where_groups_are_named_and_the_word_for_the_second_factor_wait_too(changed):
    now = changed(groups_claim="nickname", asks_second_factor=True)

    assert (now.groups_claim, now.asks_second_factor) == ("groups", False)
    assert set(ApprovalRequest.objects.get().payload["changes"]) == {"groups_claim", "asks_second_factor"}


def test_a_new_provider_gives_no_guarded_role_by_itself(bistro, manager):
    bistro.approval_roles = Brand.ApprovalOfRoles.ALL
    bistro.save()
    Staff.objects.create(person=manager, brand=bistro, role=Staff.Role.ADMIN)
    new = SignOn(brand=bistro, name="B", issuer="https://b.example", client_id="c", role_by_group=GROUPS)

    operations.save_sign_on(type(manager).objects.get(pk=manager.pk).worker, new)

    assert SignOn.objects.get().role_by_group == {}
    assert ApprovalRequest.objects.count() == 1


def test_where_the_brand_wants_nobody_else_it_holds_at_once(changed, cafe):
    Brand.objects.filter(pk=cafe.pk).update(approval_roles=Brand.ApprovalOfRoles.NONE)

    assert changed(role_by_group={"all": "admin"}).role_by_group == {"all": "admin"}
    assert not ApprovalRequest.objects.exists()
