"""What can be done to users, the people with a login: their name, their posts at brands, switching them off."""

from uuid import UUID

from django.db import transaction
from msgspec import UNSET

from loyalty.errors import Forbidden
from loyalty.events import log
from loyalty.identity import selectors, tokens
from loyalty.identity.approvals.errors import OwnRequest, RequestOutdated
from loyalty.identity.approvals.kinds import Difference, approvable
from loyalty.identity.approvals.models import ApprovalRequest
from loyalty.identity.approvals.operations import request_approval
from loyalty.identity.locations.naming import open_location
from loyalty.identity.models import Brand, Location, Person, Staff
from loyalty.identity.principals import Principal

RIGHTS = {None: 0, Staff.Role.PARTNER.value: 1, Staff.Role.STAFF.value: 2, Staff.Role.ADMIN.value: 3}


def change_user(principal: Principal, person: Person, changes: dict) -> list[ApprovalRequest]:
    """Changes `name`, `is_active` and `roles` (a list of objects with `brand_id`, id or code, `role`, None to end the
    post, and `location_id`, id or code, None for everywhere, UNSET to keep it; brands not named stay as they are).
    People may change their own name and nothing else of themselves.
    Name and `is_active` of another are for operators, and for admins of every brand the person works for, unless the
    person is an operator or a member too; roles for admins of the brand. Where the brand wants a second person for a
    role that gives more, it waits, and the request is answered. Repeating it changes nothing.
    Refusals: Forbidden (oneself, not in full charge of the person, or a server key that gives a role which needs a
    second person), NotFound (brand), Invalid (a location that is not an open one of the brand)."""
    is_self = principal.id == person.id
    if is_self and changes.keys() - {"name"}:
        raise Forbidden("Nobody changes their own roles or switches themselves off.")
    with transaction.atomic():
        person = _locked(person)
        if changes.keys() & {"name", "is_active"} and not is_self:
            _require_full_charge(principal, person)
        asked = [
            _set_role(principal, person, post, pointer=f"/roles/{index}")
            for index, post in enumerate(changes.get("roles", ()))
        ]
        if "name" in changes and changes["name"] != person.name:
            Person.objects.filter(id=person.id).update(name=changes["name"])
            _record("user.updated", principal, person, fields=["name"])
        if changes.get("is_active", person.is_active) != person.is_active:
            _set_active(principal, person, is_active=changes["is_active"])
    return [request for request in asked if request]


def _whom(request: ApprovalRequest) -> str:
    return str(Person.objects.filter(pk=request.subject_id).first() or "")


@approvable("roles.grant", permission="people.change", title="Role of a person", about=_whom)
def give_role(payload: dict, request: ApprovalRequest) -> str:
    """Gives the role that was asked for. Refusals: OwnRequest (one's own role), Forbidden (switched off meanwhile),
    RequestOutdated (they have another role by now)."""
    if payload["person_id"] == str(request.decided_by_id):
        raise OwnRequest("Nobody decides on their own role.")
    person = _locked(Person(id=UUID(payload["person_id"])))
    if not person.is_active:
        raise Forbidden("The person's login has been switched off since.")
    if _role_at(person, request.brand_id) != payload.get("before"):
        raise RequestOutdated("The person's role has been changed since; this request can only be rejected.")
    location = {}
    if "location_id" in payload:
        where = payload["location_id"]
        # It may have been switched off since: then nothing is done there, as for everybody who works there.
        location["location"] = Location.objects.get(pk=where, brand_id=request.brand_id) if where else None
    _write_role(f"person:{request.decided_by_id}", person, request.brand_id, payload["role"], location)
    return f"The role is given: {Staff.Role(payload['role']).label}."


def deactivate_user(principal: Principal, person: Person) -> None:
    """Switches the login off and ends all its sessions. A brand admin who is not in full charge of the person (they
    work elsewhere too, or are a member) ends their posts at the admin's brands instead. Repeating it changes nothing.
    Refusals: Forbidden (oneself, an operator)."""
    if principal.id == person.id:
        raise Forbidden("Nobody switches themselves off.")
    with transaction.atomic():
        person = _locked(person)
        if _is_in_full_charge(principal, person):
            if person.is_active:
                _set_active(principal, person, is_active=False)
            return
        if person.is_operator:
            raise Forbidden()
        for post in person.posts.filter(is_active=True, brand_id__in=principal.brands_where("people.deactivate")):
            _write_role(principal.actor, person, post.brand_id, None)


