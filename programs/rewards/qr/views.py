"""The addresses of codes: shown, and scanned."""

from dataclasses import replace
from datetime import timedelta

from loyalty.errors import Invalid
from loyalty.http.idempotency import REPLAYED, answer_once, idempotency_key
from loyalty.http.schema import operation
from loyalty.http.shapes import read
from loyalty.http.throttling import address_of, limit_person
from loyalty.http.views import ApiView, reply
from loyalty.identity.selectors import find_member
from programs.membership.selectors import find_program
from programs.rewards.qr import docs, scanning, serializers, showing
from programs.rewards.qr.tokens import MEMBER, STAMP, VOUCHER, Claims, Token
from programs.rewards.stamps.selectors import find_card
from programs.rewards.stamps.serializers import added_answer
from programs.rewards.vouchers import serializers as vouchers
from programs.rewards.vouchers.finding import find_voucher
from programs.rewards.vouchers.views import shown_to

PERSON_RATE = "60/m"


class ShowView(ApiView):
    """Codes to show."""

    @operation("Make a QR code", **docs.SHOW)
    def post(self, request):
        """A signed code for a till, good for a minute unless `life_seconds` says otherwise; when it is over ask for
        another one. Members show their own vouchers and member cards. A brand's people and keys show those of its
        members, and the code at the counter that members scan for a stamp: on a screen it is good for one of them; one
        to print (who may change the card) for all, once in the card's `scan_hours` each."""
        limit_person(request, "qr", PERSON_RATE)
        asked = read(request, serializers.NewCode)
        self.refuse_others(asked)
        return reply(serializers.code_answer(self.shown(asked)), 201)

    def refuse_others(self, asked: serializers.NewCode) -> None:
        """Whatever is named must be there for who asks, and be of use to the purpose. Refusals: NotFound, TooMany,
        AmbiguousMember, AmbiguousVoucher, AmbiguousStampCard, Invalid."""
        finders = {
            "voucher_id": (VOUCHER, lambda ref: find_voucher(self.principal, ref, permission="qr.show")),
            "stamp_card_id": (STAMP, lambda ref: find_card(self.principal, ref)),
            "program_id": (MEMBER, lambda ref: find_program(self.principal, ref)),
            "member_id": (MEMBER, lambda ref: find_member(self.principal, ref)),
        }
        for name, (purpose, find) in finders.items():
            if (ref := getattr(asked, name)) is not None and purpose != asked.purpose:
                find(ref)
                detail = f"This is for the purpose {purpose}."
                raise Invalid([{"pointer": f"/{name}", "code": "of-another-purpose", "detail": detail}])

    def shown(self, asked: serializers.NewCode) -> Token:
        """The code that is asked for. Refusals as in `showing`, and Invalid: it is not said for which thing."""
        life = timedelta(seconds=asked.life_seconds)
        if asked.purpose == VOUCHER:
            ref = _given(asked.voucher_id, "voucher_id")
            return showing.show_voucher(self.principal, ref, life=life, address=address_of(self.request))
        if asked.purpose == MEMBER:
            return showing.show_member(self.principal, program=asked.program_id, member=asked.member_id, life=life)
        ref = _given(asked.stamp_card_id, "stamp_card_id")
        printed_life = timedelta(days=asked.printed_days) if asked.printed else None
        return showing.show_stamp_card(self.principal, ref, life=life, printed_life=printed_life)


class ScanView(ApiView):
    """Codes that were scanned."""

    @operation("Scan a QR code", **docs.SCAN)
    def post(self, request):
        """What the code is for is done, once: a till redeems a voucher, or learns who shows a member card and what they
        have; a member who scans the code at the counter gets a stamp. A second scan is refused, but the same key again
        answers the first answer. Clocks may be 5 seconds apart. A code of another brand is not found."""
        limit_person(request, "qr-scan", PERSON_RATE)
        asked = read(request, serializers.Scan)
        key = idempotency_key(request, asked.idempotency_key)
        claims = scanning.open_code(self.principal, asked.token, member=asked.member_id)
        if claims.purpose == VOUCHER:
            return self.redeemed(claims, asked, key)
        return answer_once(request, key, lambda: reply(self.answered(claims, asked, key)))

    def redeemed(self, claims: Claims, asked: serializers.Scan, key: str):
        """The redemption, which knows its key itself."""
        request = replace(vouchers.to_request(asked, str(claims.subject), key=key), token=claims)
        done = scanning.scan_voucher(self.principal, claims, request)
        voucher = shown_to(self.principal, done.voucher, status=done.voucher.status, currency=done.currency)
        answer = serializers.ScanAnswer(
            purpose=VOUCHER, redemption=vouchers.redemption_answer(done, request, voucher)
        )  # fmt: skip
        return reply(answer, headers=REPLAYED if done.is_replayed else None)

    def answered(self, claims: Claims, asked: serializers.Scan, key: str) -> serializers.ScanAnswer:
        """Who it is, or the stamp."""
        if claims.purpose == MEMBER:
            seen = scanning.scan_member(self.principal, claims, key=key, member=asked.member_id)
            return serializers.ScanAnswer(purpose=MEMBER, member=serializers.member_card_answer(seen))
        named = {"member": asked.member_id, "location": asked.location_id or ""}
        added = scanning.scan_counter(self.principal, claims, key=key, **named)
        return serializers.ScanAnswer(purpose=STAMP, stamp=added_answer(added))


def _given(ref: str | None, name: str) -> str:
    if ref is None:
        raise Invalid([{"pointer": f"/{name}", "code": "required", "detail": "Say for which."}])
    return ref
