"""The addresses of offers: what a member may claim, claiming it, setting it aside, undoing a claim."""

from loyalty import clock
from loyalty.errors import Invalid
from loyalty.http.etags import conditional
from loyalty.http.idempotency import REPLAYED, idempotency_key, idempotent
from loyalty.http.pagination import Place, page_of_rows
from loyalty.http.schema import operation
from loyalty.http.shapes import query, read
from loyalty.http.throttling import limit_person
from loyalty.http.views import ApiView, reply
from loyalty.identity.principals import Principal
from loyalty.identity.selectors import as_uuid, find_member
from programs.membership.selectors import find_program
from programs.rewards.catalogue import offer_docs as docs
from programs.rewards.catalogue import offer_shapes as shapes
from programs.rewards.catalogue.cancelling import cancel_claim
from programs.rewards.catalogue.claiming import claim_reward
from programs.rewards.catalogue.holding import hold_stock, release_stock
from programs.rewards.catalogue.offers import Offer, available
from programs.rewards.catalogue.views import Telling
from programs.rewards.models import Voucher
from programs.rewards.vouchers.serializers import VoucherAnswer, voucher_answer
from programs.rewards.vouchers.terms import status_at


class OffersView(ApiView):
    """What a member may claim."""

    @operation("List offers", id="offers_available", **docs.AVAILABLE)
    def get(self, request):
        """The rewards that the member can claim now, in the order of the catalogue; with `?all=true` also the others,
        each with the reason why not. Servers and staff say of which member; a member sees their own."""
        asked = query(request, shapes.OfferFilters)
        program = find_program(self.principal, asked.program_id) if asked.program_id else None
        member = find_member(self.principal, member_ref(self.principal, asked.member_id))
        told = Telling(self.principal, request)
        found = page_of_rows(
            request,
            _pages_of(available(self.principal, member, program, all=asked.all)),
            lambda offer: (offer.reward.position, offer.reward.pk),
            lambda offer: shapes.offer_answer(offer, told.answer(offer.reward)),
        )
        return conditional(request, found, told.headers())


class ClaimView(ApiView):
    """Rewards that members claim."""

    @operation("Claim a reward", id="offers_claim", **docs.CLAIM)
    def post(self, request, reward):
        """Spends its points, takes one of its stock and answers the voucher, all at once or not at all. A member claims
        for themselves; servers and staff say for whom. Refusals come in the order in which they are listed by `reason`:
        not open, tier, segment, limit, stock, points."""
        limit_person(request)
        body = read(request, shapes.Claim)
        key = idempotency_key(request, body.idempotency_key)
        member = member_ref(self.principal, body.member_id)
        claimed = claim_reward(self.principal, reward, key=key, member=member, hold_id=body.hold_id)
        headers = {"Location": f"/api/vouchers/{claimed.voucher.pk}"} | (REPLAYED if claimed.is_replayed else {})
        return reply(_voucher(self.principal, claimed.voucher), 201, headers)


class StockHoldsView(ApiView):
    """One of a reward's stock, set aside."""

    @operation("Set a reward aside", id="offers_hold", **docs.HOLD)
    @idempotent
    def post(self, request, reward):
        """Nobody else can claim it for that time, an hour at most; then it goes back by itself. A member has one of a
        reward set aside: another request moves its end. Points are not touched."""
        body = read(request, shapes.NewStockHold)
        member = member_ref(self.principal, body.member_id)
        held = hold_stock(self.principal, reward, member=member, ttl_seconds=body.expires_in)
        return reply(shapes.stock_hold_answer(held), 201, {"Location": f"/api/offers/holds/{held.pk}"})


class StockHoldView(ApiView):
    """What is set aside."""

    @operation("Give back what was set aside", id="offers_release", **docs.RELEASE)
    def delete(self, request, stock_hold):
        """Before its time. Whatever was claimed is claimed."""
        release_stock(self.principal, as_uuid(stock_hold))
        return reply(status=204)


class ClaimCancelView(ApiView):
    """Claims that are undone."""

    @operation("Cancel a claim", id="vouchers_cancel", **docs.CANCEL)
    def post(self, request, voucher):
        """While its voucher was not used: the points go back to the lots they came from, with their first expiry, stock
        and limit get one back, and the voucher is disabled. Repeating it changes nothing."""
        body = read(request, shapes.Cancellation)
        key = idempotency_key(request, body.idempotency_key)
        cancelled = cancel_claim(self.principal, voucher, key=key, reason=body.reason)
        answer = _voucher(self.principal, cancelled.voucher)
        return reply(answer, headers=REPLAYED if cancelled.is_replayed else None)


def member_ref(principal: Principal, given: str | None) -> str:
    """Whom a request is about: who is named, else the member who asks. Refusals: Invalid."""
    if given is None and principal.member_id is None:
        raise Invalid([{"pointer": "/member_id", "code": "required", "detail": "Say for which member."}])
    return given or "me"


def _voucher(principal: Principal, voucher: Voucher) -> VoucherAnswer:
    """The voucher; a code of somebody else is for its member and for whoever may look at vouchers."""
    sees_all = principal.is_key or principal.may("vouchers.view", voucher.brand_id, member_id=voucher.member_id)
    return voucher_answer(
        voucher,
        status=status_at(voucher, clock.now()),
        currency=voucher.terms.get("currency", ""),
        with_external=sees_all,
    )


def _pages_of(offers: list[Offer]):
    """Gives pages of what has been looked up as a whole. A page begins after the last offer of the one before, also
    where that one is gone by now."""

    def fetch(place: Place, limit: int) -> list[Offer]:
        rows = offers[::-1] if place.backwards else offers
        if place.values:
            position, pk = _place(place)
            edge = (position, -pk)
            rows = [one for one in rows if (_edge(one) < edge if place.backwards else _edge(one) > edge)]
        return rows[:limit]

    return fetch


def _edge(offer: Offer) -> tuple[int, int]:
    """Where it stands in the catalogue: by position, the newest first."""
    return offer.reward.position, -offer.reward.pk.int


def _place(place: Place) -> tuple[int, int]:
    uuid = as_uuid(place.values[-1])
    if len(place.values) != 2 or uuid is None or not place.values[0].isdecimal() or len(place.values[0]) > 12:
        detail = "Take the cursor from `next` or `previous` as it is."
        raise Invalid([{"pointer": "/cursor", "code": "invalid-format", "detail": detail}])
    return int(place.values[0]), uuid.int