def _locked(person: Person) -> Person:
    return Person.objects.select_for_update(no_key=True).get(id=person.id)


def _is_in_full_charge(principal: Principal, person: Person) -> bool:
    brands = principal.brands_where("people.change")
    if brands is None:
        return True
    posts = set(person.posts.filter(is_active=True).values_list("brand_id", flat=True))
    return bool(posts) and posts <= set(brands) and not person.is_operator and not hasattr(person, "member")


def _require_full_charge(principal: Principal, person: Person) -> None:
    if not _is_in_full_charge(principal, person):
        raise Forbidden("The person is not only yours to change; you can end their posts at your brands.")


def _set_role(principal: Principal, person: Person, post, *, pointer: str) -> ApprovalRequest | None:
    """Gives, changes or ends a post as `post` says (brand_id, role, location_id), or asks a second person to."""
    brand = selectors.find_brand(principal, post.brand_id, pointer=f"{pointer}/brand_id")
    principal.require("people.change", brand.id)
    location = _location(brand, post, pointer=f"{pointer}/location_id")
    current = _role_at(person, brand.id)
    if current == post.role and _is_there(person, brand.id, location):
        return None
    if not _needs_second_person(brand, current, post.role):
        _write_role(principal.actor, person, brand.id, post.role, location)
        return None
    labels = {each.value: each.label for each in Staff.Role}
    where = {f"{name}_id": str(one.pk) if one else None for name, one in location.items()}
    return request_approval(
        principal,
        brand,
        "roles.grant",
        {"person_id": str(person.id), "before": current, "role": post.role, **where},
        f"{labels[post.role]} at {brand.name} for user {person.id}",
        subject=person.id,
        differences=[Difference("Role", labels.get(current, ""), labels[post.role])],
    )


def _location(brand: Brand, post, *, pointer: str) -> dict[str, Location | None]:
    """The location that the post is to have, as a field; none where it is not named or the post ends."""
    if post.location_id is UNSET or post.role is None:
        return {}
    return {"location": open_location(brand.pk, post.location_id, pointer=pointer) if post.location_id else None}


def _is_there(person: Person, brand_id: UUID, location: dict[str, Location | None]) -> bool:
    return not location or person.posts.filter(brand_id=brand_id, is_active=True, **location).exists()


def _role_at(person: Person, brand_id: UUID) -> str | None:
    return person.posts.filter(brand_id=brand_id, is_active=True).values_list("role", flat=True).first()


def _needs_second_person(brand: Brand, current: str | None, role: str | None) -> bool:
    if RIGHTS[role] <= RIGHTS[current]:
        return False
    wanted = brand.approval_roles
    return wanted == Brand.ApprovalOfRoles.ALL or (
        wanted == Brand.ApprovalOfRoles.ADMIN and role == Staff.Role.ADMIN.value
    )


def _write_role(
    actor: str, person: Person, brand_id: UUID, role: str | None, location: dict[str, Location | None] | None = None
) -> None:
    """Writes the post; with `location` where it is, as a field."""
    where = location or {}
    if role is None:
        person.posts.filter(brand_id=brand_id).update(is_active=False)
    else:
        given = {"role": role, "is_active": True, **where}
        Staff.objects.update_or_create(person=person, brand_id=brand_id, defaults=given)
    data = {"role": role, "actor": actor} | {name: one.code if one else None for name, one in where.items()}
    log.record("user.role_changed", brand_id=brand_id, aggregate_id=person.id, data=data)


def _set_active(principal: Principal, person: Person, *, is_active: bool) -> None:
    Person.objects.filter(id=person.id).update(is_active=is_active)
    tokens.end_all_sessions(person)
    _record("user.activated" if is_active else "user.deactivated", principal, person)


def _record(type: str, principal: Principal, person: Person, *, brand_id: UUID | None = None, **data) -> None:
    log.record(type, brand_id=brand_id, aggregate_id=person.id, data={**data, "actor": principal.actor})
