"""The addresses by which members come into a program, by their own wish or the brand's, brought by a friend or not."""

from typing import Annotated

from msgspec import Meta

from loyalty.errors import Forbidden, Invalid
from loyalty.http.idempotency import idempotent
from loyalty.http.schema import operation
from loyalty.http.shapes import Shape, read
from loyalty.http.views import ApiView
from loyalty.identity.errors import AmbiguousMember, ScopeMissing
from loyalty.identity.models import Member
from loyalty.identity.selectors import find_member
from loyalty.identity.serializers import DeviceId
from programs.earning.referrals import enrol_by_code
from programs.membership import enrolment, errors, selectors
from programs.membership.member_shapes import ProgramMemberAnswer
from programs.membership.models import Program
from programs.membership.serializers import Ref
from programs.membership.views import (
    MEMBERSHIP_EXAMPLE,
    MEMBERSHIPS,
    ProgramMembersView,
    ProgramMemberView,
    managed_program,
    membership_made,
)

ReferralCode = Annotated[
    str, Meta(min_length=1, max_length=20, description="The code of who brought them.", examples=["K7WD4HQP"])
]


class Joining(Shape):
    """Who was brought by a friend gives the friend's code; with it the app's own lasting id of the device, for a code
    is not for whoever has it."""

    referral_code: ReferralCode | None = None
    device: DeviceId | None = None


class Brought(Shape):
    """Who was brought by another member: that one's code."""

    referral_code: ReferralCode | None = None


class Enrolment(Brought):
    """Whom to enrol, by the member's id or by the brand's own number for them: one of the two."""

    member_id: Ref | None = None
    external_id: Ref | None = None


class JoinView(ApiView):
    """Joining a program by oneself."""

    @operation(
        "Join a program",
        tags=MEMBERSHIPS,
        allow="memberships.join",
        request=Joining,
        answers={201: ProgramMemberAnswer},
        problems=[errors.ProgramNotActive, errors.MembershipSuspended],
        idempotent=True,
        examples={"request": {"referral_code": "K7WD4HQP"}, 201: MEMBERSHIP_EXAMPLE},
    )
    @idempotent
    def post(self, request, program):
        """Makes the member who asks take part in a program that is open to everybody. The brand knows them from then
        on. Joining again changes nothing; who had left is back with the same card. With a friend's `referral_code` it
        is written down who brought them; a code that is unknown, one's own or of the same person is refused, and so is
        any other code from who takes part already or once did."""
        if self.principal.member_id is None:
            raise Forbidden("Only members join; a brand enrols them.")
        asked = read(request, Joining)
        found = selectors.find_program(self.principal, program)
        member = find_member(self.principal, "me")
        if not found.is_community and not selectors.takes_part(found, member.id):
            raise Forbidden("This program is not open to everybody; its brand enrols its members.")
        actor = self.principal.actor
        if asked.referral_code is None:
            enrolment.join(found, member, actor=actor)
        else:
            code, device = asked.referral_code, asked.device or ""
            enrol_by_code(found, member, code=code, actor=actor, device=device, is_joining=True)
        return membership_made(found, member)


class EnrolmentsView(ProgramMembersView):
    """Who takes part in a program, and enrolling more."""

    @operation(
        "Enrol a member",
        tags=MEMBERSHIPS,
        allow="memberships.add",
        request=Enrolment,
        answers={201: ProgramMemberAnswer},
        problems=[ScopeMissing, errors.ProgramNotActive, AmbiguousMember],
        idempotent=True,
        examples={"request": {"external_id": "USR-001"}, 201: MEMBERSHIP_EXAMPLE},
    )
    @idempotent
    def post(self, request, program):
        """Enrols a member whom the brand knows. Enrolling again changes nothing; who had left is back. With the
        `referral_code` of another member it is written down who brought them; that is refused for who takes part
        already or once did."""
        found = managed_program(self.principal, program, "memberships.add")
        body = read(request, Enrolment)
        if (body.member_id is None) == (body.external_id is None):
            detail = "Name the member by member_id or by external_id, one of the two."
            raise Invalid([{"pointer": "/member_id", "code": "one-of-two", "detail": detail}])
        member = find_member(self.principal, body.member_id or body.external_id, brand_id=found.brand_id)
        return _enrolled(self.principal, found, member, body.referral_code)


class EnrolmentView(ProgramMemberView):
    """One member's part in a program, and enrolling them."""

    @operation(
        "Enrol a member by name",
        tags=MEMBERSHIPS,
        allow="memberships.add",
        request=Brought,
        answers={201: ProgramMemberAnswer},
        problems=[ScopeMissing, errors.ProgramNotActive, AmbiguousMember],
        idempotent=True,
        examples={"request": {"referral_code": "K7WD4HQP"}, 201: MEMBERSHIP_EXAMPLE},
    )
    @idempotent
    def post(self, request, program, member):
        """Enrols the member of the address, whom the brand knows. Enrolling again changes nothing."""
        found = managed_program(self.principal, program, "memberships.add")
        body = read(request, Brought)
        known = find_member(self.principal, member, brand_id=found.brand_id)
        return _enrolled(self.principal, found, known, body.referral_code)


def _enrolled(principal, program: Program, member: Member, code: str | None):
    if code is None:
        enrolment.enrol(program, member, actor=principal.actor)
    else:
        enrol_by_code(program, member, code=code, actor=principal.actor)
    return membership_made(program, member)
