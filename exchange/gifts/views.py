"""The addresses of gifts, and of what a program allows of them."""

from exchange.gifts import docs, selectors, serializers
from exchange.gifts.giving import give
from exchange.gifts.policies import change_policy, policy_of
from loyalty.http.etags import conditional
from loyalty.http.idempotency import REPLAYED, idempotency_key
from loyalty.http.pagination import page
from loyalty.http.schema import operation
from loyalty.http.shapes import query, read
from loyalty.http.views import ApiView, reply
from loyalty.identity.selectors import find_member
from programs.membership.selectors import find_program


class GiftsView(ApiView):
    """What a member gave and was given."""

    person_limit = "points"

    @operation("Give points to another member", **docs.GIVE)
    def post(self, request, member):
        """Points of one program, those first that are gone first; they keep the time at which they are gone, and are
        pending for the receiver for the program's hours. A member gives their own ("me"). Whoever cannot receive them
        is not found, whatever the reason."""
        body = read(request, serializers.NewGift)
        key = idempotency_key(request, body.idempotency_key)
        given = give(self.principal, serializers.to_request(body, member, key=key))
        return reply(serializers.gift_answer(given.gift), 201, REPLAYED if given.is_replayed else None)

    @operation("List the gifts of a member", **docs.LIST)
    def get(self, request, member):
        """Given and received, the newest first. A brand sees those in its own programs."""
        asked = query(request, serializers.GiftFilters)
        theirs = find_member(self.principal, member)
        found = selectors.gifts_of(self.principal, theirs)
        if asked.program_id:
            found = found.filter(program=find_program(self.principal, asked.program_id))
        if asked.direction:
            found = found.filter(**{"giver" if asked.direction == "given" else "receiver": theirs})
        return reply(page(request, found, render=serializers.gift_answer))


class TransferPolicyView(ApiView):
    """What a program allows of passing points on."""

    @operation("Show a program's transfer policy", **docs.SHOW_POLICY)
    def get(self, request, program):
        """How points may pass from member to member: gifts, how often points may change hands, and households."""
        found = find_program(self.principal, program)
        self.principal.require("transfer_policies.view", found.brand_id)
        return conditional(request, serializers.policy_answer(policy_of(found.pk)))

    @operation("Change a program's transfer policy", **docs.CHANGE_POLICY)
    def patch(self, request, program):
        """What is not given stays. It holds from now on."""
        found = find_program(self.principal, program)
        self.principal.require("transfer_policies.change", found.brand_id)
        changes = serializers.changes_in(read(request, serializers.PolicyPatch))
        return reply(serializers.policy_answer(change_policy(found, changes, actor=self.principal.actor)))
