"""The addresses of users and members; those of sessions are in `session_views`. The address of one member is routed by
the room that adds their memberships to the answer."""

from django.db.models import QuerySet

from loyalty.errors import Conflict, NotFound
from loyalty.http.etags import conditional
from loyalty.http.idempotency import idempotent
from loyalty.http.pagination import page
from loyalty.http.schema import operation, page_of
from loyalty.http.shapes import query, read
from loyalty.http.views import ApiView, reply
from loyalty.identity import errors, operations, selectors, serializers, users
from loyalty.identity.models import Member, Person

USERS, MEMBERS = "Users", "Members"

_ANA = {
    "id": "70772519-c197-4bec-bb7d-f5c25d2fc9ae",
    "external_id": "USR-001",
    "name": "Ana Silva",
    "email": None,
    "phone": "+31612345678",
    "birth_date": None,
    "address": None,
    "preferences": {},
    "consents": {},
    "version": 1,
    "created_at": "2026-10-01T12:00:00Z",
    "updated_at": "2026-10-01T12:00:00Z",
}


class UsersView(ApiView):
    """The users whom the caller administers."""

    @operation(
        "List users",
        tags=USERS,
        allow="people.view",
        query=serializers.UserFilters,
        answers={200: page_of(serializers.UserAnswer)},
        problems=[errors.ScopeMissing],
    )
    def get(self, request):
        """Operators see all users, brand admins whoever works for their brands; newest first."""
        filters = query(request, serializers.UserFilters)
        people = _filtered(selectors.visible_people(self.principal), email=filters.email, is_active=filters.is_active)
        return reply(page(request, people, render=self.render))

    def render(self, person: Person) -> serializers.UserAnswer:
        return serializers.user_answer(person, self.principal)


class UserView(ApiView):
    """One user; "me" for oneself."""

    @operation("Show a user", tags=USERS, allow=("people.view", "profile.view"), answers={200: serializers.UserAnswer})
    def get(self, request, user):
        """Oneself, or somebody whom the caller administers; anybody else is not found."""
        person = selectors.find_person(self.principal, user)
        return reply(serializers.user_answer(person, self.principal))

    @operation(
        "Change a user",
        tags=USERS,
        allow=("people.change", "profile.change"),
        request=serializers.UserPatch,
        answers={200: serializers.UserAnswer, 202: serializers.UserAnswer},
        examples={"request": {"roles": [{"brand_id": "cafe", "role": "staff"}]}},
    )
    def patch(self, request, user):
        """People change their own name only. Admins give and end posts at their brands; name and `is_active` of
        another are for operators, and for admins in sole charge of the person. Where the brand wants a second person
        for a role, it waits for one, and the answer is 202; see the approvals."""
        person = selectors.find_person(self.principal, user)
        waiting = users.change_user(self.principal, person, serializers.given(read(request, serializers.UserPatch)))
        found = selectors.find_person(self.principal, person.id)
        return reply(serializers.user_answer(found, self.principal), 202 if waiting else 200)

    @operation("Switch a user off", tags=USERS, allow="people.deactivate", answers={204: None})
    def delete(self, request, user):
        """Switches the login off and ends its sessions. Somebody who works elsewhere too, or is a member, only loses
        the posts at the caller's brands."""
        person = selectors.find_person(self.principal, user)
        users.deactivate_user(self.principal, person)
        return reply(status=204)


class MembersView(ApiView):
    """The members whom the caller knows."""

    @operation(
        "List members",
        tags=MEMBERS,
        allow="members.view",
        query=serializers.MemberFilters,
        answers={200: page_of(serializers.MemberAnswer)},
        problems=[errors.ScopeMissing],
    )
    def get(self, request):
        """A brand sees those it entered and those who joined its programs; members see themselves. Newest first."""
        filters = query(request, serializers.MemberFilters)
        members = selectors.visible_members(self.principal)
        members = selectors.filter_members(self.principal, members, email=filters.email, phone=filters.phone)
        members = _filtered(members, external_id=filters.external_id)
        return reply(page(request, members, render=self.render))

    @operation(
        "Enter a member",
        tags=MEMBERS,
        allow="members.add",
        request=serializers.NewMember,
        answers={201: serializers.MemberAnswer},
        problems=[errors.ScopeMissing, NotFound, errors.ExternalIdTaken, errors.EmailTaken],
        idempotent=True,
        examples={"request": {"external_id": "USR-001", "name": "Ana Silva", "phone": "+31612345678"}, 201: _ANA},
    )
    @idempotent
    def post(self, request):
        """Enters a new member whom the brand knows from then on. Address and external id are unique in the brand."""
        body = serializers.given(read(request, serializers.NewMember))
        brand = selectors.find_brand(self.principal, body.pop("brand_id"))
        self.principal.require("members.add", brand.id)
        member = operations.create_member(brand, **body, actor=self.principal.actor)
        return reply(self.render(member), 201, {"Location": f"/api/members/{member.id}"})

    def render(self, member: Member) -> serializers.MemberAnswer:
        return serializers.member_answer(member, member.external_id)


class MemberView(ApiView):
    """One member, without their memberships; "me" for oneself."""

    @operation(
        "Show a member",
        tags=MEMBERS,
        allow="members.look_up",
        answers={200: serializers.MemberAnswer},
        problems=[errors.ScopeMissing, errors.AmbiguousMember],
        etag=True,
    )
    def get(self, request, member):
        """A member by id or by the brand's own number."""
        found = selectors.find_member(self.principal, member)
        is_whole = selectors.sees_whole(self.principal, found)
        return conditional(request, serializers.member_answer(found, found.external_id, is_whole=is_whole))

    @operation(
        "Change a member",
        tags=MEMBERS,
        allow="members.change",
        request=serializers.MemberPatch,
        answers={200: serializers.MemberAnswer},
        problems=[
            errors.ScopeMissing,
            errors.ProfileBelongsToMember,
            errors.BirthDateFixed,
            errors.ExternalIdTaken,
            errors.EmailTaken,
            errors.AmbiguousMember,
        ],
        examples={"request": {"name": "Ana Silva", "consents": {"newsletter": True}}},
    )
    def patch(self, request, member):
        """For members themselves and for the brand that entered them; a brand that merely knows them may change its
        own number. What is left out stays, null clears; preferences and consents are merged."""
        found = selectors.find_member(self.principal, member)
        changes = serializers.given(read(request, serializers.MemberPatch))
        found = operations.change_member(self.principal, found, changes)
        return reply(serializers.member_answer(found, found.external_id))

    @operation(
        "Switch a member off",
        tags=MEMBERS,
        allow="members.deactivate",
        answers={204: None},
        problems=[errors.ScopeMissing, errors.AmbiguousMember, Conflict],
    )
    def delete(self, request, member):
        """For the brand that entered the member, as long as no other brand knows them, and for operators. The history
        stays."""
        found = selectors.find_member(self.principal, member)
        operations.deactivate_member(self.principal, found)
        return reply(status=204)


def _filtered(rows: QuerySet, **exact) -> QuerySet:
    return rows.filter(**{name: value for name, value in exact.items() if value is not None})
