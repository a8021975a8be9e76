"""A member's code for bringing friends, and what came of it."""

from typing import Annotated

from msgspec import Meta

from loyalty.errors import NotFound
from loyalty.http.schema import operation
from loyalty.http.shapes import UUID, Answer, Shape, query
from loyalty.http.views import ApiView, reply
from loyalty.identity.errors import AmbiguousMember, ScopeMissing
from programs.activity import selectors
from programs.activity.referring import brought_by
from programs.activity.serializers import ProgramRef
from programs.earning.referrals import referral_code_of
from programs.membership.models import Membership


class ReferralFilters(Shape):
    """The program may be left out where there is just one."""

    program_id: ProgramRef | None = None


class ReferralAnswer(Answer):
    """The code that the member gives to friends, who give it when they join the program. It stays the same."""

    program_id: UUID
    program_code: str
    code: str
    referred: Annotated[int, Meta(description="Friends who joined by the code.")]
    rewarded: Annotated[int, Meta(description="Those of them who brought the member points.")]
    points: Annotated[int, Meta(description="The points they brought, less what was taken back.")]


class ReferralView(ApiView):
    """A member's bringing of friends."""

    @operation(
        "Show a member's referral code",
        tags="Members",
        allow="referrals.view",
        query=ReferralFilters,
        answers={200: ReferralAnswer},
        problems=[ScopeMissing, NotFound, AmbiguousMember],
        examples={
            200: {
                "program_id": "f846eef0-e6df-43bf-87fe-59a3552c4e95",
                "program_code": "STAY",
                "code": "K7WD4HQP",
                "referred": 4,
                "rewarded": 2,
                "points": 600,
            }
        },
    )
    def get(self, request, member):
        """The code in one program, which may be left out when the member takes part in just one. What friends and the
        member get is the program's rules' to say."""
        program = query(request, ReferralFilters).program_id
        _, parts = selectors.find_parts(self.principal, member, permission="referrals.view", program=program)
        account_id = selectors.only_part(parts).account_id
        membership = Membership.objects.select_related("program").get(account_id=account_id)
        found = brought_by(membership)
        return reply(
            ReferralAnswer(
                program_id=membership.program_id,
                program_code=membership.program.code,
                code=referral_code_of(membership),
                referred=found.referred,
                rewarded=found.rewarded,
                points=found.points,
            )
        )
