"""The rules behind the table of roles, one for each permission: what must be so of a subject (a Principal) for it to be
allowed at a place. Whose objects one sees is another matter, see `selectors`."""

from collections.abc import Callable
from typing import NamedTuple
from uuid import UUID

import rules

from loyalty.roles import ADMIN, KEY, MEMBER, OPERATOR, PARTNER, PERMISSIONS, PERSON, SCOPE_OF, STAFF, roles_for


class Place(NamedTuple):
    """Where something is to be done: at a brand (None: at one of the subject's at least), to what belongs to a member
    (None: to nobody's in particular)."""

    brand_id: UUID | None = None
    member_id: UUID | None = None


ANYWHERE = Place()
Test = Callable[[object, Place], bool]


def is_operator(subject, place: Place) -> bool:
    return subject.is_operator


def is_the_member(subject, place: Place) -> bool:
    """Members act for themselves only. Who also works for a brand counts as a member there only if the member concerned
    is named and is themselves: their being a member must not open a brand they do not work for."""
    brand_id, member_id = place
    if subject.member_id is None:
        return False
    if member_id is not None:
        return member_id == subject.member_id
    return brand_id is None or not subject.brands


def is_a_person(subject, place: Place) -> bool:
    """Everybody with a login, for themselves: at no brand."""
    return subject.kind == PERSON and place.brand_id is None


def works_as(role: str) -> Test:
    """Whether the subject has the role at the brand, or without a brand at one of theirs."""

    def works(subject, place: Place) -> bool:
        brand_id = place.brand_id
        return role in subject.brands.values() if brand_id is None else subject.brands.get(brand_id) == role

    return works


def is_key_with(scope: str) -> Test:
    """Whether the subject is a server key there that was given the scope."""
    is_key = works_as(KEY)
    return lambda subject, place: scope in subject.scopes and is_key(subject, place)


TESTS: dict[str, Test] = {
    ADMIN: works_as(ADMIN),
    STAFF: works_as(STAFF),
    PARTNER: works_as(PARTNER),
    OPERATOR: is_operator,
    MEMBER: is_the_member,
    PERSON: is_a_person,
}


def _rule(permission: str) -> rules.Predicate:
    """Any of the roles that the table names; of keys those with the scope. One predicate and not a sum of them, for it
    is asked several times in each request."""
    roles = roles_for(permission)
    tests = [is_key_with(SCOPE_OF[permission])] if KEY in roles else []
    tests += [test for role, test in TESTS.items() if role in roles]

    @rules.predicate(permission)
    def is_allowed(subject, place) -> bool:
        where = place or ANYWHERE
        for test in tests:  # noqa: SIM110
            if test(subject, where):
                return True
        return False

    return is_allowed


for _permission in PERMISSIONS:
    rules.add_perm(_permission, _rule(_permission))
