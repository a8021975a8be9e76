"""The table of who may do what, and how principals and people of the portal read it."""

from uuid import uuid4

import pytest
import rules

from loyalty import roles
from loyalty.errors import Forbidden
from loyalty.http.schema import operation
from loyalty.http.views import ApiView
from loyalty.identity.errors import ScopeMissing
from loyalty.identity.models import Staff
from loyalty.identity.principals import Principal
from loyalty.roles import ADMIN, KEY, MEMBER, OPERATOR, PARTNER, PERMISSIONS, PERSON, SCOPE_OF, SCOPES, STAFF, roles_for

CAFE, BISTRO, ANA, BEN = (uuid4() for _ in range(4))
TILL_WORK = {
    *("members.look_up", "memberships.look_up", "balances.view", "transactions.look_up", "programs.view", "tiers.view"),
    *("points.earn", "points.preview", "points.redeem", "brands.view", "portal.enter"),
    *("offers.view", "offers.claim", "rewards.view", "locations.view", "tills.view", "tills.add", "tills.sync"),
    *("vouchers.look_up", "vouchers.validate", "vouchers.redeem", "vouchers.roll_back", "redemptions.view"),
    *("stamp_cards.view", "stamp_cards.join", "stamps.add", "stamps.turn_in", "qr.scan"),
    *("rates.view", "households.spend", "members.identify", "receipts.view", "receipts.add", "receipts.claim"),
    *("saved_views.view", "saved_views.add", "saved_views.change", "saved_views.delete"),
}


def person(**fields):
    return Principal(kind="person", id=uuid4(), actor="person:x", **fields)


def key(*scopes):
    return Principal(kind=KEY, id=uuid4(), actor="key:x", brands={CAFE: KEY}, scopes=frozenset(scopes))


def allowed_to(role: str) -> set[str]:
    return {permission for permission in PERMISSIONS if role in roles_for(permission)}


@pytest.mark.parametrize("role", [ADMIN, STAFF, PARTNER])
def test_a_role_may_do_what_the_table_says_at_its_own_brand_and_nothing_elsewhere(role):
    principal = person(brands={CAFE: role})

    assert {permission for permission in PERMISSIONS if principal.may(permission, CAFE)} == allowed_to(role)
    assert not any(principal.may(permission, BISTRO) for permission in PERMISSIONS)


def test_partners_do_the_work_of_a_till_and_no_more():
    assert {permission for permission in allowed_to(PARTNER) if permission in TILL_WORK} == allowed_to(PARTNER)
    assert {"members.view", "transactions.view", "points.deposit", "points.reverse"} & allowed_to(PARTNER) == set()


def test_an_operator_may_everywhere_what_the_table_says():
    operator = person(is_operator=True)

    assert {permission for permission in PERMISSIONS if operator.may(permission, CAFE)} == allowed_to(OPERATOR)
    assert operator.brand_ids is None


def test_members_act_for_themselves_only():
    ana = person(member_id=ANA)

    assert {permission for permission in PERMISSIONS if ana.may(permission, CAFE, member_id=ANA)} == allowed_to(MEMBER)
    assert not any(ana.may(permission, CAFE, member_id=BEN) for permission in PERMISSIONS)


def test_being_a_member_opens_no_brand_to_the_staff_of_another():
    waiter = person(member_id=ANA, brands={BISTRO: STAFF})

    assert not waiter.may("points.redeem", CAFE)
    assert not waiter.may("points.redeem", CAFE, member_id=BEN)
    assert waiter.may("points.redeem", CAFE, member_id=ANA)


def test_whoever_has_a_login_may_do_for_themselves_what_needs_no_brand():
    nobody = person()

    assert {permission for permission in PERMISSIONS if nobody.may(permission)} == allowed_to(PERSON)
    assert not any(nobody.may(permission, CAFE) for permission in PERMISSIONS)
    assert not key(*SCOPES).may("sessions.end")


