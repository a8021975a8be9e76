"""The addresses of programs, their tiers and who takes part in them."""

from ledger.units import UnitInUse
from loyalty.errors import NotFound
from loyalty.http.etags import conditional
from loyalty.http.idempotency import idempotent
from loyalty.http.pagination import page
from loyalty.http.schema import operation, page_of
from loyalty.http.shapes import query, read
from loyalty.http.views import ApiView, reply
from loyalty.identity.approvals.errors import OwnRequest
from loyalty.identity.errors import AmbiguousMember, ScopeMissing
from loyalty.identity.models import Member
from loyalty.identity.selectors import find_brand, find_member
from programs.membership import errors, member_shapes, operations, selectors, serializers
from programs.membership.changing import change_membership
from programs.membership.models import Membership, Program, Tier
from programs.membership.publishing import change_program

PROGRAMS, MEMBERSHIPS = "Programs", "Memberships"
_GOLD = {"code": "gold", "name": "Gold", "points_min": 95}
_SKY = {"code": "SKY", "name": "SkyMiles Airways", "currency": "miles", "earn_points": 5, "earn_per": "100.00"}
_AT = "2026-10-01T12:00:00Z"
_SKY_ANSWER = {
    "id": "ca8d3c6b-6e3a-4d08-88ec-68f33fa23dfa",
    "brand_id": "019a9f30-5c1e-7d7b-9a54-3f0e2b1c4d5e",
    **_SKY,
    "kind": "points",
    "decimal_places": 0,
    "timezone": "UTC",
    "status": "active",
    "community": False,
    "money_currency": "EUR",
    "pending_days": 0,
    "pending_until": "",
    "expiry_kind": "months",
    "expiry_months": None,
    "expiry_dates": [],
    "expiry_warning_days": 30,
    "return_policy": "debt",
    "debt_max": 1_000_000_000,
    "redeem_points_min": 1,
    "redeem_percent_max": 100,
    "tier_basis": "points",
    "tier_window": "rolling",
    "tier_months": 12,
    "tier_downgrade": "all",
    "tier_grace_days": 0,
    "tier_warning_days": 0,
    "version": 1,
    "created_at": _AT,
    "updated_at": _AT,
}
MEMBERSHIP_EXAMPLE = {
    "id": "019a9f30-5c1e-7d7b-9a54-3f0e2b1c4d5f",
    "program_id": _SKY_ANSWER["id"],
    "program_code": "SKY",
    "member_id": "70772519-c197-4bec-bb7d-f5c25d2fc9ae",
    "external_id": "USR-001",
    "name": "Ana Silva",
    "email": "ana@example.com",
    "card_number": "1000000000000009",
    "status": "active",
    "tier": "gold",
    "tier_is_given": False,
    "tier_until": None,
    "tier_protected_until": None,
    "attributes": {},
    "joined_at": _AT,
}


class ProgramsView(ApiView):
    """Programs that the caller may see."""

    @operation(
        "List programs",
        tags=PROGRAMS,
        allow="programs.view",
        query=serializers.ProgramFilters,
        answers={200: page_of(serializers.ProgramAnswer)},
        problems=[ScopeMissing],
        etag=True,
    )
    def get(self, request):
        """A brand's people and keys see the brand's programs; members those open to everybody and those they joined."""
        asked = query(request, serializers.ProgramFilters)
        programs = selectors.list_programs(
            self.principal, joined=asked.joined, managed=asked.managed, community=asked.community
        )
        exact = {"status": asked.status, "kind": asked.kind}
        programs = programs.filter(**{field: value for field, value in exact.items() if value is not None})
        return conditional(request, page(request, programs, key=("code",), render=serializers.program_answer))

    @operation(
        "Open a program",
        tags=PROGRAMS,
        allow="programs.add",
        request=serializers.NewProgram,
        answers={201: serializers.ProgramAnswer},
        problems=[ScopeMissing, NotFound, errors.ProgramCodeTaken],
        idempotent=True,
        examples={"request": {**_SKY, "tiers": [_GOLD]}, 201: _SKY_ANSWER},
    )
    @idempotent
    def post(self, request):
        """Opens a program of the brand, with its tiers. Its points are a unit of their own, never mixed with others."""
        asked = serializers.asked(read(request, serializers.NewProgram))
        brand = find_brand(self.principal, asked.pop("brand_id"))
        self.principal.require("programs.add", brand.id)
        program = operations.create_program(brand, **asked, actor=self.principal.actor)
        return reply(serializers.program_answer(program), 201, {"Location": f"/api/programs/{program.id}"})


