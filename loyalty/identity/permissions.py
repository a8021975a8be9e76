"""The rules behind the table of roles, one for each permission: what must be so of a subject (a Principal) for it to be
allowed at a place. Whose objects one sees is another matter, see `selectors`."""

from functools import reduce
from operator import or_
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


@rules.predicate
def is_operator(subject, place) -> bool:
    return subject.is_operator


@rules.predicate
def is_the_member(subject, place) -> bool:
    """Members act for themselves only. Who also works for a brand counts as a member there only if the member concerned
    is named and is themselves: their being a member must not open a brand they do not work for."""
    brand_id, member_id = place or ANYWHERE
    if subject.member_id is None:
        return False
    if member_id is not None:
        return member_id == subject.member_id
    return brand_id is None or not subject.brands


@rules.predicate
def is_a_person(subject, place) -> bool:
    """Everybody with a login, for themselves: at no brand."""
    return subject.kind == PERSON and (place or ANYWHERE).brand_id is None


def works_as(role: str) -> rules.Predicate:
    """Whether the subject has the role at the brand, or without a brand at one of theirs."""

    @rules.predicate(f"works_as_{role}")
    def works(subject, place) -> bool:
        brand_id = (place or ANYWHERE).brand_id
        return role in subject.brands.values() if brand_id is None else subject.brands.get(brand_id) == role

    return works


def has_scope(scope: str) -> rules.Predicate:
    """Whether the subject, a server key, was given the scope."""

    @rules.predicate(f"has_scope_{scope}")
    def has(subject, place) -> bool:
        return scope in subject.scopes

    return has


PREDICATES = {
    KEY: works_as(KEY),
    ADMIN: works_as(ADMIN),
    STAFF: works_as(STAFF),
    PARTNER: works_as(PARTNER),
    OPERATOR: is_operator,
    MEMBER: is_the_member,
    PERSON: is_a_person,
}


def _rule(permission: str) -> rules.Predicate:
    """Any of the roles that the table names; of keys those with the scope."""
    allowed = []
    for role, predicate in PREDICATES.items():
        if role in roles_for(permission):
            allowed.append(predicate & has_scope(SCOPE_OF[permission]) if role == KEY else predicate)
    return reduce(or_, allowed, rules.always_false)


for _permission in PERMISSIONS:
    rules.add_perm(_permission, _rule(_permission))