@pytest.mark.parametrize("scope", SCOPES)
def test_a_key_may_do_what_its_scope_opens_at_its_brand(scope):
    till = key(scope)

    assert {one for one in PERMISSIONS if till.may(one, CAFE)} == {one for one in SCOPE_OF if SCOPE_OF[one] == scope}
    assert not any(till.may(permission, BISTRO) for permission in PERMISSIONS)


def test_every_scope_opens_something():
    assert set(SCOPE_OF.values()) == set(SCOPES)


def test_what_the_table_does_not_name_is_refused_to_all():
    assert not person(is_operator=True).may("members.fly")
    assert not key("fly").may("fly", CAFE)
    assert roles_for("members.fly") == frozenset()


def test_there_is_one_rule_for_each_row_of_the_table():
    assert set(rules.permissions.permissions) == set(PERMISSIONS)


def test_refusals_tell_a_missing_scope_from_a_missing_right():
    with pytest.raises(ScopeMissing) as refusal:
        key("read").require("points.earn", CAFE)
    assert refusal.value.facts == {"scope": "earn"}

    with pytest.raises(Forbidden) as refusal:
        key("read").require("memberships.join", CAFE)
    assert refusal.value.code == "forbidden"

    with pytest.raises(Forbidden) as refusal:
        person(brands={CAFE: PARTNER}).require("points.adjust", CAFE)
    assert refusal.value.code == "forbidden"


def test_brands_where_lists_the_brands_at_which_it_is_allowed():
    principal = person(brands={CAFE: ADMIN, BISTRO: PARTNER})

    assert principal.brands_where("programs.change") == [CAFE]
    assert set(principal.brands_where("points.earn")) == {CAFE, BISTRO}
    assert person(is_operator=True).brands_where("points.earn") is None
    assert person(is_operator=True, brands={CAFE: ADMIN}).brands_where("memberships.join") == []


def test_a_person_in_the_portal_is_asked_by_the_same_rules(cafe, bistro, barista, ana):
    assert barista.has_perm("members.change", cafe)
    assert barista.has_perm("members.change")
    assert not barista.has_perm("members.change", bistro)
    assert not barista.has_perm("programs.change", cafe)
    assert not barista.has_perm("loyalty.change_member")
    assert not ana.person.has_perm("members.view")
    assert not ana.person.is_staff


def test_who_is_switched_off_may_nothing(cafe, operator, manager):
    for someone in (operator, manager):
        someone.is_active = False

        assert not someone.has_perm("members.view")


def test_a_post_that_has_ended_gives_nothing(cafe, barista):
    Staff.objects.filter(person=barista).update(is_active=False)

    assert not barista.has_perm("members.view")


@pytest.mark.parametrize(
    "row",
    [
        "members.view yes yes yes - own -",
        "members.view yes yes yes - own - fly",
        "members.view yes own yes - own - read",
        "members.view yes yes yes - yes - read",
    ],
)
def test_a_row_that_cannot_be_read_stops_everything(row):
    with pytest.raises(ValueError, match=r"members\.view"):
        roles._read(f"permission {' '.join(roles.ROLES)}\n{row}")


def test_a_permission_stands_in_the_table_once():
    row = "members.view yes yes yes - own - read"
    with pytest.raises(ValueError, match="twice"):
        roles._read(f"permission {' '.join(roles.ROLES)}\n{row}\n{row}")


class TestHandlers:
    """A handler that does not say who may is not served."""

    def test_one_without_a_permission_cannot_be_made(self):
        with pytest.raises(TypeError, match="names no permission"):

            class Forgotten(ApiView):
                @operation("Forget", tags="Members")
                def get(self, request): ...

    def test_one_without_an_operation_cannot_be_made(self):
        with pytest.raises(TypeError, match="names no permission"):

            class Bare(ApiView):
                def post(self, request): ...

    def test_a_public_one_names_no_permission(self):
        with pytest.raises(TypeError, match="is public and names"):

            class Both(ApiView):
                public = True

                @operation("Both", tags="Members", allow="members.view")
                def get(self, request): ...

    def test_a_permission_that_the_table_does_not_have_cannot_be_named(self):
        with pytest.raises(ValueError, match=r"members\.fly"):
            operation("Fly", tags="Members", allow="members.fly")
