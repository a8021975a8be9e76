"""The table of who may do what, and how principals read it."""

from uuid import uuid4

import pytest

from loyalty.errors import Forbidden
from loyalty.identity.errors import ScopeMissing
from loyalty.identity.permissions import ADMIN, ALLOWED, KEY, PARTNER, SCOPES, STAFF
from loyalty.identity.principals import Principal

CAFE, BISTRO, ANA, BEN = (uuid4() for _ in range(4))


def person(**fields):
    return Principal(kind="person", id=uuid4(), actor="person:x", **fields)


def key(*scopes):
    return Principal(kind=KEY, id=uuid4(), actor="key:x", brands={CAFE: KEY}, scopes=frozenset(scopes))


@pytest.mark.parametrize(
    ("role", "refused"),
    [
        (ADMIN, {"join"}),
        (STAFF, {"join", "programs:write", "users:write"}),
        (PARTNER, set(ALLOWED) - {"read", "earn", "redeem"}),
    ],
)
def test_a_role_may_do_what_the_table_says_at_its_own_brand_and_nothing_elsewhere(role, refused):
    principal = person(brands={CAFE: role})

    assert {action for action in ALLOWED if not principal.may(action, CAFE)} == refused
    assert not any(principal.may(action, BISTRO) for action in ALLOWED)


def test_an_operator_may_do_everything_everywhere_but_join():
    operator = person(is_operator=True)

    assert {action for action in ALLOWED if not operator.may(action, CAFE)} == {"join"}
    assert operator.brand_ids is None


def test_a_member_reads_and_redeems_and_joins_for_themselves_only():
    ana = person(member_id=ANA)

    assert {action for action in ALLOWED if ana.may(action, CAFE, member_id=ANA)} == {"read", "redeem", "join"}
    assert not any(ana.may(action, CAFE, member_id=BEN) for action in ALLOWED)


def test_being_a_member_opens_no_brand_to_the_staff_of_another():
    waiter = person(member_id=ANA, brands={BISTRO: STAFF})

    assert not waiter.may("redeem", CAFE)
    assert not waiter.may("redeem", CAFE, member_id=BEN)
    assert waiter.may("redeem", CAFE, member_id=ANA)


def test_a_key_may_do_what_its_scopes_name_at_its_brand():
    till = key("earn", "read")

    assert {action for action in ALLOWED if till.may(action, CAFE)} == {"earn", "read"}
    assert not till.may("earn", BISTRO)


def test_a_key_with_every_scope_may_do_all_that_keys_may():
    till = key(*SCOPES)

    assert {action for action in ALLOWED if not till.may(action, CAFE)} == {"join"}


def test_an_action_that_the_table_does_not_name_is_refused_to_all():
    assert not person(is_operator=True).may("fly")
    assert not key("fly").may("fly", CAFE)


def test_refusals_tell_a_missing_scope_from_a_missing_right():
    with pytest.raises(ScopeMissing) as refusal:
        key("read").require("earn", CAFE)
    assert refusal.value.facts == {"scope": "earn"}

    with pytest.raises(Forbidden) as refusal:
        person(brands={CAFE: PARTNER}).require("adjust", CAFE)
    assert refusal.value.code == "forbidden"


def test_brands_where_lists_the_brands_at_which_an_action_is_allowed():
    principal = person(brands={CAFE: ADMIN, BISTRO: PARTNER})

    assert principal.brands_where("programs:write") == [CAFE]
    assert set(principal.brands_where("earn")) == {CAFE, BISTRO}
    assert person(is_operator=True).brands_where("earn") is None
