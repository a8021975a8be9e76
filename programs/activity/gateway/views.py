"""The addresses of tills: purchases, what comes back, receipts, and who stands before them."""

from loyalty.errors import Invalid, LoyaltyError
from loyalty.http import parsers
from loyalty.http.idempotency import REPLAYED, answer_once, given_key
from loyalty.http.pagination import page
from loyalty.http.schema import operation
from loyalty.http.shapes import check, query, read
from loyalty.http.throttling import limit_person
from loyalty.http.views import ApiView, reply
from programs.activity import operations
from programs.activity.gateway import docs, look_up_shapes, selectors, serializers, till
from programs.activity.gateway.claiming import claim_receipt, find_claimable
from programs.activity.gateway.keeping import Kept, record_receipt
from programs.activity.gateway.look_up import look_up
from programs.activity.places import Names
from programs.activity.serializers import to_purchase
from programs.activity.views import TAG, recorded_reply, transaction_reply
from programs.membership.selectors import find_program

BATCH_BYTES_MAX = 8_000_000
PERSON_RATE = "60/m"


class AccrueView(ApiView):
    """Purchases at tills and in shops."""

    @operation(
        "Record a purchase at a till",
        id="accrue",
        tags=TAG,
        allow="points.earn",
        request=serializers.TillAccrual,
        **docs.ACCRUE,
    )
    def post(self, request):
        """The same as a member's `earn`; the member is named in the body, by id, external id or card number. With
        `unmatched: "keep"` a purchase of nobody who is known is kept as a receipt (202), to be claimed later."""
        limit_person(request)
        body = read(request, serializers.TillAccrual)
        keeps = body.unmatched == "keep"
        names = serializers.names_of(body, may_be_nobody=keeps)
        purchase = to_purchase(body, names, key=given_key(request, body.idempotency_key))
        if not keeps:
            return recorded_reply(request, purchase, operations.record_purchase)
        return _told_reply(till.record_or_keep_one(self.principal, purchase))


class AccrueBatchView(ApiView):
    """Many purchases at once."""

    body_bytes_max = BATCH_BYTES_MAX

    @operation(
        "Record many purchases",
        id="accrue_batch",
        tags=TAG,
        allow="points.earn",
        request=serializers.TillBatch,
        **docs.BATCH,
    )
    def post(self, request):
        """Up to 1,000 purchases, each recorded or refused on its own and answered in the order given, with the status
        it would have had alone. With `unmatched: "keep"`, for all or for one, those of nobody who is known are kept as
        receipts, to be claimed later."""
        limit_person(request)
        given = parsers.body(request)
        batch = check({"transactions": given} if isinstance(given, list) else given, serializers.AnyBatch)
        told = [_read_one(one, batch.unmatched) for one in batch.transactions]
        recorded = iter(till.record_or_keep(self.principal, [one for one in told if not isinstance(one, LoyaltyError)]))
        results = [one if isinstance(one, LoyaltyError) else next(recorded) for one in told]
        return reply(serializers.BatchAnswer(results=[serializers.batch_item(one, request) for one in results]))


class TillReturnView(ApiView):
    """Goods that come back at a till."""

    @operation(
        "Return goods at a till",
        id="till_return",
        tags=TAG,
        allow="points.return",
        request=serializers.TillReturn,
        **docs.TILL_RETURN,
    )
    def post(self, request):
        """Takes back the points of what came back, where the purchase is known by its receipt; a receipt that nobody
        has claimed becomes so much smaller (202). Else it is only written down, if a member is named. The `reference`
        stands for an idempotency key: the same return again answers the first answer."""
        body = read(request, serializers.TillReturn)
        told = till.CameBack(
            names=serializers.names_of(body, may_be_nobody=body.purchase_reference is not None),
            reference=body.reference,
            amount=body.amount,
            currency=body.currency,
            purchase_reference=body.purchase_reference or "",
            occurred_at=body.occurred_at,
        )
        return _told_reply(till.return_at_till(self.principal, told), with_code=False)


class ReceiptsView(ApiView):
    """Purchases of nobody who is known yet."""

    @operation("List receipts", id="receipts_list", tags=docs.TAG, allow="receipts.view", **docs.LIST)
    def get(self, request):
        """Receipts of your programs, newest first, without their codes."""
        asked = query(request, serializers.ReceiptFilters)
        found = selectors.filter_receipts(self.principal, asked)
        return reply(page(request, found, render=serializers.receipt_answer))

    @operation(
        "Record a receipt",
        id="receipts_add",
        tags=docs.TAG,
        allow="receipts.add",
        request=serializers.NewReceipt,
        **docs.RECORD,
    )
    def post(self, request):
        """Keeps a purchase of nobody who is known, and answers the code to print on the receipt: whoever holds it can
        claim the points. The `reference` stands for an idempotency key."""
        body = read(request, serializers.NewReceipt)
        purchase = to_purchase(body, Names(body.program_id), key=None)
        kept = record_receipt(self.principal, purchase, claim_days=body.claim_days)
        return _receipt_reply(kept, 201, with_code=True)


