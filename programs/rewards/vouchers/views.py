"""The addresses of vouchers: listed, looked up, validated, redeemed, taken back, changed and disabled."""

from loyalty import clock
from loyalty.http.idempotency import REPLAYED, idempotency_key
from loyalty.http.pagination import page
from loyalty.http.schema import operation
from loyalty.http.shapes import UNSET, query, read
from loyalty.http.views import ApiView, reply
from loyalty.identity.principals import Principal
from loyalty.identity.selectors import find_member
from programs.membership.selectors import find_program
from programs.rewards.models import Voucher
from programs.rewards.vouchers import docs, selectors, serializers
from programs.rewards.vouchers.codes import read_code
from programs.rewards.vouchers.disabling import disable_voucher
from programs.rewards.vouchers.finding import find_voucher
from programs.rewards.vouchers.guessing import address_of_guesser
from programs.rewards.vouchers.moving import KEEP, change_voucher
from programs.rewards.vouchers.redeeming import redeem_voucher, rollback_redemption, validate_voucher
from programs.rewards.vouchers.terms import status_at


class VouchersView(ApiView):
    """Vouchers."""

    @operation("List vouchers", **docs.LIST)
    def get(self, request):
        """The newest first. Members see their own; a brand's people and keys all of the brand's."""
        asked = query(request, serializers.VoucherFilters)
        found = _filtered(self.principal, asked)
        return reply(page(request, found, render=lambda voucher: shown_to(self.principal, voucher)))


class VoucherView(ApiView):
    """One voucher."""

    @operation("Show a voucher", **docs.SHOW)
    def get(self, request, voucher):
        """By id or code: a brand's own, or the member's own."""
        address = address_of_guesser(request)
        found = find_voucher(self.principal, voucher, permission="vouchers.look_up", address=address)
        return reply(shown_to(self.principal, found))

    @operation("Change a voucher", **docs.CHANGE)
    def patch(self, request, voucher):
        """Gives it another end, or moves it to another program of the brand as long as it has never been used. What
        it is worth stays as it was issued."""
        asked = read(request, serializers.VoucherPatch)
        changed = change_voucher(
            self.principal,
            voucher,
            program_ref=None if asked.program_id is UNSET else asked.program_id,
            expires_at=KEEP if asked.expires_at is UNSET else asked.expires_at,
            address=address_of_guesser(request),
        )
        return reply(shown_to(self.principal, changed))

    @operation("Disable a voucher", **docs.DISABLE)
    def delete(self, request, voucher):
        """Nobody can use it any more; what was used of it stays used. Disabling again changes nothing."""
        in_query = query(request, serializers.Disabling)
        reason = read(request, serializers.Disabling).reason or in_query.reason
        disabled = disable_voucher(self.principal, voucher, reason=reason, address=address_of_guesser(request))
        return reply(shown_to(self.principal, disabled))


class ValidateView(ApiView):
    """What a voucher would take off."""

    @operation("Validate a voucher", **docs.VALIDATE)
    def post(self, request, voucher):
        """Answers what a redemption would take off this order now, or why it would be refused, and moves nothing."""
        body = read(request, serializers.Validation)
        asked = serializers.to_request(body, voucher, address=address_of_guesser(request))
        found = validate_voucher(self.principal, asked)
        return reply(serializers.validation_answer(found, asked, shown_to(self.principal, found.voucher)))


class RedeemView(ApiView):
    """Vouchers at the till."""

    @operation("Redeem a voucher", **docs.REDEEM)
    def post(self, request, voucher):
        """Uses it once and answers the money off, in all and of each item. The same key again answers the first answer;
        of many tills at once no more succeed than it has uses. Who is bound to a location redeems there."""
        body = read(request, serializers.Redemption)
        key = idempotency_key(request, body.idempotency_key)
        asked = serializers.to_request(body, voucher, key=key, address=address_of_guesser(request))
        done = redeem_voucher(self.principal, asked)
        answered = shown_to(self.principal, done.voucher, status=done.voucher.status, currency=done.currency)
        answer = serializers.redemption_answer(done, asked, answered)
        return reply(answer, headers=REPLAYED if done.is_replayed else None)


class RollbackView(ApiView):
    """Uses that are taken back."""

    @operation("Roll back a redemption", **docs.ROLL_BACK)
    def post(self, request, voucher):
        """As if it had not been used, say because the payment failed: it can be used again, and a gift card holds again
        what it paid. Without `use_id` the last use. A use that was taken back stays so, whoever asks again."""
        body = read(request, serializers.Rollback)
        key = idempotency_key(request, body.idempotency_key)
        about = {"reason": body.reason, "use_id": body.use_id, "address": address_of_guesser(request)}
        back = rollback_redemption(self.principal, voucher, key=key, **about)
        return reply(shown_to(self.principal, back.voucher), headers=REPLAYED if back.is_replayed else None)


def shown_to(
    principal: Principal, voucher: Voucher, *, status: str = "", currency: str = ""
) -> serializers.VoucherAnswer:
    """The voucher for whoever asks: in its status of now unless one is given, with the code of somebody else for its
    member and whoever may list the brand's vouchers."""
    sees_all = principal.may("vouchers.view", voucher.brand_id, member_id=voucher.member_id)
    known = serializers.voucher_currency(voucher) or currency or voucher.program.money_currency
    return serializers.voucher_answer(
        voucher, status=status or status_at(voucher, clock.now()), currency=known, with_external=sees_all
    )


def _filtered(principal: Principal, asked: serializers.VoucherFilters):
    """The visible vouchers that the filters keep."""
    found = selectors.visible_vouchers(principal)
    if asked.status:
        found = found.filter(selectors.having_status(asked.status, clock.now()))
    if asked.program_id:
        found = found.filter(program=find_program(principal, asked.program_id))
    if asked.member_id:
        found = found.filter(member=find_member(principal, asked.member_id))
    if asked.location_id:
        found = found.filter(selectors.taken_at(principal, asked.location_id))
    if asked.kind:
        found = found.filter(kind=asked.kind)
    return found.filter(code=read_code(asked.code)) if asked.code else found
