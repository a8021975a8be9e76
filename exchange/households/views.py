"""The addresses of households."""

from exchange.households import docs, operations, selectors, serializers
from exchange.households.models import Household
from exchange.households.spending import redeem_together, reverse_spend
from loyalty.http.etags import conditional
from loyalty.http.idempotency import REPLAYED, idempotency_key, idempotent
from loyalty.http.pagination import page
from loyalty.http.schema import operation
from loyalty.http.shapes import query, read
from loyalty.http.views import ApiView, reply
from loyalty.identity.principals import Principal
from loyalty.identity.selectors import find_member
from programs.activity.places import Names
from programs.membership.selectors import find_program


class HouseholdsView(ApiView):
    """Households."""

    @operation("List households", **docs.LIST)
    def get(self, request):
        """The newest first. Members see those that they are in or invited to, brands those of their programs."""
        asked = query(request, serializers.HouseholdFilters)
        found = selectors.visible_households(self.principal)
        if asked.member_id:
            found = selectors.households_of(self.principal, find_member(self.principal, asked.member_id))
        if asked.program_id:
            found = found.filter(program=find_program(self.principal, asked.program_id))
        return reply(page(request, found, render=serializers.household_row))

    @operation("Begin a household", **docs.CREATE)
    @idempotent
    def post(self, request):
        """Who begins one owns it, and is in it. For whom the brand begins one is invited to it: nobody is in a
        household without having joined by themselves. Beginning it again gives the one there is."""
        asked = read(request, serializers.NewHousehold)
        made = operations.create_household(self.principal, Names(asked.program_id, asked.member_id or "me"))
        return reply(_told(self.principal, made), 201, {"Location": f"/api/households/{made.pk}"})


class HouseholdView(ApiView):
    """One household."""

    @operation("Show a household", **docs.SHOW)
    def get(self, request, household):
        """With its members, who is invited, and what they could spend together now."""
        return conditional(request, _told(self.principal, selectors.find_household(self.principal, household)))


class InviteView(ApiView):
    """Invitations."""

    person_limit = "points"

    @operation("Invite a member to a household", **docs.INVITE)
    def post(self, request, household):
        """The owner invites, or the brand on their behalf. Whoever cannot be invited is not found, whatever the
        reason. Inviting again changes nothing."""
        asked = read(request, serializers.Invitation)
        return reply(_told(self.principal, operations.invite(self.principal, household, asked.to_member)))


class JoinView(ApiView):
    """Invitations that are accepted."""

    @operation("Join a household", **docs.JOIN)
    @idempotent
    def post(self, request, household):
        """Members accept an invitation by themselves. Their points are spent with the others' after the program's hours
        of waiting."""
        return reply(_told(self.principal, operations.join(self.principal, household)))


class DeclineView(ApiView):
    """Invitations that are turned down."""

    @operation("Decline an invitation to a household", **docs.DECLINE)
    @idempotent
    def post(self, request, household):
        """The household is not shown to them any more, unless they are invited again."""
        operations.decline(self.principal, household)
        return reply(status=204)


class LeaveView(ApiView):
    """Members who go."""

    @operation("Leave a household", **docs.LEAVE)
    @idempotent
    def post(self, request, household):
        """From now on their points are their own. When the owner leaves, who joined first owns it; without members it
        ends."""
        operations.leave(self.principal, household)
        return reply(status=204)


class RemoveView(ApiView):
    """Members who are taken out."""

    @operation("Remove a member from a household", **docs.REMOVE)
    @idempotent
    def post(self, request, household):
        """Or take an invitation back. The owner does it, or the brand."""
        asked = read(request, serializers.WhoLeaves)
        operations.remove(self.principal, household, asked.member_id)
        return reply(status=204)


class SpendView(ApiView):
    """What a household spends."""

    person_limit = "points"

    @operation("Redeem points of a household", **docs.SPEND)
    def post(self, request, household):
        """Of all members' points those first that are gone first; each one's share is a redemption of their own, and
        all of them happen or none."""
        body = read(request, serializers.NewSpend)
        key = idempotency_key(request, body.idempotency_key)
        spent = redeem_together(self.principal, serializers.to_request(body, household, key=key))
        answer = serializers.spend_answer(spent.spend, is_first=True)
        return reply(answer, 201, REPLAYED if spent.is_replayed else None)

    @operation("List what a household spent", **docs.SPENDS)
    def get(self, request, household):
        """The newest first."""
        query(request, serializers.Filters)
        found = selectors.find_household(self.principal, household)
        return reply(page(request, selectors.spends_of(found), render=serializers.spend_answer))


class SpendReverseView(ApiView):
    """A spend that is undone."""

    @operation("Reverse what a household spent", **docs.REVERSE)
    @idempotent
    def post(self, request, spend):
        """The points of all who paid go back to where they came from, with their first expiry. Reversing again changes
        nothing."""
        asked = read(request, serializers.SpendReversal)
        return reply(serializers.spend_answer(reverse_spend(self.principal, spend, reason=asked.reason)))


def _told(principal: Principal, household: Household) -> serializers.HouseholdAnswer:
    found = selectors.find_household(principal, household.pk)
    parts = [serializers.part_answer(part, selectors.shares_from(found, part)) for part in found.there]
    return serializers.household_answer(found, parts, available=selectors.available_together(found))