class ReceiptView(ApiView):
    """One receipt."""

    @operation("Get a receipt", id="receipts_get", tags=docs.TAG, allow="receipts.view", **docs.ONE)
    def get(self, request, receipt):
        """The receipt as it stands, without its code."""
        return reply(serializers.receipt_answer(selectors.find_receipt(self.principal, receipt)))


class ReceiptClaimView(ApiView):
    """Receipts that somebody claims."""

    @operation(
        "Claim a receipt",
        id="receipts_claim",
        tags=docs.TAG,
        allow="receipts.claim",
        request=serializers.ReceiptClaim,
        **docs.CLAIM,
    )
    def post(self, request):
        """Gives the points of a receipt to a member, as the purchase would have at its own time, once. What came back
        of it before is taken off. Wrong codes are counted, and who sent too many waits."""
        limit_person(request, "receipts", PERSON_RATE)
        body = read(request, serializers.ReceiptClaim)
        serializers.refuse_two_members(body)
        receipt = find_claimable(self.principal, serializers.on_receipt(body))
        whose = {"member": body.member_id or "me", "card_number": (body.card_number or "").replace(" ", "")}

        def answer():
            done = claim_receipt(self.principal, receipt.pk, **whose)
            return reply(serializers.claim_answer(done), 201, {"Location": f"/api/receipts/{receipt.pk}"})

        return answer_once(request, given_key(request, body.idempotency_key), answer)


class LookUpView(ApiView):
    """Who stands at the till."""

    @operation(
        "Look a member up by what the address says",
        id="members_look_up_by_address",
        tags=docs.TAG,
        allow="members.look_up",
        **docs.LOOK_UP_BY_ADDRESS,
    )
    def get(self, request):
        """Who it is, by card number, external id, e-mail or phone: masked, with balance, tier, and what may be offered.
        What finds nobody is counted, and too many of those wait."""
        limit_person(request, "look-up", PERSON_RATE)
        asked = query(request, look_up_shapes.LookUpFilters)
        program = find_program(self.principal, asked.program_id) if asked.program_id else None
        found = look_up(self.principal, look_up_shapes.shown_in(asked), program=program)
        return reply(look_up_shapes.at_till_answer(found))

    @operation(
        "Look a member up",
        id="members_look_up",
        tags=docs.TAG,
        allow="members.identify",
        request=look_up_shapes.LookUp,
        **docs.LOOK_UP,
    )
    def post(self, request):
        """The same, without a trace of e-mail or phone in an address; and by the code of a member card, which is used
        up: with an `Idempotency-Key` the same code again answers the first answer."""
        limit_person(request, "look-up", PERSON_RATE)
        asked = read(request, look_up_shapes.LookUp)
        program = find_program(self.principal, asked.program_id) if asked.program_id else None
        shown, key = look_up_shapes.shown_in(asked), given_key(request)

        def answer():
            found = look_up(self.principal, shown, key=key or "", program=program)
            return reply(look_up_shapes.at_till_answer(found))

        return answer_once(request, key if shown.qr else None, answer)


def _told_reply(done, *, with_code: bool = True):
    """The answer to a till: a transaction, or the receipt that it is kept as."""
    return _receipt_reply(done, 202, with_code=with_code) if isinstance(done, Kept) else transaction_reply(done)


def _receipt_reply(kept: Kept, status: int, *, with_code: bool):
    headers = {"Location": f"/api/receipts/{kept.receipt.pk}"} | (REPLAYED if kept.is_replayed else {})
    return reply(serializers.receipt_answer(kept.receipt, with_code=with_code), status, headers)


def _read_one(value, unmatched: str):
    """One purchase of a batch, and whether it may be kept as a receipt; or what is wrong with it."""
    try:
        body = check(value, serializers.TillAccrual)
        if body.idempotency_key and not body.idempotency_key.isprintable():
            detail = "An idempotency key has no control characters."
            raise Invalid([{"pointer": "/idempotency_key", "code": "forbidden-character", "detail": detail}])
        keeps = (value.get("unmatched") or unmatched) == "keep"
        names = serializers.names_of(body, may_be_nobody=keeps)
        return to_purchase(body, names, key=body.idempotency_key), keeps
    except LoyaltyError as refusal:
        return refusal