class ProgramView(ApiView):
    """One program, by id or code."""

    @operation(
        "Show a program",
        tags=PROGRAMS,
        allow="programs.view",
        answers={200: serializers.ProgramAnswer},
        problems=[ScopeMissing],
        etag=True,
    )
    def get(self, request, program):
        """What the program is and what it gives."""
        return conditional(request, serializers.program_answer(selectors.find_program(self.principal, program)))

    @operation(
        "Change a program",
        tags=PROGRAMS,
        allow="programs.change",
        request=serializers.ProgramPatch,
        answers={200: serializers.ProgramAnswer, 202: serializers.ProgramAnswer},
        problems=[ScopeMissing, errors.ProgramArchived, UnitInUse],
        examples={"request": {"earn_points": 10, "tiers": [_GOLD]}},
    )
    def patch(self, request, program):
        """New terms hold for what is earned from now on; what was earned keeps its own. Once points have moved,
        `decimal_places` stays as it is. Where the brand wants a second person for its terms, they wait for one, the
        rest is changed, and the answer is 202; see the approvals."""
        found = self.found(program, "programs.change")
        changes = serializers.asked(read(request, serializers.ProgramPatch))
        tiers = changes.pop("tiers", None)
        changed, waiting = change_program(self.principal, found, changes, tiers=tiers)
        return reply(serializers.program_answer(changed), 202 if waiting else 200)

    @operation(
        "Archive a program", tags=PROGRAMS, allow="programs.archive", answers={204: None}, problems=[ScopeMissing]
    )
    def delete(self, request, program):
        """Ends the program for good: nobody joins and nothing is earned any more. What was earned stays on record."""
        operations.archive_program(self.found(program, "programs.archive"), actor=self.principal.actor)
        return reply(status=204)

    def found(self, program: str, permission: str) -> Program:
        """The program, if the caller may do that to it."""
        found = selectors.find_program(self.principal, program)
        self.principal.require(permission, found.brand_id)
        return found


class ProgramTiersView(ApiView):
    """The tiers of one program."""

    @operation(
        "List a program's tiers",
        tags=PROGRAMS,
        allow="tiers.view",
        query=serializers.Filters,
        answers={200: page_of(serializers.TierAnswer)},
        problems=[ScopeMissing],
        etag=True,
    )
    def get(self, request, program):
        """The lowest first."""
        query(request, serializers.Filters)
        tiers = selectors.tiers_in(selectors.find_program(self.principal, program))
        return conditional(request, page(request, tiers, key=("points_min", "id"), render=serializers.tier_answer))


class TiersView(ApiView):
    """The tiers of all programs that the caller may see."""

    @operation(
        "List tiers",
        tags=PROGRAMS,
        allow="tiers.view",
        query=serializers.TierFilters,
        answers={200: page_of(serializers.TierAnswer)},
        problems=[ScopeMissing, NotFound],
        etag=True,
    )
    def get(self, request):
        """By program, the lowest first."""
        asked = query(request, serializers.TierFilters)
        tiers = selectors.visible_tiers(self.principal)
        if asked.program_id is not None:
            tiers = tiers.filter(program=selectors.find_program(self.principal, asked.program_id))
        by = ("program__code", "points_min", "id")
        return conditional(request, page(request, tiers, key=by, render=serializers.tier_answer))


class ProgramMembersView(ApiView):
    """Who takes part in a program."""

    @operation(
        "List a program's members",
        tags=MEMBERSHIPS,
        allow="memberships.view",
        query=member_shapes.MembershipFilters,
        answers={200: page_of(member_shapes.ProgramMemberAnswer)},
        problems=[ScopeMissing],
    )
    def get(self, request, program):
        """For the brand's people and keys, newest first."""
        found = managed_program(self.principal, program, "memberships.view")
        asked = query(request, member_shapes.MembershipFilters)
        answer = page(request, selectors.memberships_in(found, search=asked.q, status=asked.status, tier=asked.tier))
        answer["results"] = _with_tiers(answer["results"])
        return reply(answer)


class ProgramMemberView(ApiView):
    """One member's part in a program."""

    @operation(
        "Show a membership",
        tags=MEMBERSHIPS,
        allow="memberships.look_up",
        answers={200: member_shapes.ProgramMemberAnswer},
        problems=[ScopeMissing, AmbiguousMember],
        etag=True,
    )
    def get(self, request, program, member):
        """For the brand's people and keys, and for the member. Who may only look members up, as a partner's till does,
        is told neither the e-mail address nor the brand's attributes."""
        found = self.found(program, member, "memberships.look_up")
        place = {"brand_id": found.program.brand_id, "member_id": found.member_id}
        if not self.principal.may("members.view", **place):
            found.member.email, found.attributes = "", {}
        return conditional(request, _with_tiers([found])[0])

    @operation(
        "Change a membership",
        tags=MEMBERSHIPS,
        allow=("memberships.suspend", "memberships.reinstate", "memberships.set_tier", "memberships.note"),
        request=member_shapes.MembershipPatch,
        answers={200: member_shapes.ProgramMemberAnswer},
        problems=[ScopeMissing, errors.MembershipClosed, AmbiguousMember, OwnRequest],
        examples={"request": {"tier": "gold", "tier_until": "2027-12-31T23:00:00Z", "reason": "Status match"}},
    )
    def patch(self, request, program, member):
        """Suspends the membership or ends the suspension, gives a tier or takes it back, keeps the member from going
        down for a while, and writes what the brand knows of them. All of it is done, or nothing."""
        membership = self.found(program, member)
        changed = change_membership(self.principal, membership, read(request, member_shapes.MembershipPatch))
        return reply(_with_tiers([changed])[0])

    @operation(
        "Leave a program",
        tags=MEMBERSHIPS,
        allow="memberships.close",
        answers={204: None},
        problems=[ScopeMissing, AmbiguousMember],
    )
    def delete(self, request, program, member):
        """Ends the membership; for the brand, and for members themselves. Points stay on record and expire as they
        would have. Repeating it changes nothing."""
        membership = self.found(program, member, "memberships.close")
        operations.close(membership, actor=self.principal.actor)
        return reply(status=204)

    def found(self, program: str, member: str, permission: str = "") -> Membership:
        """The membership, if the caller may do that to it; without a permission whoever sees program and member."""
        found = selectors.find_program(self.principal, program)
        known = find_member(self.principal, member, brand_id=found.brand_id)
        if permission:
            self.principal.require(permission, found.brand_id, member_id=known.id)
        return selectors.find_membership(found, known.id)


def managed_program(principal, ref: str, permission: str) -> Program:
    """The program, if the caller works for its brand and may do that there: of a program's members those who are
    members themselves learn nothing."""
    program = selectors.find_program(principal, ref)
    principal.require(permission, program.brand_id)
    return program


def membership_made(program: Program, member: Member):
    """The answer to whoever made the member take part."""
    membership = selectors.find_membership(program, member.id)
    location = f"/api/programs/{program.id}/members/{member.id}"
    return reply(_with_tiers([membership])[0], 201, {"Location": location})


def _with_tiers(memberships: list[Membership]) -> list[member_shapes.ProgramMemberAnswer]:
    tiers, standings = {}, selectors.standings_of(memberships)
    for tier in Tier.objects.filter(id__in={standing.tier_id for standing in standings.values()}):
        tiers[tier.id] = tier
    return [
        member_shapes.membership_answer(
            membership, tiers.get(standing.tier_id), is_given=standing.is_given, kept_until=standing.kept_until
        )
        for membership in memberships
        for standing in [standings[membership.id]]
    ]
